import assert from 'node:assert/strict'
import { test } from 'node:test'
import { binaryAddress } from './address.ts'
import { fromByteText, lowerBytes, toByteText } from './byte-text.ts'

test('text becomes the bytes of its UTF-8 form and back', () => {
  for (const text of ['', 'plain', 'é', '日本', '😀', 'a\u0000b']) {
    const bytes = toByteText(text)
    assert.equal(bytes, Buffer.from(text).toString('latin1'))
    assert.equal(fromByteText(bytes), text)
  }
})

test('what is bytes already stays', () => {
  for (const text of ['é', '日本', '\ufffd']) assert.equal(toByteText(toByteText(text)), toByteText(text))
})

test('only ASCII letters become lower-case', () => {
  assert.equal(lowerBytes('ABC\xc3\x89z'), 'abc\xc3\x89z')
  assert.equal(lowerBytes('AbC'), 'abc')
})

test('addresses become 4 or 16 bytes, anything else stays', () => {
  const hex = (text: string): string => Buffer.from(binaryAddress(text), 'latin1').toString('hex')
  assert.equal(hex('192.0.2.9'), 'c0000209')
  assert.equal(hex('::'), '0'.repeat(32))
  assert.equal(hex('::1'), '0'.repeat(31) + '1')
  assert.equal(hex('2001:db8::ff00:42:8329'), '20010db8000000000000ff0000428329')
  assert.equal(hex('1:2:3:4:5:6:7:8'), '00010002000300040005000600070008')
  assert.equal(hex('::ffff:192.0.2.9'), '00000000000000000000ffffc0000209')
  assert.equal(hex('fe80::1%eth0'), 'fe80' + '0'.repeat(27) + '1')
  for (const text of ['unix:', '1.2.3', '1.2.3.256', '1:2:3', '1::2::3', '12345::', ':::']) {
    assert.equal(binaryAddress(text), text)
  }
})
