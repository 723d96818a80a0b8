import assert from 'node:assert/strict'
import { it } from 'node:test'
import { crc32 } from './crc32.ts'
import { hash } from './hash.ts'
import { AloneState, request, Table } from '../lab/policy-kit.ts'
import { keepsPolicyContract, letters, weighted } from './policy.contract.ts'

keepsPolicyContract('hash', hash)

const golden = { a: 2, b: 0, foo: 1, bar: 1, 'user-42': 2, 'session:9': 0, '/img/1.png': 2, ['x'.repeat(40)]: 1, '0': 2, zz: 1 } // prettier-ignore

it('sends keys where nginx sends them', () => {
  const pick = hash(weighted(1, 1, 1), new AloneState(3))
  for (const [key, expected] of Object.entries(golden))
    assert.equal(
      pick(request({ key }), () => true),
      expected,
      key,
    )
})

it('has the checksum of zlib', () => {
  assert.equal(crc32('foo'), 0x8c736521)
  assert.equal(crc32(''), 0)
  assert.equal(crc32('123456789'), 0xcbf43926)
})

it('takes text as bytes, and what is no byte as UTF-8', () => {
  assert.equal(crc32('\u20ac\u00e9'), crc32('\xe2\x82\xac\xe9'))
  assert.equal(crc32('\u{1f600}x'), crc32('\xf0\x9f\x98\x80x'))
})

it('keeps the keys of others where they are when one is down', () => {
  const up = hash(weighted(1, 1, 1), new AloneState(3))
  const table = new Table([{}, { down: true }, {}])
  const down = hash(table, new AloneState(3))
  for (const [key, expected] of Object.entries(golden)) {
    if (expected === 1) continue
    assert.equal(
      down(request({ key }), index => index !== 1),
      up(request({ key }), () => true),
    )
  }
})

it('takes turns for an empty key', () => {
  const pick = hash(weighted(1, 1, 1), new AloneState(3))
  assert.equal(
    letters(4, () => pick(request({ key: '' }), () => true)),
    'a b c a',
  )
})
