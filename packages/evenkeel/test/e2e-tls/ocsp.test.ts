/** Certificates of clients that were revoked: asked of who issued them, as openssl answers it. */
import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { certificateId, ocspRequest, readStatus } from '../../src/net/ocsp/message.ts'
import { startProxy } from '../scenario/proxy.ts'
import { selfSigned, signed } from './certificates.ts'
import { OcspAuthority } from './ocsp-authority.ts'
import { askTls } from './tls-client.ts'

test('answers are believed when they are about the certificate, in time, and signed by its issuer or a delegate', async () => {
  await using authority = await OcspAuthority.start()
  const one = authority.issue('one.example')
  const issuer = new X509Certificate(authority.pair.certificate)
  const id = certificateId(new X509Certificate(one.certificate), issuer)
  const read = (answer: Buffer, nowMs = Date.now()): unknown => {
    const status = readStatus(answer, id, issuer, nowMs)
    return typeof status === 'string' ? status : status.revoked ? 'revoked' : 'good'
  }
  const good = authority.about(one, 'good')
  assert.equal(read(good), 'good')
  assert.equal(read(authority.about(one, 'revoked')), 'revoked')
  assert.equal(read(authority.about(one, 'unknown')), 'the responder does not know the certificate')
  assert.equal(read(good, Date.now() + 2 * 86_400_000), 'an answer that is out of date')
  assert.equal(read(good, Date.now() - 86_400_000), 'an answer from the future')
  const delegate = signed('delegate.example', authority.pair, 'extendedKeyUsage=OCSPSigning')
  assert.equal(read(authority.about(one, 'good', delegate)), 'good')
  const other = signed('other.example', authority.pair)
  assert.equal(read(authority.about(one, 'good', other)), 'a signature of nobody known')
  assert.equal(read(authority.about(one, 'good', selfSigned('stranger.example'))), 'a signature of nobody known')
  assert.equal(
    readStatus(good, { ...id, serial: Buffer.from([1]) }, issuer, Date.now()),
    'an answer about another certificate',
  )
  assert.equal(read(Buffer.from('30030a0103', 'hex')), 'the responder said: try later')
  for (let length = 0; length < good.length; length += 7) {
    assert.equal(typeof readStatus(good.subarray(0, length), id, issuer, Date.now()), 'string', `cut at ${length}`)
  }
  // Changed anywhere, it is not believed to say anything else.
  for (let at = 0; at < good.length; at += 11) {
    const changed = Buffer.from(good)
    changed[at]! ^= 0x21
    assert.notEqual(read(changed), 'revoked', `changed at ${at}`)
  }
  assert.match(authority.understands(ocspRequest(id)), /Serial Number: 1234/)
})

test('a revoked certificate is refused, over HTTP and in a session taken up again; one that nobody vouches for too', async () => {
  await using authority = await OcspAuthority.start()
  const client = authority.issue('client.example')
  const own = selfSigned('own.example')
  await using proxy = await startProxy({
    files: {
      'own.crt': own.certificate,
      'own.key': own.key,
      'ca.crt': authority.pair.certificate,
    },
    config: ports => `
ssl_certificate own.crt; ssl_certificate_key own.key; ssl_verify_client on; ssl_client_certificate ca.crt;
server { listen 127.0.0.1:${ports['main']} ssl; ssl_ocsp leaf; ssl_protocols TLSv1.2;
  error_page 495 = /why; location / { return 200 "$ssl_client_verify $ssl_session_reused"; } location /why { return 403 "$ssl_client_verify $ssl_session_reused"; } }
server { listen 127.0.0.1:${ports['kept']} ssl; ssl_ocsp on; ssl_ocsp_cache shared:ocsp:1m; ssl_ocsp_responder ${authority.url}/;
  location / { return 200 $ssl_client_verify; } }`,
  })
  const shown = { cert: client.certificate, key: client.key }
  const ask = (more: object = {}): ReturnType<typeof askTls> => askTls(proxy.port('main'), { ...shown, ...more })
  const failed = 'FAILED:certificate status request failed .'
  assert.equal((await ask()).text, failed)
  authority.answer = authority.about(client, 'good')
  const first = await ask()
  assert.equal(first.text, 'SUCCESS .')
  assert.equal((await ask({ session: first.session })).text, 'SUCCESS r')
  assert.equal((await askTls(proxy.port('kept'), shown)).text, 'SUCCESS')
  authority.answer = authority.about(client, 'revoked')
  const { status, text } = await ask({ session: first.session })
  assert.equal(`${status} ${text}`, '403 FAILED:certificate revoked r')
  const asked = authority.asked.length
  assert.equal((await askTls(proxy.port('kept'), shown)).text, 'SUCCESS')
  assert.equal(authority.asked.length, asked)
  const id = certificateId(new X509Certificate(client.certificate), new X509Certificate(authority.pair.certificate))
  const digests = authority.asked.map(one => createHash('sha256').update(one).digest('hex'))
  assert.deepEqual([...new Set(digests)], [createHash('sha256').update(ocspRequest(id)).digest('hex')])
})

test('a session of stream with a revoked certificate ends, one that still holds goes on', async () => {
  await using authority = await OcspAuthority.start()
  const client = authority.issue('client.example')
  const own = selfSigned('own.example')
  await using proxy = await startProxy({
    files: { 'own.crt': own.certificate, 'own.key': own.key, 'ca.crt': authority.pair.certificate },
    config: ports => `
stream { server { listen 127.0.0.1:${ports['main']} ssl; ssl_certificate own.crt; ssl_certificate_key own.key;
  ssl_verify_client on; ssl_client_certificate ca.crt; ssl_ocsp on; return "HTTP/1.1 200 OK\\r\\n\\r\\n$ssl_client_verify"; } }`,
  })
  const shown = { cert: client.certificate, key: client.key }
  authority.answer = authority.about(client, 'good')
  assert.equal((await askTls(proxy.port('main'), shown)).text, 'SUCCESS')
  authority.answer = authority.about(client, 'revoked')
  const refused = await askTls(proxy.port('main'), shown).catch(() => ({ text: '' }))
  assert.equal(refused.text, '')
  await proxy.errorLog(/client SSL certificate verify error: \(certificate revoked\)/)
})
