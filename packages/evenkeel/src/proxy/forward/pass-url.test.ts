import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressBytes } from './address-bytes.ts'
import { readPassUrl } from './pass-url.ts'

test('a URL comes apart into host, port and what is asked for', () => {
  const cases: [string, string, number, boolean, string | null][] = [
    ['http://a.test', 'a.test', 80, false, null],
    ['http://A.test:8080', 'a.test', 8080, true, null],
    ['http://a.test/x?y=1', 'a.test', 80, false, '/x?y=1'],
    ['http://a.test?y=1', 'a.test', 80, false, '/?y=1'],
    ['http://[::1]:81/', '::1', 81, true, '/'],
    ['https://a.test', 'a.test', 443, false, null],
    ['http://unix:/run/x.sock:/path', 'unix:/run/x.sock', 0, false, '/path'],
    ['http://unix:/run/x.sock', 'unix:/run/x.sock', 0, false, null],
  ]
  for (const [url, host, port, hasPort, uri] of cases) {
    const read = readPassUrl(url)
    assert.deepEqual([read?.host, read?.port, read?.hasPort, read?.uri], [host, port, hasPort, uri], url)
  }
})

test('what is no URL of ours, or hides a user in it, is none', () => {
  for (const url of [
    '',
    'a.test',
    'ftp://a.test',
    'http://',
    'http:///x',
    'http://u@a.test',
    'http://a:0',
    'http://a:99999',
    'http://a b/',
    'http://unix:',
  ]) {
    assert.equal(readPassUrl(url), null, url)
  }
})

test('addresses become the bytes that hashes are made of', () => {
  assert.deepEqual([...addressBytes('127.0.1.255')], [127, 0, 1, 255])
  assert.deepEqual([...addressBytes('::ffff:10.0.0.1')], [10, 0, 0, 1])
  assert.deepEqual([...addressBytes('::1')], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
  assert.deepEqual([...addressBytes('2001:db8::a:1')].slice(0, 4), [0x20, 0x01, 0x0d, 0xb8])
  assert.deepEqual([...addressBytes('fe80::1%eth0')].slice(-1), [1])
  assert.equal(addressBytes('unix:').length, 0)
})
