import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ipBytes, ipText } from './ip-address.ts'

test('an address comes back in its one spelling', () => {
  const spellings = {
    '192.0.2.1': '192.0.2.1',
    '::': '::',
    '::1': '::1',
    '2001:0DB8:0:0:0:0:0:1': '2001:db8::1',
    '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
    '2001:0:0:1:0:0:0:1': '2001:0:0:1::1',
    '1:0:0:2:0:0:3:4': '1::2:0:0:3:4',
    '1:2:3:4:5:6::': '1:2:3:4:5:6::',
    '::ffff:192.0.2.1': '::ffff:192.0.2.1',
  }
  for (const [written, spelt] of Object.entries(spellings)) {
    const bytes = Buffer.from(ipBytes(written)!, 'latin1')
    assert.equal(ipText(bytes, 0, bytes.length as 4 | 16), spelt)
  }
})

test('what is no address has no bytes', () => {
  for (const text of ['', 'a', '1.2.3', '1.2.3.256', ':', ':::', '1::2::3', '12345::', 'g::', 'unix:']) {
    assert.equal(ipBytes(text), undefined, text)
  }
})
