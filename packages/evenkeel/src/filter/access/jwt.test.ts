import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { checkToken, readKeys, type VerifyKey } from './jwt.ts'

const NOW = 1_800_000_000
const secret = Buffer.from('a secret of thirty-two bytes ...')

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function token(header: object, claims: object, mark: (signed: Buffer) => Buffer): string {
  const signed = `${encode(header)}.${encode(claims)}`
  return `${signed}.${mark(Buffer.from(signed)).toString('base64url')}`
}

const hmac = (signed: Buffer): Buffer => createHmac('sha256', secret).update(signed).digest()
const keys = (...list: readonly object[]): VerifyKey[] => readKeys(JSON.stringify({ keys: list })) ?? []
const shared = { kty: 'oct', k: secret.toString('base64url') }
const jwk = (key: KeyObject): object => key.export({ format: 'jwk' }) as object

function verdict(text: string, known: VerifyKey[], leeway = 0): string {
  const found = checkToken(text, known, NOW, leeway)
  return typeof found === 'string' ? found : 'good'
}

test('a token signed by a shared secret, and one that was changed', () => {
  const good = token({ alg: 'HS256' }, { sub: 'me' }, hmac)
  assert.equal(verdict(good, keys(shared)), 'good')
  assert.equal(verdict(good.replace(/\.[^.]+\./, `.${encode({ sub: 'you' })}.`), keys(shared)), 'no key has signed it')
  assert.equal(verdict(good, keys()), 'no key has signed it')
})

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const ed = generateKeyPairSync('ed25519')
const signers: readonly (readonly [string, KeyObject, (signed: Buffer) => Buffer])[] = [
  ['RS256', rsa.publicKey, signed => sign('sha256', signed, rsa.privateKey)],
  ['PS512', rsa.publicKey, signed => sign('sha512', signed, { key: rsa.privateKey, padding: 6, saltLength: 64 })],
  ['ES256', ec.publicKey, signed => sign('sha256', signed, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' })],
  ['EdDSA', ed.publicKey, signed => sign(null, signed, ed.privateKey)],
]
for (const [alg, key, mark] of signers) {
  test(`${alg}: its own key and no other`, () => {
    const made = token({ alg }, { sub: 'me' }, mark)
    assert.equal(verdict(made, keys(shared, jwk(key))), 'good')
    const others = signers.filter(one => one[1] !== key).map(one => jwk(one[1]))
    assert.equal(verdict(made, keys(shared, ...others)), 'no key has signed it')
  })
}

test('the key says which algorithm, not the token', () => {
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' })
  const confused = token({ alg: 'HS256' }, {}, signed => createHmac('sha256', pem).update(signed).digest())
  assert.equal(verdict(confused, keys(jwk(rsa.publicKey))), 'no key has signed it')
  assert.equal(
    verdict(
      token({ alg: 'none' }, {}, () => Buffer.from('x')),
      keys(shared),
    ),
    'no key has signed it',
  )
  assert.equal(verdict(`${encode({ alg: 'none' })}.${encode({})}.`, keys(shared)), 'it is not a signed token')
  assert.equal(verdict(token({ alg: 'HS256' }, {}, hmac), keys({ ...shared, alg: 'HS512' })), 'no key has signed it')
  assert.equal(verdict(token({ alg: 'ES384' }, {}, signers[2]![2]), keys(jwk(ec.publicKey))), 'no key has signed it')
})

test('a token names its key, and a set may have others, also such as nobody knows', () => {
  const made = token({ alg: 'HS256', kid: 'two' }, {}, hmac)
  assert.equal(verdict(made, keys({ kty: 'new' }, { ...shared, kid: 'one' })), 'no key has signed it')
  assert.equal(verdict(made, keys({ ...shared, kid: 'one', k: 'eA' }, { ...shared, kid: 'two' })), 'good')
  assert.equal(verdict(made, keys({ ...shared, use: 'enc' })), 'no key has signed it')
  assert.equal(readKeys('{}'), null)
  assert.equal(readKeys('nothing'), null)
})

test('times count, with the leeway for clocks that differ', () => {
  const at = (claims: object, leeway = 0): string =>
    verdict(token({ alg: 'HS256' }, claims, hmac), keys(shared), leeway)
  assert.deepEqual(
    [at({ exp: NOW }), at({ exp: NOW - 1 }), at({ exp: NOW - 1 }, 1)],
    ['good', 'it has expired', 'good'],
  )
  assert.deepEqual(
    [at({ nbf: NOW }), at({ nbf: NOW + 1 }), at({ nbf: NOW + 1 }, 1)],
    ['good', 'it does not hold yet', 'good'],
  )
  assert.equal(at({ exp: 'soon' }), 'it has expired')
})

test('what is no token is refused, whatever it is', () => {
  const strange = [
    '',
    '.',
    '..',
    'a.b',
    'a.b.c.d',
    'a.b.c',
    `${encode([])}.${encode({})}.x`,
    'ä.b.c',
    `${'x'.repeat(5000)}.y.z`,
  ]
  for (const text of strange) assert.equal(verdict(text, keys(shared)), 'it is not a signed token', text)
  const critical = token({ alg: 'HS256', crit: ['b64'] }, {}, hmac)
  assert.equal(verdict(critical, keys(shared)), 'its algorithm is not supported')
})
