import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeReply, encodeQuery } from './dns-message.ts'

const name = (text: string): number[] => [...text.split('.').flatMap(l => [l.length, ...Buffer.from(l)]), 0]
const short = (value: number): number[] => [value >> 8, value & 255]

/** A reply to `www.example.org`; 0xc00c points at the question's name. */
function reply(
  answers: number[][],
  options: { flags?: number; type?: number; authority?: number[][]; id?: number; question?: string } = {},
): Uint8Array {
  const { flags = 0x8180, type = 1, authority = [], id = 77, question = 'www.example.org' } = options
  const head = [...short(id), ...short(flags), 0, 1, ...short(answers.length), ...short(authority.length), 0, 0]
  return Uint8Array.from([...head, ...name(question), ...short(type), 0, 1, ...answers.flat(), ...authority.flat()])
}
const record = (owner: number[], type: number, ttl: number, data: number[]): number[] => [
  ...owner,
  ...short(type),
  0,
  1,
  0,
  0,
  ...short(ttl),
  ...short(data.length),
  ...data,
]
const pointer = [0xc0, 12]
const decode = (bytes: Uint8Array, type: 'A' | 'AAAA' | 'SRV' = 'A') => decodeReply(bytes, 77, 'www.example.org', type)

test('a question is one label after the other, with recursion desired', () => {
  const bytes = encodeQuery(0x1234, 'a.bc.', 'AAAA')!
  assert.deepEqual([...bytes], [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 2, 98, 99, 0, 0, 28, 0, 1])
})

test('names that cannot be asked for are refused', () => {
  const label = 'x'.repeat(63)
  assert.equal(encodeQuery(1, '', 'A'), null)
  assert.equal(encodeQuery(1, 'a..b', 'A'), null)
  assert.equal(encodeQuery(1, 'x' + label, 'A'), null)
  assert.equal(encodeQuery(1, 'a b', 'A'), null)
  assert.equal(encodeQuery(1, 'b\u00fc', 'A'), null)
  assert.equal(encodeQuery(1, [label, label, label, label].join('.'), 'A'), null)
  assert.equal(encodeQuery(1, [label, label, label, label.slice(2)].join('.'), 'A')?.length, 12 + 255 + 4)
})

test('addresses are read, the least TTL holds', () => {
  const read = decode(reply([record(pointer, 1, 60, [192, 0, 2, 1]), record(pointer, 1, 30, [192, 0, 2, 2])]))
  assert.deepEqual(read?.addresses, ['192.0.2.1', '192.0.2.2'])
  assert.equal(read?.ttlSeconds, 30)
})

test('IPv6 addresses are written in their one short form', () => {
  const of = (...groups: number[]): string =>
    decode(reply([record(pointer, 28, 9, groups.flatMap(short))], { type: 28 }), 'AAAA')!.addresses[0]!
  assert.equal(of(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), '2001:db8::1')
  assert.equal(of(0, 0, 0, 0, 0, 0, 0, 1), '::1')
  assert.equal(of(0, 0, 0, 0, 0, 0, 0, 0), '::')
  assert.equal(of(0xfe80, 0, 0, 0, 0, 0, 0, 0), 'fe80::')
  assert.equal(of(1, 0, 0, 2, 0, 0, 0, 3), '1:0:0:2::3')
  assert.equal(of(1, 0, 2, 3, 4, 5, 6, 7), '1:0:2:3:4:5:6:7')
  assert.equal(of(0x10, 0, 0, 0xa0, 1, 2, 3, 4), '10::a0:1:2:3:4')
})

test('aliases are followed, and records of other names left out', () => {
  const read = decode(
    reply([
      record(name('evil.example.net'), 1, 5, [203, 0, 113, 9]),
      record(pointer, 5, 20, name('a.example.net')),
      record(name('a.example.net'), 5, 99, name('B.example.net')),
      record(name('b.Example.net'), 1, 99, [192, 0, 2, 7]),
    ]),
  )
  assert.deepEqual(read?.addresses, ['192.0.2.7'])
  assert.equal(read?.ttlSeconds, 20)
})

test('an alias without its address is told, a loop of aliases ends', () => {
  assert.equal(decode(reply([record(pointer, 5, 20, name('a.example.net'))]))?.alias, 'a.example.net')
  const loop = decode(reply([record(pointer, 5, 20, name('a.b')), record(name('a.b'), 5, 20, name('www.example.org'))]))
  assert.deepEqual(loop?.addresses, [])
})

test('services are read', () => {
  const data = [0, 1, 0, 5, 0x1f, 0x90, ...name('s1.example.org')]
  const read = decode(reply([record(pointer, 33, 60, data)], { type: 33 }), 'SRV')
  assert.deepEqual(read?.services, [{ priority: 1, weight: 5, port: 8080, target: 's1.example.org' }])
})

test('what answers another question is no answer', () => {
  const answer = [record(pointer, 1, 60, [192, 0, 2, 1])]
  assert.equal(decode(reply(answer, { id: 78 })), null)
  assert.equal(decode(reply(answer, { question: 'www.example.com' })), null)
  assert.equal(decode(reply(answer, { type: 28 })), null)
  assert.equal(decode(reply(answer, { flags: 0x0180 })), null)
  assert.notEqual(decode(reply(answer, { question: 'WWW.example.ORG' })), null)
})

test('errors and truncation are told, negative answers with the time of their SOA', () => {
  const soa = record(name('example.org'), 6, 300, [0, 0, ...Array<number>(16).fill(0), 0, 0, 0, 40])
  assert.deepEqual(
    [decode(reply([], { flags: 0x8183, authority: [soa] }))].map(r => [r?.code, r?.ttlSeconds]),
    [[3, 40]],
  )
  assert.equal(decode(reply([]))?.ttlSeconds, -1)
  assert.equal(decode(reply([], { flags: 0x8182 }))?.code, 2)
  assert.equal(decode(reply([record(pointer, 1, 60, [192, 0, 2, 1])], { flags: 0x8380 }))?.truncated, true)
})

test('compression loops, forward pointers and records that lie about their length are malformed', () => {
  assert.equal(decode(reply([record([0xc0, 33], 1, 60, [1, 2, 3, 4])])), null) // at itself
  assert.equal(decode(reply([record([0xff, 0xff], 1, 60, [1, 2, 3, 4])])), null)
  assert.equal(decode(reply([record(pointer, 1, 60, [1, 2, 3])])), null)
  assert.equal(decode(reply([record(pointer, 5, 60, [9, 1])])), null)
  assert.equal(decode(reply([record([3, 0x61, 0x2e, 0x62, 0], 1, 60, [1, 2, 3, 4])])), null) // a dot in a label
})

test('no cut and no flipped byte of a reply makes it throw, and every cut is refused', () => {
  const whole = reply([record(pointer, 5, 20, name('a.b')), record(name('a.b'), 1, 60, [192, 0, 2, 1])])
  for (let end = 0; end < whole.length; end++) assert.equal(decode(whole.subarray(0, end)), null)
  for (let at = 0; at < whole.length; at++) {
    for (const value of [0, 1, 12, 63, 64, 192, 255]) {
      const broken = Uint8Array.from(whole)
      broken[at] = value
      decode(broken)
    }
  }
})
