import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressText, binaryAddress } from './address.ts'
import { forwardedAddress, readAddress } from './forwarded-address.ts'

const trusted = (address: string): boolean => address === '127.0.0.1' || address.startsWith('10.')
const found = (told: string, recursive: boolean, from = '127.0.0.1'): string | undefined =>
  forwardedAddress(from, told, trusted, recursive)?.address

test('the last address is taken, and only from those who are trusted', () => {
  assert.equal(found('192.0.2.1, 10.0.0.1', false), '10.0.0.1')
  assert.equal(found('192.0.2.1', false, '192.0.2.9'), undefined)
})

test('recursive: trusted addresses are passed over, whatever stands before the first other one is not believed', () => {
  assert.equal(found('6.6.6.6, 192.0.2.1, 10.0.0.1, 10.0.0.2', true), '192.0.2.1')
  assert.equal(found('10.0.0.1,10.0.0.2', true), '10.0.0.1')
})

test('what is no address ends the search with what was found before', () => {
  assert.equal(found('unknown', true), undefined)
  assert.equal(found('unknown, 10.0.0.1', true), '10.0.0.1')
  assert.equal(found('', true), undefined)
  assert.equal(found(' , ,', true), undefined)
})

test('ports and brackets are read, and IPv6 is told in its short form', () => {
  assert.deepEqual(readAddress('192.0.2.1:81'), { address: '192.0.2.1', port: 81 })
  assert.deepEqual(readAddress('[2001:0DB8:0:0::1]:443'), { address: '2001:db8::1', port: 443 })
  assert.deepEqual(readAddress('2001:db8::1'), { address: '2001:db8::1', port: 0 })
  assert.deepEqual(readAddress('[::1]'), { address: '::1', port: 0 })
  for (const wrong of [
    '192.0.2.1:',
    '192.0.2.1:0',
    '192.0.2.1:65536',
    '[::1',
    '::1]:80',
    'fe80::1%eth0',
    '1.2.3',
    'x',
  ]) {
    assert.equal(readAddress(wrong), undefined, wrong)
  }
})

test('addresses are written as read', () => {
  for (const text of [
    '::',
    '::1',
    '1::',
    '2001:db8::1:0:0:1',
    '1:2:3:4:5:6:7:8',
    '::ffff:192.0.2.1',
    '0.0.0.0',
    '1:0:2::',
  ]) {
    assert.equal(addressText(binaryAddress(text)), text)
  }
})
