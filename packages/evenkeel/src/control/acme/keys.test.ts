/** What ACME signs, against what others make of it: JWS by its own rules, requests and certificates by OpenSSL. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import type { OpenChallenges } from '../../worker/acme-challenges.ts'
import { Board, createBoard } from '../../shared/board.ts'
import { pem } from '../../net/asn1.ts'
import { acmeKeys } from '../../model/acme.ts'
import { Challenges } from './challenges.ts'
import { makeKey, publicJwk, signatureOf, signed, thumbprint } from './keys.ts'
import { signingRequest } from './signing-request.ts'

for (const kind of acmeKeys.filter(one => one !== 'rsa:4096')) {
  test(`a key of kind ${kind} signs, and asks for a certificate`, async () => {
    const key = await makeKey(kind)
    const { alg, hash } = signatureOf(key)!
    const text = JSON.parse(signed(key, { nonce: 'n', url: 'https://a/' }, { a: 1 })) as Record<string, string>
    const read = (part: string): unknown => JSON.parse(Buffer.from(text[part]!, 'base64url').toString())
    assert.deepEqual(read('protected'), { alg, nonce: 'n', url: 'https://a/' })
    assert.deepEqual(read('payload'), { a: 1 })
    const bytes = Buffer.from(`${text['protected']}.${text['payload']}`)
    const mark = Buffer.from(text['signature']!, 'base64url')
    assert.ok(verify(hash, bytes, { key: createPublicKey(key), dsaEncoding: 'ieee-p1363' }, mark))

    const request = pem('CERTIFICATE REQUEST', signingRequest(key, ['a.example', '192.0.2.1', '2001:db8::1'], null))
    const told = execFileSync('openssl', ['req', '-noout', '-text', '-verify'], { input: request, stdio: 'pipe' })
    assert.match(told.toString(), /DNS:a\.example, IP Address:192\.0\.2\.1, IP Address:2001:DB8:0:0:0:0:0:1/)
    assert.match(told.toString(), /Subject: *\n/)
  })
}

test('the common name stands in a request when it is wanted', async () => {
  const request = pem('CERTIFICATE REQUEST', signingRequest(await makeKey('ecdsa:256'), ['a.example'], 'a.example'))
  const told = execFileSync('openssl', ['req', '-noout', '-subject', '-verify'], { input: request, stdio: 'pipe' })
  assert.match(told.toString(), /CN ?= ?a\.example/)
})

test('a thumbprint is the digest of the public half, its members in the order of RFC 7638', async () => {
  const key = await makeKey('ecdsa:256')
  assert.deepEqual(Object.keys(publicJwk(key)), ['crv', 'kty', 'x', 'y'])
  const rsa = await makeKey('rsa:2048')
  assert.deepEqual(Object.keys(publicJwk(rsa)), ['e', 'kty', 'n'])
  assert.equal(
    thumbprint(rsa),
    createHash('sha256')
      .update(JSON.stringify(publicJwk(rsa)))
      .digest('base64url'),
  )
})

test('open challenges are on the board by token and by the name of the handshake, and are taken down', () => {
  const buffer = createBoard(100_000)
  const challenges = new Challenges(buffer)
  const open = (): OpenChallenges => JSON.parse(new Board(buffer).read() ?? '') as OpenChallenges
  assert.ok(challenges.openAnswer('token', 'token.print'))
  assert.ok(challenges.openCertificate('a.example', 'text', new Date()))
  assert.ok(challenges.openCertificate('192.0.2.1', 'text', new Date()))
  assert.deepEqual(open().answers, { token: 'token.print' })
  assert.deepEqual(Object.keys(open().certificates), ['a.example', '1.2.0.192.in-addr.arpa'])
  const certificate = new X509Certificate(open().certificates['a.example']!)
  assert.equal(certificate.subjectAltName, 'DNS:a.example')
  const digest = createHash('sha256').update('text').digest()
  const extension = Buffer.concat([Buffer.from('06082b0601050507011f0101ff04220420', 'hex'), digest])
  assert.ok(certificate.raw.includes(extension))
  challenges.close('token', '192.0.2.1')
  assert.deepEqual([Object.keys(open().answers), Object.keys(open().certificates)], [[], ['a.example']])
})
