import assert from 'node:assert/strict'
import { test } from 'node:test'
import { locateKeys } from './positions.ts'

function lines(source: string): Record<string, string> {
  return Object.fromEntries([...locateKeys(source)].map(([path, { line, column }]) => [path, `${line}:${column}`]))
}

test('keys and items of what is written out have a line and a column', () => {
  const source = [
    "import { defineConfig } from 'evenkeel'",
    'export default defineConfig({',
    "  upstreams: { web: { servers: ['a:1', 'b:2'] } },",
    '  servers: [',
    "    { listen: 80, locations: { '/x.y': { proxyPass: `web${1 + (2)}` } } },",
    '  ],',
    '})',
  ].join('\n')
  assert.deepEqual(lines(source), {
    '': '2:29',
    upstreams: '3:3',
    'upstreams.web': '3:16',
    'upstreams.web.servers': '3:23',
    'upstreams.web.servers.0': '3:33',
    'upstreams.web.servers.1': '3:40',
    servers: '4:3',
    'servers.0': '5:5',
    'servers.0.listen': '5:7',
    'servers.0.locations': '5:19',
    'servers.0.locations./x.y': '5:32',
    'servers.0.locations./x.y.proxyPass': '5:42',
  })
})

test('brackets and commas in text, comments and calls do not lead it astray', () => {
  const source = "export default {\n  // a: {,\n  a: f('},', /* ] */ [1, 2]),\n  ...rest,\n  'b': \"{\",\n  c }"
  assert.deepEqual(lines(source), { '': '1:16', a: '3:3', b: '5:3' })
})

test('text that is no program ends', () => {
  for (const source of [
    'export default {',
    'export default {]',
    'export default [}',
    "export default {a: '",
    'defineConfig(',
    '',
  ]) {
    assert.ok(locateKeys(source).size >= 1)
  }
})
