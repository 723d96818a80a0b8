/** Health checks that ask over TLS, with the proxy_ssl_ settings of their location. */
import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { selfSigned, signed } from './certificates.ts'
import { TlsOrigin } from './tls-origin.ts'

const authority = selfSigned('authority.example')
const app = signed('app.example', authority)
const impostor = selfSigned('app.example')
const client = signed('client.example', authority)

const asking = { requestCert: true, rejectUnauthorized: true, ca: authority.certificate }

test('a server whose certificate is not trusted is unhealthy, one that wants to know us is asked with our certificate', async () => {
  await using good = await TlsOrigin.start('good', { ...asking, key: app.key, cert: app.certificate })
  await using bad = await TlsOrigin.start('bad', { key: impostor.key, cert: impostor.certificate })
  await using proxy = await startProxy({
    files: { 'ca.pem': authority.certificate, 'client.crt': client.certificate, 'client.key': client.key },
    config: ports => `
      upstream app { server 127.0.0.1:${good.port} max_fails=0; server 127.0.0.1:${bad.port} max_fails=0; }
      server {
        listen 127.0.0.1:${ports['main']};
        proxy_next_upstream off;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate ca.pem;
        proxy_ssl_name app.example;
        proxy_ssl_certificate client.crt;
        proxy_ssl_certificate_key client.key;
        location / { proxy_pass https://app; health_check interval=1h keepalive_time=1h; }
      }`,
  })
  const log = await proxy.errorLog(/peer is unhealthy/)
  assert.match(
    log,
    new RegExp(
      `peer is unhealthy: SSL certificate verify error: \\(18:self-signed certificate\\), health check "/" of peer 127\\.0\\.0\\.1:${bad.port} `,
    ),
  )
  for (let i = 0; i < 4; i++) assert.match((await ask(proxy.port(), get('/'))).text, /^good .* client=client\.example /)
  assert.ok(!(await proxy.errorLog()).includes(`of peer 127.0.0.1:${good.port}`))
})

test('probes show a replaced certificate, too', async () => {
  await using good = await TlsOrigin.start('good', { ...asking, key: app.key, cert: app.certificate })
  await using proxy = await startProxy({
    files: { 'client.crt': impostor.certificate, 'client.key': impostor.key },
    config: ports => `
      upstream app { server 127.0.0.1:${good.port} max_fails=0; }
      server {
        listen 127.0.0.1:${ports['main']};
        proxy_ssl_certificate client.crt;
        proxy_ssl_certificate_key client.key;
        location / { proxy_pass https://app; health_check interval=1s; }
      }`,
  })
  await proxy.errorLog(/peer is unhealthy/)
  for (const [name, text] of [
    ['client.crt', client.certificate],
    ['client.key', client.key],
  ] as const) {
    proxy.write(name + '.new', text)
    renameSync(join(proxy.prefix, name + '.new'), join(proxy.prefix, name))
  }
  await proxy.errorLog(/peer is healthy/)
  await until(
    () => 'an answer',
    async () => (await ask(proxy.port(), get('/'))).status === 200 || undefined,
  )
})
