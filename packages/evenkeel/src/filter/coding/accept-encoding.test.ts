import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseCoding, qualityOf } from './accept-encoding.ts'

const codings = ['br', 'zstd', 'gzip']

for (const [field, chosen] of [
  [undefined, undefined],
  ['', undefined],
  ['gzip', 'gzip'],
  ['gzip, deflate', 'gzip'],
  ['GZip', 'gzip'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, zstd', 'zstd'],
  ['br;q=0.5, gzip', 'gzip'],
  ['br;q=0.5, gzip;q=0.4', 'br'],
  ['br ; q=0.1 , gzip ; Q=0.2', 'gzip'],
  ['gzip;q=0', undefined],
  ['gzip;q=0.000', undefined],
  ['gzip;q=0.001', 'gzip'],
  ['gzip;q=1.000', 'gzip'],
  ['gzip;q=1.001', undefined],
  ['gzip;q=0.0001', undefined],
  ['gzip;q=', undefined],
  ['gzip;level=9', undefined],
  ['*', undefined],
  ['identity, *;q=0', undefined],
  ['x-gzip', undefined],
  ['gzipped, notgzip', undefined],
  ['br;q=0, gzip', 'gzip'],
] as const) {
  test(`Accept-Encoding: ${field ?? '(none)'} chooses ${chosen ?? 'nothing'}`, () => {
    assert.equal(codings[chooseCoding(field, codings)], chosen)
  })
}

test('a long field costs no more than its length', () => {
  const field = 'a;q=0.5 ,'.repeat(20_000)
  assert.equal(qualityOf(field, 'gzip'), 0)
  assert.equal(qualityOf(`${field}gzip;q=0.3`, 'gzip'), 0.3)
})
