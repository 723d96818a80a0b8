/** What is stapled to handshakes: what the issuer says of the server's certificate, or what stands in a file. */
import assert from 'node:assert/strict'
import { connect } from 'node:tls'
import { test } from 'node:test'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { OcspAuthority } from './ocsp-authority.ts'

/** What is stapled for a client that asks for it; null: nothing. */
function stapled(port: number): Promise<Buffer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>()
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, requestOCSP: true })
  let got: Buffer | null = null
  // Its types leave out that there may be nothing.
  socket.on('OCSPResponse', (answer: Buffer | null) => (got = answer))
  socket.on('secureConnect', () => socket.end())
  socket.on('close', () => resolve(got))
  socket.on('error', reject)
  return promise
}

test('what the issuer says is stapled once it is there; that it was revoked, or a wrong signature, never', async () => {
  await using authority = await OcspAuthority.start()
  const [good, revoked, forged] = [
    authority.issue('a.example'),
    authority.issue('b.example'),
    authority.issue('c.example'),
  ]
  const answer = authority.about(good, 'good')
  await using proxy = await startProxy({
    files: {
      'a.crt': good.certificate + authority.pair.certificate,
      'a.key': good.key,
      'b.crt': revoked.certificate,
      'b.key': revoked.key,
      'c.crt': forged.certificate,
      'c.key': forged.key,
      'ca.crt': authority.pair.certificate,
      'answer.der': answer,
    },
    config: ports => `
ssl_stapling on; ssl_stapling_verify on; ssl_trusted_certificate ca.crt;
server { listen 127.0.0.1:${ports['good']} ssl; ssl_certificate a.crt; ssl_certificate_key a.key; }
server { listen 127.0.0.1:${ports['revoked']} ssl; ssl_certificate b.crt; ssl_certificate_key b.key; }
server { listen 127.0.0.1:${ports['forged']} ssl; ssl_certificate c.crt; ssl_certificate_key c.key; }
server { listen 127.0.0.1:${ports['file']} ssl; ssl_certificate a.crt; ssl_certificate_key a.key; ssl_stapling_file answer.der; }
server { listen 127.0.0.1:${ports['alone']} ssl; ssl_certificate auto; }`,
  })
  assert.deepEqual(await stapled(proxy.port('file')), answer)
  authority.answer = answer
  // Nobody waits for the first answer.
  assert.equal(await stapled(proxy.port('good')), null)
  await until(
    () => 'the answer to be stapled',
    async () => ((await stapled(proxy.port('good')))?.equals(answer) === true ? true : undefined),
  )
  authority.answer = authority.about(revoked, 'revoked')
  await stapled(proxy.port('revoked'))
  await proxy.errorLog(/certificate status "revoked" while requesting the certificate status of ".*b\.crt"/)
  assert.equal(await stapled(proxy.port('revoked')), null)
  authority.answer = authority.about(forged, 'good', revoked)
  await stapled(proxy.port('forged'))
  await proxy.errorLog(/a signature of nobody known while requesting the certificate status of ".*c\.crt"/)
  assert.equal(await stapled(proxy.port('forged')), null)
  await proxy.errorLog(/"ssl_stapling" ignored, no OCSP responder URL in the certificate "auto"/)
  assert.equal(await stapled(proxy.port('alone')), null)
})
