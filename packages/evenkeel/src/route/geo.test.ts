import assert from 'node:assert/strict'
import { test } from 'node:test'
import { template, exchange, table } from './exchange.fixture.ts'
import { compileGeoLookup, geoVariable } from './geo.ts'
import { compileSplit, murmur2 } from './split-clients.ts'
import { compileTemplate } from './template.ts'

function lookup(ranges: boolean, blocks: Readonly<Record<string, string | null>>): (address: string) => string {
  const list = Object.entries(blocks).map(([block, value]) => ({ block, value }))
  return compileGeoLookup({ ranges, default: '-', blocks: list })
}

test('of networks the smallest that holds the address wins, whatever the order', () => {
  const find = lookup(false, { '10.1.2.0/24': 'c', '10.0.0.0/8': 'a', '10.1.0.0/16': 'b', '10.1.2.3': 'd' })
  assert.deepEqual(
    [
      '9.255.255.255',
      '10.0.0.0',
      '10.1.1.255',
      '10.1.2.2',
      '10.1.2.3',
      '10.1.2.4',
      '10.1.3.0',
      '10.255.255.255',
      '11.0.0.0',
    ].map(find),
    ['-', 'a', 'b', 'c', 'd', 'c', 'b', 'a', '-'],
  )
})

test('the ends of the address space are in their networks', () => {
  const find = lookup(false, { '255.255.255.255': 'last', '0.0.0.0': 'first', '128.0.0.0/1': 'upper' })
  assert.deepEqual(['0.0.0.0', '0.0.0.1', '255.255.255.254', '255.255.255.255'].map(find), [
    'first',
    '-',
    'upper',
    'last',
  ])
  assert.equal(lookup(false, { '0.0.0.0/0': 'world' })('1.2.3.4'), 'world')
})

test('IPv4 and IPv6 are apart, but an IPv4 address inside IPv6 is one of IPv4', () => {
  const find = lookup(false, { '0.0.0.0/0': 'four', '2001:db8::/32': 'six', '::/1': 'low' })
  assert.deepEqual(['2001:db8::1', '2001:db9::', 'fe80::', '::ffff:1.2.3.4'].map(find), ['six', 'low', '-', 'four'])
})

test('what is no address counts as the last one of IPv4', () => {
  assert.equal(lookup(false, { '0.0.0.0/0': 'world' })('unix:'), 'world')
  assert.equal(lookup(false, { '10.0.0.0/8': 'a' })(''), '-')
})

test('of ranges the later one wins, and what is deleted is a hole', () => {
  const find = lookup(true, {
    '10.0.0.0-10.0.0.255': 'a',
    '10.0.0.10-10.0.0.20': 'b',
    '10.0.0.15-10.0.0.15': null,
    '10.0.0.200-10.0.1.5': 'c',
  })
  assert.deepEqual(
    ['10.0.0.9', '10.0.0.10', '10.0.0.15', '10.0.0.16', '10.0.0.21', '10.0.0.200', '10.0.1.5', '10.0.1.6'].map(find),
    ['a', 'b', '-', 'b', 'a', 'c', 'c', '-'],
  )
})

test('many networks give the same answers as asking each in turn', () => {
  const blocks: Record<string, string> = {}
  let seed = 7
  const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below
  const networks = Array.from({ length: 300 }, (_, i) => {
    const bits = 8 + random(20)
    const start = Math.floor((0x0a000000 + random(0x10000)) / 2 ** (32 - bits)) * 2 ** (32 - bits)
    blocks[`${dotted(start)}/${bits}`] = `v${i}`
    return { start, end: start + 2 ** (32 - bits) - 1, bits, value: `v${i}` }
  })
  const find = lookup(false, blocks)
  for (let i = 0; i < 500; i++) {
    const address = 0x0a000000 + random(0x12000)
    const holding = networks.filter(({ start, end }) => start <= address && address <= end)
    const best = holding.toReversed().toSorted((a, b) => b.bits - a.bits)[0]?.value ?? '-'
    assert.equal(find(dotted(address)), best, dotted(address))
  }
})

function dotted(value: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256).join('.')
}

test('trusted proxies tell the address', () => {
  const made = table()
  made.declareMade(
    'place',
    geoVariable({
      variable: 'place',
      address: null,
      ranges: false,
      default: '-',
      blocks: [{ block: '10.0.0.0/8', value: 'home' }],
      proxies: ['192.0.2.0/24'],
      proxyRecursive: false,
    }),
  )
  const place = compileTemplate(template('$place'), made)
  assert.equal(place(exchange({ fields: ['X-Forwarded-For: 10.1.1.1'] })), 'home')
  const stranger = { fields: ['X-Forwarded-For: 10.1.1.1'], connection: { remoteAddress: '198.51.100.1' } }
  assert.equal(place(exchange(stranger)), '-')
})

// Computed by nginx's own function.
test("MurmurHash2 is nginx's", () => {
  const texts = ['', 'a', 'ab', 'abc', 'abcd', 'hello, world', '\xff\xfe\xfd\xfc\xfb']
  const hashes = [0, 0x92685f5e, 0x1aa14063, 0x13577c9b, 0x26873021, 0x4b4c9d80, 0xfae45ebc]
  assert.deepEqual(texts.map(murmur2), hashes)
})

test('shares take their part of the hashes, and the last one that fills up takes the rest', () => {
  const split = compileSplit({
    parts: [
      { share: 5120, value: 'a' },
      { share: 1000, value: 'b' },
      { share: 0, value: 'c' },
    ],
  })
  const counts: Record<string, number> = {}
  for (let i = 0; i < 5000; i++) {
    const value = split(`client ${i}`)
    counts[value] = (counts[value] ?? 0) + 1
  }
  assert.ok(Math.abs(counts['a']! - 2560) < 150 && Math.abs(counts['b']! - 500) < 80, JSON.stringify(counts))
  assert.equal(compileSplit({ parts: [{ share: 1, value: 'a' }] })('x'), '')
})
