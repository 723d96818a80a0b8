import assert from 'node:assert/strict'
import { test } from 'node:test'
import { developmentCertificate } from '../../control/certificates/development-certificate.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { originTlsDefaults, type OriginTlsSettings } from '../../model/settings/origin-tls-settings.ts'
import { proxyTls } from '../../model/origin-tls.ts'
import type { TlsMaterial } from '../../model/settings/tls-settings.ts'
import { TlsClients, type TlsClient } from './tls-client.ts'

const pem = developmentCertificate(['a.example'], new Date())
const material = (text: string): TlsMaterial => ({ files: { '/c/a.pem': text }, ticketKeys: new Uint8Array(48) })
const clients = (): TlsClients =>
  new TlsClients({ material: material(pem), fullPath: path => '/c/' + path, now: () => 0 })

function client(own: Partial<OriginTlsSettings>, all: TlsClients = clients()): TlsClient {
  return all.of(proxyTls({ ...originTlsDefaults, ...own }))
}

const certified = { proxySslCertificate: ['a.pem'], proxySslCertificateKey: ['a.pem'] }
const trusting = { proxySslVerify: true, proxySslTrustedCertificate: 'a.pem' }

test('places that want the same share a target, and whoever differs has one of its own', () => {
  const all = clients()
  const keys = [
    client({}, all).target('app', 'app').key,
    client({}, all).target('other', 'other').key,
    client({ proxySslServerName: true }, all).target('app', 'app').key,
    client({ proxySslServerName: true }, all).target('app', 'else').key,
    client(trusting, all).target('app', 'app').key,
    client(certified, all).target('app', 'app').key,
  ]
  assert.equal(new Set(keys).size, keys.length)
  assert.equal(client({}, all).target('app', 'app').key, keys[0])
  assert.equal(client({}, all).target('app', 'a name that nobody asks for').key, keys[0])
})

test('a port is no part of a name, and an address is not told in the handshake', () => {
  const told = client({ ...trusting, proxySslServerName: true })
  const names = (name: string): unknown[] => {
    const { serverName, verify } = told.target('app', name)
    return [serverName, verify?.name]
  }
  assert.deepEqual(names('a.example:8443'), ['a.example', 'a.example'])
  assert.deepEqual(names('10.0.0.1:8443'), ['', '10.0.0.1'])
  assert.deepEqual(names('[::1]:8443'), ['', '[::1]'])
  assert.deepEqual(names(''), ['', ''])
})

test('other certificates make other targets; files that are not its own change nothing', () => {
  const all = clients()
  const own = client(certified, all)
  const { key } = own.target('app', 'app')
  const of = own.compile(() => () => '', 'app')
  all.recertify({ ...material(pem), ticketKeys: new Uint8Array(48).fill(1) })
  assert.equal(own.target('app', 'app').key, key)
  assert.throws(() => all.recertify(material('half of a fi')))
  assert.equal(own.target('app', 'app').key, key)
  all.recertify(material(developmentCertificate(['a.example'], new Date())))
  assert.notEqual(own.target('app', 'app').key, key)
  const found = of({} as Exchange, 'app')
  assert.ok('key' in found && found.key === own.target('app', 'app').key)
})

test('a certificate that a request names and that is not there is a failure of ours', () => {
  const found = client({ proxySslCertificate: [{ variable: 'name' }], proxySslCertificateKey: ['x'] }).compile(
    template => () => (template.length === 1 && template[0] === 'x' ? 'x' : 'missing'),
    'app',
  )({} as Exchange, 'app')
  assert.ok('code' in found && found.code === 'certificate_not_loaded')
  assert.match(String(found.cause), /\/c\/missing/)
})
