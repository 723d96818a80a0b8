import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readGrpcTimeout } from './grpc-deadline.ts'
import { grpcUrl } from './grpc-url.ts'

test('a timeout of gRPC is a number and a unit', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['5S', 5000],
    ['150m', 150],
    ['1500u', 2],
    ['1n', 1],
    ['0S', 1],
    ['99999999H', 24 * 3_600_000],
  ]
  for (const [text, ms] of cases) assert.equal(readGrpcTimeout(text), ms, text)
})

test('what is none is no deadline', () => {
  for (const text of ['', '5', 'S', '5s', '-1S', '123456789S', '5 S', '5S,6S'])
    assert.equal(readGrpcTimeout(text), 0, text)
})

test('an address of grpc_pass with variables is one of proxy_pass without a path', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a:1', 'http://a:1'],
    ['grpc://a', 'http://a'],
    ['grpcs://[::1]:5/x?y', 'https://[::1]:5'],
    ['GRPC://a/x', 'http://a'],
    ['grpc://unix:/run/a:', 'http://unix:/run/a'],
  ]
  for (const [text, url] of cases) assert.equal(grpcUrl(text), url, text)
})
