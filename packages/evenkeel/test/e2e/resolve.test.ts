/** Names of upstreams that change while the process runs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { DnsServer } from '../scenario/dns.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const serve = (port: number | undefined): string =>
  `server { listen 127.0.0.1:${port}; location / { proxy_pass http://app; add_header X-Peers $upstream_addr always; } }`

async function peers(proxy: Proxied): Promise<string> {
  const response = await ask(proxy.port(), get('/'))
  return `${response.status} ${response.get('x-peers') ?? ''}`
}

/** As soon as a request is answered like that. */
async function answered(proxy: Proxied, pattern: RegExp): Promise<string> {
  let last = ''
  return until(
    () => `${pattern} rather than ${last}`,
    async () => {
      last = await peers(proxy)
      return pattern.test(last) ? last : undefined
    },
  )
}

test('an address that changes is followed, one that is gone is a 502, and a name server that fails changes nothing', async () => {
  await using one = await httpOrigin('one')
  await using dns = await DnsServer.start({ 'app.test': { a: ['127.0.0.1'] } })
  await using proxy = await startProxy({
    config: ports => `
      resolver ${dns.address} ipv6=off;
      upstream app { server app.test:${one.port} resolve; }
      ${serve(ports.main)}`,
  })
  assert.equal(await peers(proxy), `200 127.0.0.1:${one.port}`)
  dns.records = { 'app.test': { a: ['127.0.0.2', '127.0.0.2'] } }
  await answered(proxy, new RegExp(`^502 127.0.0.2:${one.port}, 127.0.0.2:${one.port}$`))
  dns.records = { 'app.test': { a: ['127.0.0.1'] } }
  await answered(proxy, /^200/)
  dns.records = { 'app.test': { code: 2 } }
  const asked = dns.asked.length
  await until(
    () => 'two more questions',
    () => dns.asked.length > asked + 1 || undefined,
  )
  assert.match(await peers(proxy), /^200/)
  dns.records = {}
  await answered(proxy, /^502 app$/)
  await proxy.errorLog(/app\.test could not be resolved \(2: Server failure\)/)
})

test('a service is its hosts and ports; a reload while the name server is silent finds them again', async () => {
  await using one = await httpOrigin('one')
  await using two = await httpOrigin('two')
  const dns = await DnsServer.start({
    '_http._tcp.app.test': { srv: [`1 1 ${one.port} a.test`, `2 1 ${two.port} a.test`], ttl: 60 },
    'a.test': { a: ['127.0.0.1'], ttl: 60 },
  })
  await using proxy = await startProxy({
    config: ports => `
      upstream app { server app.test resolve service=http; resolver ${dns.address} ipv6=off; }
      ${serve(ports.main)}`,
  })
  assert.equal(await peers(proxy), `200 127.0.0.1:${one.port}`)
  await dns[Symbol.asyncDispose]()
  proxy.configure(
    ports => `
      upstream app { server app.test resolve service=http; resolver 127.0.0.1:1 ipv6=off; resolver_timeout 1s; }
      ${serve(ports.main)}`,
  )
  proxy.signal('HUP')
  await proxy.errorLog(/exited with code 0/)
  assert.equal(await peers(proxy), `200 127.0.0.1:${one.port}`)
})

test('a name server that does not answer keeps nothing from starting, unless it is told to', async () => {
  await using one = await httpOrigin('one')
  const upstream = `resolver 127.0.0.1:1; resolver_timeout 100ms; upstream app { server app.test resolve; server ${one.address}; }`
  await using proxy = await startProxy({ config: ports => `${upstream} ${serve(ports.main)}` })
  assert.equal(await peers(proxy), `200 ${one.address}`)
  await assert.rejects(
    startProxy({ config: ports => `strict_resolve on; ${upstream} ${serve(ports.main)}` }),
    /host not found in upstream "app": "app\.test"/,
  )
})
