/** A configuration in JSON, and the schema that editors check it with. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readCodeFile } from '../../src/config/code/read.ts'
import { readCode } from '../../src/config/code/read.ts'

const good = {
  daemon: false,
  upstreams: { web: { servers: ['127.0.0.1:1', { address: '127.0.0.1:2', weight: 2 }], leastConn: true } },
  servers: [{ listen: '127.0.0.1:80', sendTimeout: '5s', locations: { '/': { proxyPass: 'web' } } }],
}

test('JSON means what the same object in a module means, whatever its editor is told', async () => {
  const { model, problems } = await read(JSON.stringify({ $schema: './schema.json', ...good }))
  assert.deepEqual(problems, [])
  const { positions: _, ...told } = model!
  const { positions: __, ...meant } = readCode(good, { path: 'x' }).model!
  assert.deepEqual(told, meant)
})

test('a mistake has its line, and what is no JSON is told', async () => {
  const wrong = await read('{\n  "servers": [\n    { "listen": "80 fast" }\n  ]\n}')
  assert.deepEqual(
    wrong.problems.map(({ message, position }) => [message, position.line]),
    [['invalid parameter "fast"', 3]],
  )
  assert.match((await read('{ "a": 1, }')).problems[0]!.message, /^the file is not JSON: /)
  assert.match((await read('[]')).problems[0]!.message, /must be an object/)
})

test('the schema takes what is good, and finds what is misspelt, misplaced or of another kind', () => {
  assert.deepEqual(check(good), [])
  assert.deepEqual(check({ ...good, sendTimeout: '5 parsecs' }), ['/sendTimeout'])
  assert.deepEqual(check({ etag: 'yes' }), ['/etag'])
  assert.deepEqual(check({ servers: [{ locations: { '/': { proxyPas: 'web' } } }] }), [
    '/servers/0/locations///proxyPas',
  ])
  assert.deepEqual(check({ servers: [{ locations: { '/': { listen: 1 } } }] }), ['/servers/0/locations///listen'])
  assert.deepEqual(check({ upstreams: { web: {} } }), ['/upstreams/web/servers'])
})

function read(text: string): ReturnType<typeof readCodeFile> {
  return readCodeFile('/x.json', { read: () => ({ text }), list: () => [] })
}

interface Schema {
  readonly [key: string]: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

/** As much of JSON Schema as the schema uses: the paths that it does not allow. */
function check(value: unknown): string[] {
  const root = JSON.parse(readFileSync(new URL('../../schema.json', import.meta.url), 'utf8')) as Schema
  const look = (schema: Schema, at: unknown, path: string): string[] => {
    if (typeof schema['$ref'] === 'string') return look(root.$defs![schema['$ref'].split('/').at(-1)!]!, at, path)
    if (schema.anyOf !== undefined) return schema.anyOf.some(one => look(one, at, path).length === 0) ? [] : [path]
    if ('const' in schema) return schema['const'] === at ? [] : [path]
    const kind = Array.isArray(at) ? 'array' : at === null ? 'null' : typeof at
    if (schema['type'] !== undefined && ![schema['type']].flat().includes(kind)) return [path]
    if (typeof schema['pattern'] === 'string' && !new RegExp(schema['pattern'], 'u').test(String(at))) return [path]
    if (Array.isArray(at)) return at.flatMap((item, index) => look(schema.items ?? {}, item, `${path}/${index}`))
    if (kind !== 'object') return []
    const record = at as Readonly<Record<string, unknown>>
    const missing = ((schema['required'] ?? []) as string[]).filter(key => !(key in record))
    const wrong = Object.entries(record).flatMap(([key, item]) => {
      const more = schema['additionalProperties']
      const inner = schema.properties?.[key] ?? (typeof more === 'object' ? (more as Schema) : undefined)
      if (inner !== undefined) return look(inner, item, `${path}/${key}`)
      return more === false ? [`${path}/${key}`] : []
    })
    return [...missing.map(key => `${path}/${key}`), ...wrong]
  }
  return look(root, value, '')
}
