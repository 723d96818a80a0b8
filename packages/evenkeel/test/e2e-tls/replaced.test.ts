/** Certificates that change while the process runs, by reload and without, and configurations that can't be used. */
import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { selfSigned, type Pair } from './certificates.ts'
import { askTls } from './tls-client.ts'

const old = selfSigned('old.example')
const fresh = selfSigned('new.example')

const start = (): Promise<Proxied> =>
  startProxy({
    workers: 2,
    files: { 'a.crt': old.certificate, 'a.key': old.key },
    config: ports =>
      `server { listen 127.0.0.1:${ports['main']} ssl; ssl_certificate a.crt; ssl_certificate_key a.key; location / { return 200 ok; } }`,
  })

function place(proxy: Proxied, { certificate, key }: Pair): void {
  for (const [name, text] of [
    ['a.crt', certificate],
    ['a.key', key],
  ] as const) {
    proxy.write(name + '.new', text)
    renameSync(join(proxy.prefix, name + '.new'), join(proxy.prefix, name))
  }
}

async function shown(proxy: Proxied): Promise<string> {
  const { socket } = await askTls(proxy.port('main'))
  return String(socket.getPeerCertificate().subject?.CN ?? '')
}

test('a replaced certificate is shown by all workers without a reload', async () => {
  await using proxy = await start()
  place(proxy, fresh)
  await until(
    () => 'the new certificate, six times in a row',
    async () => {
      for (let i = 0; i < 6; i++) if ((await shown(proxy)) !== 'new.example') return undefined
      return true
    },
  )
})

test('a reload with a key that does not fit changes nothing, and says why', async () => {
  await using proxy = await start()
  proxy.write('a.key', fresh.key)
  proxy.signal('HUP')
  await until(
    () => 'the reason in the log',
    () => /\[emerg\].*key values mismatch/.test(proxy.read('error.log')) || undefined,
  )
  assert.equal(await shown(proxy), 'old.example')
})

test('a certificate that is half written is refused without a reload, and taken once it is whole', async () => {
  await using proxy = await start()
  proxy.write('a.crt', fresh.certificate.slice(0, fresh.certificate.length / 2))
  await proxy.errorLog(/\[warn\].*cannot load certificate ".*a\.crt".*the certificates before stay in use/)
  assert.equal(await shown(proxy), 'old.example')
  place(proxy, fresh)
  await until(
    () => 'the new certificate',
    async () => (await shown(proxy)) === 'new.example' || undefined,
  )
})
