import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyedHash } from './keyed-hash.ts'

const hash = (text: string, first = 1, second = 2): string => {
  const { high, low } = new KeyedHash({ first, second }).of(text)
  return `${high >>> 0} ${low >>> 0}`
}

test('every byte of a text counts, and its length', () => {
  const texts = ['', 'a', 'b', 'ab', 'ba', 'a\0', 'abcd', 'abcde', 'abce', 'abcd\0', '\xff', '\x7f']
  assert.equal(new Set(texts.map(text => hash(text))).size, texts.length)
})

test('another key gives another digest', () => {
  assert.notEqual(hash('abc', 1, 2), hash('abc', 2, 1))
  assert.equal(hash('abc', 1, 2), hash('abc', 1, 2))
})

test('short keys that differ little spread over chains evenly', () => {
  const counts = new Int32Array(64)
  const keyed = new KeyedHash({ first: 0x1234, second: 0x5678 })
  for (let i = 0; i < 64_000; i++) counts[keyed.of(`10.0.${i >> 8}.${i & 255}`).low & 63]!++
  assert.ok(
    counts.every(count => count > 850 && count < 1150),
    counts.join(' '),
  )
})
