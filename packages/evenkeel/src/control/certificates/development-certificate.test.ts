import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { developmentCertificate } from './development-certificate.ts'

test('it is good for the names it was made for, from yesterday on, and its key fits', () => {
  const pem = developmentCertificate(
    ['localhost', 'shop.example', '127.0.0.1', '::1'],
    new Date('2026-03-01T10:20:30Z'),
  )
  const certificate = new X509Certificate(pem)
  for (const name of ['localhost', 'shop.example']) assert.equal(certificate.checkHost(name), name)
  for (const address of ['127.0.0.1', '::1']) assert.equal(certificate.checkIP(address), address)
  assert.equal(certificate.checkHost('other.example'), undefined)
  assert.equal(certificate.validFrom, 'Feb 28 10:20:30 2026 GMT')
  assert.ok(certificate.ca)
  assert.ok(certificate.checkPrivateKey(createPrivateKey(pem)))
  assert.ok(certificate.verify(certificate.publicKey))
})
