/** Active health checks with real origins, workers and reloads. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin, startOrigin, type HttpOrigin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { undisturbed, until } from '../scenario/wait.ts'

/** An origin whose health the test decides. */
class Patient implements AsyncDisposable {
  readonly origin: HttpOrigin
  readonly #state: { well: boolean }

  private constructor(origin: HttpOrigin, state: { well: boolean }) {
    this.origin = origin
    this.#state = state
  }

  set well(well: boolean) {
    this.#state.well = well
  }

  static async start(name: string, well = true): Promise<Patient> {
    const state = { well }
    const origin = await httpOrigin(request => {
      if (request.target !== '/health') return name
      return { status: state.well ? 200 : 503, body: state.well ? 'all well' : 'no' }
    })
    return new Patient(origin, state)
  }

  get address(): string {
    return this.origin.address
  }

  get probes(): number {
    return this.origin.requests.filter(request => request.target === '/health').length
  }

  get served(): number {
    return this.origin.requests.length - this.probes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.origin[Symbol.asyncDispose]()
  }
}

const both =
  (a: Patient, b: Patient, check: string, more = '') =>
  (ports: Readonly<Record<string, number>>): string =>
    `
    upstream app { server ${a.address}; server ${b.address}; }
    match well { status 200; header Content-Length ~ ^[0-9]+$; body ~ "all well"; }
    server {
      listen 127.0.0.1:${ports.main};
      location / { proxy_pass http://app; health_check uri=/health ${check}; }
      ${more}
    }`

/** The bodies of so many answers. */
async function answers(proxy: Proxied, many: number): Promise<string> {
  let names = ''
  for (let left = many; left > 0; left--) {
    const response = await ask(proxy.port(), get('/'))
    names += response.status === 200 ? response.text : `(${response.status})`
  }
  return names
}

async function sorted(proxy: Proxied, many: number): Promise<string> {
  return (await answers(proxy, many)).split('').toSorted().join('')
}

/** So many more probes have been answered: what they found is known then. */
async function probed(patient: Patient, more: number): Promise<void> {
  const enough = patient.probes + more
  await until(
    () => `${more} probes`,
    () => patient.probes >= enough || undefined,
  )
}

async function reload(proxy: Proxied): Promise<void> {
  const count = (): number => proxy.read('error.log').match(/start worker process/g)?.length ?? 0
  const before = count()
  proxy.signal('HUP')
  await until(
    () => 'the reload',
    () => count() > before || undefined,
  )
}

test('a server that fails its check gets no requests, and gets them back when it is well, on all workers', () =>
  undisturbed(async () => {
    await using a = await Patient.start('a')
    await using b = await Patient.start('b')
    await using proxy = await startProxy({ config: both(a, b, 'interval=150ms match=well'), workers: 2 })
    assert.equal(await sorted(proxy, 4), 'aabb')
    b.well = false
    await proxy.errorLog(/peer is unhealthy/)
    const served = b.served
    assert.equal(await answers(proxy, 8), 'aaaaaaaa')
    assert.equal(b.served, served)
    b.well = true
    await proxy.errorLog(/peer is healthy/)
    assert.equal(await sorted(proxy, 8), 'aaaabbbb')

    const lines = (await proxy.errorLog()).split('\n').filter(line => line.includes('peer is'))
    const where = `health check "/health" of peer ${b.address} in upstream "app"`
    assert.deepEqual(
      lines.map(line => line.replace(/^.*?\[/, '[').replace(/ \d+#0:/, '')),
      [`[notice] peer is unhealthy: match "well" failed: status 503, ${where}`, `[notice] peer is healthy, ${where}`],
    )
  }))

test('a mandatory check lets nobody have requests before its first probe has passed', async () => {
  await using a = await startOrigin()
  await using b = await Patient.start('b', false)
  await using proxy = await startProxy({
    config: ports => `
      upstream app { server ${a.address}; server ${b.address}; }
      server {
        listen 127.0.0.1:${ports.main};
        location / { proxy_pass http://app; health_check uri=/health interval=1h mandatory; }
      }`,
  })
  const probe = await a.accept()
  assert.equal((await ask(proxy.port(), get('/'))).status, 502)
  assert.match((await probe.receive()).startLine, /^GET \/health /)
  probe.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  await proxy.errorLog(new RegExp(`peer is healthy, .* of peer ${a.address} `))
  const answer = ask(proxy.port(), get('/x'))
  const forwarded = await a.accept()
  assert.match((await forwarded.receive()).startLine, /^GET \/x /)
  forwarded.send('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na')
  assert.equal((await answer).text, 'a')
  assert.equal(b.served, 0)
})

test('a reload keeps what is known, and a check that is taken away lets everybody in', async () => {
  await using a = await Patient.start('a')
  await using b = await Patient.start('b', false)
  await using proxy = await startProxy({ config: both(a, b, 'interval=1h') })
  await proxy.errorLog(/peer is unhealthy/)
  await until(
    () => 'the probe of the first server',
    () => a.probes === 1 || undefined,
  )
  proxy.configure(both(a, b, 'interval=1h', 'location /new { return 204; }'))
  await reload(proxy)
  assert.equal((await ask(proxy.port(), get('/new'))).status, 204)
  assert.equal(await answers(proxy, 4), 'aaaa')
  assert.deepEqual([a.probes, b.probes], [1, 1], 'nobody is asked anew')
  proxy.configure(ports => both(a, b, '')(ports).replace(/health_check[^;]*;/, ''))
  await reload(proxy)
  await until(
    () => 'requests for the server that was out',
    async () => (await answers(proxy, 2)).includes('b') || undefined,
  )
})

test('a reload that adds a mandatory check holds servers back from its first moment, unless it is persistent', async () => {
  await using a = await Patient.start('a')
  await using b = await Patient.start('b')
  const plain = (ports: Readonly<Record<string, number>>): string =>
    both(a, b, '')(ports).replace(/health_check[^;]*;/, '')
  await using proxy = await startProxy({ config: plain })
  proxy.configure(both(a, b, 'mandatory persistent interval=1h jitter=100d'))
  await reload(proxy)
  assert.equal(await sorted(proxy, 2), 'ab')
  proxy.configure(both(a, b, 'mandatory interval=1h jitter=101d'))
  await reload(proxy)
  assert.equal(await answers(proxy, 2), '(502)(502)')
})

test('a server that refuses connections is found, also by a check that only connects', async () => {
  await using a = await Patient.start('a')
  await using b = await Patient.start('b')
  // Before anybody asks: a listener that closes resets those who are just being let in.
  b.origin.refuse()
  await using proxy = await startProxy({ config: connecting(a, b) })
  const log = await proxy.errorLog(/peer is unhealthy/)
  assert.match(log, /\[notice\] .*peer is unhealthy: connection refused, health check "tcp" of peer/)
  assert.equal(await answers(proxy, 3), 'aaa')
  assert.equal(a.probes, 0)
})

test('probes with keepalive_time share a connection, and go on for as long as it runs', () =>
  undisturbed(async () => {
    await using a = await Patient.start('a')
    await using b = await Patient.start('b')
    await using proxy = await startProxy({ config: both(a, b, 'interval=150ms keepalive_time=1m match=well') })
    await probed(a, 5)
    assert.equal(a.origin.accepted, 1)
    await proxy.stop()
    assert.equal(a.served, 0)
  }))

function connecting(a: Patient, b: Patient): (ports: Readonly<Record<string, number>>) => string {
  return ports => `
    upstream app { server ${a.address}; server ${b.address} max_fails=0; }
    server {
      listen 127.0.0.1:${ports.main};
      location / { proxy_pass http://app; health_check interval=1h type=tcp; }
    }`
}
