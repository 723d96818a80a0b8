import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decodeHuffman, encodeHuffman, huffmanLength } from './huffman.ts'

function decode(hex: string): string | null {
  const bytes = Buffer.from(hex, 'hex')
  const target = Buffer.alloc(bytes.length * 2)
  const end = decodeHuffman(bytes, 0, bytes.length, target, 0)
  return end < 0 ? null : target.toString('latin1', 0, end)
}

function hexOf(text: string): string {
  const bytes = Buffer.alloc(huffmanLength(text))
  encodeHuffman(text, bytes)
  return bytes.toString('hex')
}

// The strings of RFC 7541, Appendix C.
const vectors: readonly (readonly [text: string, hex: string])[] = [
  ['www.example.com', 'f1e3c2e5f23a6ba0ab90f4ff'],
  ['no-cache', 'a8eb10649cbf'],
  ['custom-key', '25a849e95ba97d7f'],
  ['custom-value', '25a849e95bb8e8b4bf'],
  ['302', '6402'],
  ['private', 'aec3771a4b'],
  ['Mon, 21 Oct 2013 20:13:21 GMT', 'd07abe941054d444a8200595040b8166e082a62d1bff'],
  ['https://www.example.com', '9d29ad171863c78f0b97c8e9ae82ae43d3'],
]

for (const [text, hex] of vectors) {
  test(`"${text}" is coded as the RFC says`, () => {
    assert.equal(hexOf(text), hex)
    assert.equal(decode(hex), text)
    assert.equal(huffmanLength(text) * 2, hex.length)
  })
}

test('any bytes come back as they were', () => {
  const latin1 = fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes).toString('latin1'))
  fc.assert(fc.property(latin1, text => decode(hexOf(text)) === text))
})

test('padding that is no beginning of the end of string is refused', () => {
  assert.equal(decode('f1e3c2e5f23a6ba0ab90f400'), null, 'zeros')
})

test('more than a byte of padding is refused', () => {
  assert.equal(decode('a0e41d139d09'), 'localhost')
  assert.equal(decode('49509f'), 'test')
  assert.equal(decode('49509fff'), null)
  assert.equal(decode('a0e41d139d09ffff'), null)
})

test('the end of string spelled out is refused', () => {
  assert.equal(decode('ffffffff'), null)
  assert.equal(decode('49509fffffffff'), null)
})
