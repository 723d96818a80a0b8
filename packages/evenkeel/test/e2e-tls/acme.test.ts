/** Certificates over ACME, from an issuer that connects to prove the names: Debian's pebble. */
import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { unless } from '../scenario/requires.ts'
import { until } from '../scenario/wait.ts'
import { Pebble } from './pebble.ts'
import { askTls } from './tls-client.ts'

const skip = unless('pebble')
/** Several round trips with an issuer, on a machine that may be busy. */
const LONG_MS = 90_000

interface Shown {
  readonly text: string
  readonly serial: string
  readonly names: string
  readonly issuer: string
}

/** What a client of that name gets; undefined: no certificate yet. */
async function shown(port: number, servername: string): Promise<Shown | undefined> {
  try {
    const { text, socket } = await askTls(port, { servername })
    const { serialNumber, subjectaltname = '', issuer } = socket.getPeerCertificate()
    return { text, serial: serialNumber, names: subjectaltname, issuer: String(issuer?.CN ?? '') }
  } catch {
    return undefined
  }
}

/**
 * Waits until a client of that name sees a certificate of pebble that is not `before`. Pebble looks at us for five seconds:
 * where the machine stood still for longer, it is started again and asks again, rather than minutes later.
 */
async function issued(proxy: Proxied, port: number, name: string, before = ''): Promise<Shown> {
  const refusals = (): number => proxy.read('error.log').split(' is invalid: ').length
  let known = refusals()
  return until(
    () => `a certificate for ${name}\n${proxy.read('error.log').slice(-3000)}`,
    async () => {
      const found = await shown(port, name)
      if (found?.issuer.startsWith('Pebble') === true && found.serial !== before) return found
      if (refusals() > known) {
        known = refusals()
        await proxy.stop()
        await proxy.start()
      }
      return undefined
    },
    LONG_MS,
  )
}

function issuer(pebble: Pebble, more = ''): string {
  return `resolver ${pebble.nameServer};
acme_issuer pebble {
  uri ${pebble.uri}; ssl_trusted_certificate pebble.crt; contact admin@one.example; accept_terms_of_service; ${more}
}
ssl_certificate $acme_certificate;
ssl_certificate_key $acme_certificate_key;
`
}

test('two servers get their certificates over http-01, past their own redirects', { skip }, async () => {
  await using pebble = await Pebble.start({ env: { PEBBLE_WFE_NONCEREJECT: '30' } })
  pebble.names('one.example', 'two.example', 'www.two.example')
  await using proxy = await startProxy({
    workers: 2,
    files: { 'pebble.crt': pebble.authority },
    config: () => `${issuer(pebble)}
server { listen 127.0.0.1:${pebble.httpPort}; return 301 https://$host$request_uri; }
server { listen 127.0.0.1:${pebble.tlsPort} ssl; server_name one.example; acme_certificate pebble; location / { return 200 "one $ssl_server_name"; } }
server { listen 127.0.0.1:${pebble.tlsPort} ssl; server_name two.example www.two.example; acme_certificate pebble key=rsa:2048; location / { return 200 two; } }`,
  })
  const one = await issued(proxy, pebble.tlsPort, 'one.example')
  const two = await issued(proxy, pebble.tlsPort, 'www.two.example')
  assert.equal(one.text, 'one one.example')
  assert.equal(one.names, 'DNS:one.example')
  assert.equal(two.text, 'two')
  assert.deepEqual(two.names.split(', ').sort(), ['DNS:two.example', 'DNS:www.two.example'])
  const files = readdirSync(`${proxy.prefix}acme_pebble`)
  assert.equal(files.filter(name => name.endsWith('.pem')).length, 2, files.join())
  for (const name of files) assert.equal(statSync(`${proxy.prefix}acme_pebble/${name}`).mode & 0o777, 0o600, name)
})

test('names are proved over tls-alpn-01, on the port where clients are served', { skip }, async () => {
  await using pebble = await Pebble.start()
  pebble.names('one.example', 'two.example')
  await using proxy = await startProxy({
    workers: 2,
    files: { 'pebble.crt': pebble.authority },
    config: () => `${issuer(pebble, 'challenge tls-alpn-01;')}
server { listen 127.0.0.1:${pebble.tlsPort} ssl; server_name one.example; acme_certificate pebble one.example two.example; location / { return 200 one; } }`,
  })
  const one = await issued(proxy, pebble.tlsPort, 'one.example')
  assert.deepEqual(one.names.split(', ').sort(), ['DNS:one.example', 'DNS:two.example'])
})

test('while there is no certificate handshakes are refused, and the log says why', { skip }, async () => {
  await using pebble = await Pebble.start()
  // No name leads anywhere: nothing can be proved.
  await using proxy = await startProxy({
    files: { 'pebble.crt': pebble.authority },
    config: () => `${issuer(pebble)}
server { listen 127.0.0.1:${pebble.httpPort}; location / { return 200 clear; } }
server { listen 127.0.0.1:${pebble.tlsPort} ssl; server_name one.example; acme_certificate pebble; }
server { listen 127.0.0.1:${pebble.tlsPort}; server_name stand.example; acme_certificate pebble; ssl_certificate $acme_certificate; ssl_certificate_key $acme_certificate_key; ssl_certificate auto; location / { return 200 development; } }`,
  })
  await assert.rejects(askTls(pebble.tlsPort, { servername: 'one.example' }), /alert internal error/i)
  await proxy.errorLog(/no certificate has been issued yet/)
  const log = await proxy.errorLog(
    /acme: no certificate for one\.example from "pebble": .*there is none yet, next asked/,
  )
  assert.match(log, /the proof of one\.example is invalid: /)
  assert.equal((await shown(pebble.tlsPort, 'stand.example'))?.text, 'development')
})

test('a certificate is renewed in time, and stays in use when the issuer is gone', { skip }, async () => {
  await using pebble = await Pebble.start({ validSeconds: 8 })
  pebble.names('one.example')
  await using proxy = await startProxy({
    workers: 2,
    files: { 'pebble.crt': pebble.authority },
    config: () => `${issuer(pebble)}
server { listen 127.0.0.1:${pebble.httpPort}; }
server { listen 127.0.0.1:${pebble.tlsPort} ssl; server_name one.example; acme_certificate pebble; location / { return 200 one; } }`,
  })
  const first = await issued(proxy, pebble.tlsPort, 'one.example')
  const second = await issued(proxy, pebble.tlsPort, 'one.example', first.serial)
  assert.equal(second.text, 'one')
  await pebble.stop()
  await until(
    () => `a failed renewal\n${proxy.read('error.log').slice(-2000)}`,
    () => /acme: no certificate for one\.example .*the one in use/.test(proxy.read('error.log')) || undefined,
    LONG_MS,
  )
  assert.equal((await issued(proxy, pebble.tlsPort, 'one.example')).text, 'one')
})

test('a restart takes account and certificate from disk, with no issuer in reach', { skip }, async () => {
  await using pebble = await Pebble.start()
  pebble.names('one.example')
  await using proxy = await startProxy({
    files: { 'pebble.crt': pebble.authority },
    config: () => `${issuer(pebble, 'state_path state;')}
server { listen 127.0.0.1:${pebble.httpPort}; location / { return 200 clear; } }
server { listen 127.0.0.1:${pebble.tlsPort} ssl; server_name one.example; acme_certificate pebble; location / { return 200 one; } }`,
  })
  const first = await issued(proxy, pebble.tlsPort, 'one.example')
  const asked = pebble.count(/\/order-plz/)
  proxy.signal('HUP')
  await proxy.errorLog(/reconfiguring/)
  await proxy.stop()
  await proxy.start()
  assert.equal((await shown(pebble.tlsPort, 'one.example'))?.serial, first.serial)
  assert.equal(pebble.count(/\/order-plz/), asked)
  await proxy.stop()
  await pebble.stop()
  await proxy.start()
  assert.equal((await shown(pebble.tlsPort, 'one.example'))?.serial, first.serial)
})

test(
  'an issuer that wants a known account gets the proof of one, and is asked for the chain that is preferred',
  { skip },
  async () => {
    const mac = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'
    await using pebble = await Pebble.start({
      env: { PEBBLE_ALTERNATE_ROOTS: '2' },
      more: { externalAccountBindingRequired: true, externalAccountMACKeys: { 'kid-1': mac } },
    })
    pebble.names('one.example')
    const root = [...pebble.output.matchAll(/Generated new root issuer CN=(Pebble Root CA \w+)/g)].at(-1)![1]!
    await using proxy = await startProxy({
      files: { 'pebble.crt': pebble.authority, 'mac.txt': `${mac}\n` },
      config:
        () => `${issuer(pebble, `external_account_key kid-1 mac.txt; account_key rsa:2048; state_path off; preferred_chain "${root}";`)}
server { listen 127.0.0.1:${pebble.httpPort}; }
server { listen 127.0.0.1:${pebble.tlsPort} ssl; server_name one.example; acme_certificate pebble key=ecdsa:384; }`,
    })
    await issued(proxy, pebble.tlsPort, 'one.example')
    const { socket } = await askTls(pebble.tlsPort, { servername: 'one.example' })
    assert.equal(socket.getPeerCertificate(true).issuerCertificate.issuer.CN, root)
    assert.equal(pebble.count(/There are now 1 accounts/) > 0, true, pebble.output)
  },
)

test('an issuer that cannot prove who it is gets no account, unless nobody asks', { skip }, async () => {
  await using pebble = await Pebble.start()
  pebble.names('one.example', 'two.example')
  await using proxy = await startProxy({
    config: () => `resolver ${pebble.nameServer};
acme_issuer strict { uri ${pebble.uri}; accept_terms_of_service; }
acme_issuer lax { uri ${pebble.uri}; accept_terms_of_service; ssl_verify off; }
ssl_certificate $acme_certificate;
ssl_certificate_key $acme_certificate_key;
server { listen 127.0.0.1:${pebble.httpPort}; }
server { listen 127.0.0.1:${pebble.tlsPort} ssl; server_name one.example; acme_certificate strict; }
server { listen 127.0.0.1:${pebble.tlsPort} ssl; server_name two.example; acme_certificate lax; }`,
  })
  await issued(proxy, pebble.tlsPort, 'two.example')
  await proxy.errorLog(/acme: no certificate for one\.example from "strict": .*certificate/)
  assert.equal(pebble.count(/There are now 2 accounts/), 0)
})

test("an issuer in nobody's reach delays neither the start nor a request", async () => {
  await using proxy = await startProxy({
    config: ports => `acme_issuer gone { uri https://127.0.0.1:${ports['nobody']}/dir; }
server { listen 127.0.0.1:${ports['main']} ssl; server_name one.example; acme_certificate gone;
  ssl_certificate $acme_certificate; ssl_certificate_key $acme_certificate_key; ssl_certificate auto; location / { return 200 one; } }
server { listen 127.0.0.1:${ports['clear']}; location / { return 200 clear; } location /.well-known/ { return 200 own; } }`,
  })
  assert.equal((await askTls(proxy.port('main'), { servername: 'one.example' })).text, 'one')
  const answer = await fetch(`http://127.0.0.1:${proxy.port('clear')}/.well-known/acme-challenge/other`)
  assert.equal(await answer.text(), 'own')
  await proxy.errorLog(/acme: no certificate for one\.example from "gone": .*ECONNREFUSED.*there is none yet/)
})
