import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerName } from '../model/model.ts'
import { pattern, table } from './exchange.fixture.ts'
import { ServerTable } from './server-choice.ts'

const name = (text: string): ServerName => {
  if (text.startsWith('~')) return { kind: 'pattern', pattern: pattern(text.slice(1)) }
  if (text.startsWith('*.')) return { kind: 'wildcard-start', text: text.slice(2) }
  if (text.endsWith('.*')) return { kind: 'wildcard-end', text: text.slice(0, -2) }
  return { kind: 'exact', text }
}
const serverTable = (names: readonly string[], own = table()): ServerTable<string> =>
  new ServerTable(
    names.map(text => ({ names: [name(text)], value: text })),
    'default',
    own,
  )

const all = serverTable([
  'example.org',
  'www.example.org',
  '*.example.org',
  '*.b.example.org',
  '*.org',
  'www.*',
  'www.example.*',
  'mail.x.*',
  '~^r\\d',
  '~^r',
])

// Asked of nginx 1.31.5 with the same names.
const golden: Readonly<Record<string, string>> = {
  'example.org': 'example.org',
  'www.example.org': 'www.example.org',
  'a.example.org': '*.example.org',
  'a.b.example.org': '*.b.example.org',
  'b.example.org': '*.example.org',
  'x.org': '*.org',
  org: 'default',
  'www.x': 'www.*',
  'www.x.y': 'www.*',
  'www.example.com': 'www.example.*',
  'www.example.x.org': '*.org',
  www: 'default',
  'mail.x.y.z': 'mail.x.*',
  'mail.x': 'default',
  r1: '~^r\\d',
  rx: '~^r',
  'r1.org': '*.org',
  '': 'default',
}

for (const [host, expected] of Object.entries(golden)) {
  test(`${host || 'no host'} is served by ${expected}`, () => {
    assert.equal(all.find(host, null), expected)
  })
}

test('a server without names, or named "", is that of requests without a host', () => {
  const servers = new ServerTable([{ names: [], value: 'nameless' }], 'default', table())
  assert.equal(servers.find('', null), 'nameless')
  assert.equal(servers.find('x', null), 'default')
})

test('of two servers with one name the first has it, and the table tells', () => {
  const servers = new ServerTable(
    [
      { names: [name('a.org'), name('*.a.org')], value: 1 },
      { names: [name('a.org'), name('*.a.org')], value: 2 },
    ],
    0,
    table(),
  )
  assert.equal(servers.find('a.org', null), 1)
  assert.deepEqual(servers.conflicts, ['a.org', '*.a.org'])
})

test('groups of a matching name become captures and variables', () => {
  const own = table()
  const servers = serverTable(['~^(?<sub>\\w+)\\.dev$'], own)
  const exchange = { captures: null as RegExpExecArray | null, values: null as (string | undefined)[] | null }
  servers.find('blue.dev', exchange)
  assert.equal(exchange.captures?.[1], 'blue')
  assert.equal(exchange.values?.[own.indexOf('sub')], 'blue')
})

test('ten thousand names and a host of four thousand labels are found at once', () => {
  const names = Array.from({ length: 10_000 }, (_, i) => (i % 2 ? `h${i}.example.org` : `*.d${i}.example.org`))
  const many = serverTable(names)
  const started = performance.now()
  for (let i = 0; i < 2000; i++) {
    assert.equal(many.find('h5001.example.org', null), 'h5001.example.org')
    assert.equal(many.find('x.d5000.example.org', null), '*.d5000.example.org')
    assert.equal(many.find('a.'.repeat(4000) + 'com', null), 'default')
  }
  // Without the limit on what is looked up, the long host alone takes minutes.
  assert.ok(performance.now() - started < 30_000)
})
