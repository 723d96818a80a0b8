import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '../exchange/failure.ts'
import { crc32c } from './crc32c.ts'
import { proxyHeadBytes, proxyLine, readProxyHead, type ProxyHead } from './proxy-protocol.ts'

const four = { remoteAddress: '192.0.2.1', remotePort: 123, localAddress: '192.0.2.2', localPort: 5678 }
const six = { remoteAddress: '2001:db8::1', remotePort: 65535, localAddress: '::1', localPort: 1 }
const mixed = { ...four, localAddress: '2001:db8::2' }
const tlvs = [
  { type: 1, value: Buffer.from('h2') },
  { type: 0xea, value: Buffer.alloc(0) },
]

const binary = (command: number, kind: number, rest: string): Buffer => {
  const body = Buffer.from(rest, 'hex')
  return Buffer.concat([
    Buffer.from('0d0a0d0a000d0a515549540a', 'hex'),
    Buffer.from([command, kind, body.length >> 8, body.length]),
    body,
  ])
}

const whole: readonly (readonly [string, Buffer, ProxyHead['proxied']])[] = [
  ['a line about IPv4', Buffer.from(proxyLine(four)), four],
  ['a line about IPv6', Buffer.from(proxyLine(six)), six],
  [
    'a line that keeps the spelling',
    Buffer.from('PROXY TCP6 2001:Db8::1 ::1 65535 1\r\n'),
    { ...six, remoteAddress: '2001:Db8::1' },
  ],
  ['UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n'), null],
  ['UNKNOWN with something behind it', Buffer.from('PROXY UNKNOWN 1 2 3 4 5\r\n'), null],
  ['a binary head about IPv4', binary(0x21, 0x11, 'c0000201c0000202007b162e'), four],
  ['an address of another family', binary(0x21, 0x31, '00'.repeat(216)), null],
  ['LOCAL with addresses', binary(0x20, 0x11, 'c0000201c0000202007b162e'), null],
  ['no address at all', binary(0x21, 0x01, ''), null],
  ['a datagram', binary(0x21, 0x12, 'c0000201c0000202007b162e'), null],
]

for (const [what, bytes, proxied] of whole) {
  test(`${what} is read alike wherever it is cut`, () => {
    const rest = Buffer.from('GET / HTTP/1.0\r\n\r\n')
    const all = Buffer.concat([Buffer.from('xx'), bytes, rest])
    assert.deepEqual(readProxyHead(all, 2, all.length), { size: bytes.length, proxied })
    for (let end = 2; end < 2 + bytes.length; end++) assert.equal(readProxyHead(all, 2, end), null, `cut at ${end - 2}`)
  })
}

const refused: readonly (readonly [string, Buffer])[] = [
  ['a request', Buffer.from('GET / HTTP/1.1\r\n')],
  ['a TLS hello', Buffer.from('160301', 'hex')],
  ['no family', Buffer.from('PROXY  192.0.2.1 192.0.2.2 1 2\r\n')],
  ['a family that does not fit', Buffer.from('PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n')],
  ['an address that is none', Buffer.from('PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n')],
  ['a port above all', Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n')],
  ['a missing port', Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n')],
  ['a bare LF', Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n')],
  ['a CR in the line', Buffer.from('PROXY TCP4 192.0.2.1\r192.0.2.2 1 2\r\n')],
  ['a line of 108 bytes', Buffer.from('PROXY UNKNOWN ' + 'x'.repeat(92) + '\r\n')],
  ['a line without an end', Buffer.from('PROXY UNKNOWN ' + 'x'.repeat(200))],
  ['a broken signature', Buffer.from('0d0a0d0a000d0a515549540b21', 'hex')],
  ['version 3', binary(0x31, 0x11, 'c0000201c0000202007b162e')],
  ['a command nobody knows', binary(0x22, 0x11, 'c0000201c0000202007b162e')],
  ['no room for the addresses', binary(0x21, 0x11, 'c0000201c0000202007b16')],
  ['an extension beyond the end', binary(0x21, 0x11, 'c0000201c0000202007b162e01000561')],
  ['an extension without a length', binary(0x21, 0x11, 'c0000201c0000202007b162e0100')],
  ['a checksum of another head', binary(0x21, 0x11, 'c0000201c0000202007b162e03000412345678')],
  ['a checksum of another head from a sender that speaks for itself', binary(0x20, 0x00, '03000412345678')],
  ['a head of 5000 bytes', binary(0x21, 0x11, '00'.repeat(5000)).subarray(0, 16)],
]

for (const [what, bytes] of refused) {
  test(`${what} is refused, in one piece or many`, () => {
    const verdicts = Array.from({ length: bytes.length }, (_, i) => readProxyHead(bytes, 0, i + 1))
    const last = verdicts.at(-1)
    assert.ok(last && isFailure(last), JSON.stringify(last))
    for (const verdict of verdicts) assert.ok(verdict === null || isFailure(verdict))
  })
}

test('what is written in binary can be read, extensions and checksum included', () => {
  for (const address of [four, six]) {
    const bytes = proxyHeadBytes(address, tlvs)
    const head = readProxyHead(bytes, 0, bytes.length) as ProxyHead
    assert.equal(head.size, bytes.length)
    const { tlvs: extensions, ...proxied } = head.proxied!
    assert.deepEqual(proxied, address)
    assert.equal(
      Buffer.from(extensions!).subarray(0, 12).toString('hex'),
      '0100026832ea0000030004' + Buffer.from(extensions!).toString('hex', 11, 12),
    )
    const zeroed = Uint8Array.from(bytes)
    zeroed.fill(0, bytes.length - 4)
    assert.equal(crc32c(zeroed), Buffer.from(bytes).readUInt32BE(bytes.length - 4))
  }
})

test('an IPv4 address beside an IPv6 one is written as IPv6', () => {
  const bytes = proxyHeadBytes(mixed)
  const head = readProxyHead(bytes, 0, bytes.length) as ProxyHead
  assert.equal(head.proxied!.remoteAddress, '::ffff:192.0.2.1')
  assert.equal(head.proxied!.localAddress, '2001:db8::2')
})

test('an IPv4 client of a listener of both families is one of IPv4', () => {
  const mapped = { ...four, remoteAddress: '::ffff:192.0.2.1', localAddress: '::ffff:192.0.2.2' }
  const bytes = proxyHeadBytes(mapped)
  const { tlvs: _, ...proxied } = (readProxyHead(bytes, 0, bytes.length) as ProxyHead).proxied!
  assert.deepEqual(proxied, four)
})

test('a head about datagrams says so, and one bit more or less is found out', () => {
  const bytes = proxyHeadBytes(four, tlvs, 'datagrams')
  assert.equal(bytes[13], 0x12)
  assert.deepEqual(readProxyHead(bytes, 0, bytes.length), { size: bytes.length, proxied: null })
  for (let at = 16; at < 28; at++) {
    const changed = Uint8Array.from(bytes)
    changed[at]! ^= 4
    const read = readProxyHead(changed, 0, changed.length)
    assert.ok(read !== null && isFailure(read), `byte ${at}`)
  }
})

test('without addresses the sender says that it does not know', () => {
  const unix = { remoteAddress: 'unix:', remotePort: 0, localAddress: 'unix:', localPort: 0 }
  assert.equal(proxyLine(unix), 'PROXY UNKNOWN\r\n')
  const bytes = proxyHeadBytes(unix)
  assert.deepEqual(readProxyHead(bytes, 0, bytes.length), { size: bytes.length, proxied: null })
})

test('the checksum is that of the RFC', () => {
  // RFC 3720, B.4.
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa)
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e)
})
