/** Active health checks of TCP and UDP servers, with real ones, workers and reloads. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { createSecureContext, TLSSocket } from 'node:tls'
import { selfSigned } from '../e2e-tls/certificates.ts'
import { connect } from '../scenario/connection.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { Datagrams, UDP_HOST } from './datagrams.ts'

/** Says its name to whoever says `name`, and PONG to PING while it is well. */
class Patient implements AsyncDisposable {
  readonly name: string
  well = true
  probes = 0
  /** Everything that came ahead of a PING. */
  head = ''
  readonly #server = createServer(socket => this.#serve(socket))
  readonly #sockets = new Set<Socket>()
  readonly #tls: boolean

  constructor(name: string, tls = false) {
    this.name = name
    this.#tls = tls
  }

  static async start(name: string, tls = false): Promise<Patient> {
    const patient = new Patient(name, tls)
    await once(patient.#server.listen(0, '127.0.0.1'), 'listening')
    return patient
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  #serve(raw: Socket): void {
    this.#sockets.add(raw.on('error', () => {}))
    raw.on('close', () => this.#sockets.delete(raw))
    const socket = this.#tls ? new TLSSocket(raw, { isServer: true, secureContext: context }) : raw
    socket.on('error', () => {})
    let text = ''
    socket.on('data', part => {
      text += String(part)
      if (text.endsWith('PING\r\n')) {
        this.head = text.slice(0, -6)
        this.probes += 1
        if (this.well) socket.write('+PONG\r\n')
        else socket.end('-LOADING\r\n')
      } else if (text.endsWith('name')) socket.end(this.name)
      else if (text.startsWith('\x16')) socket.end('what?')
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }
}

const pair = selfSigned('origin.example')
const context = createSecureContext({ key: pair.key, cert: pair.certificate })

/** Waits until so many sessions in a row are served by just these: a slow machine may fail a check of a well one. */
async function serves(proxy: Proxied, wanted: string): Promise<void> {
  let names = ''
  await until(
    () => `${wanted}; last came "${names}"`,
    async () => {
      names = ''
      for (let i = 0; i < wanted.length; i++) {
        await using client = await connect(proxy.port('main'))
        client.send('name')
        names += await client.expect(/[a-z]/).catch(() => '-')
      }
      return names.split('').toSorted().join('') === wanted || undefined
    },
    60_000,
  )
}

const checked =
  (a: Patient, b: Patient, check: string, more = '') =>
  (ports: Readonly<Record<string, number>>): string =>
    `
stream {
  match redis { send "PING\\r\\n"; expect "+PONG"; }
  upstream app { server ${a.address}; server ${b.address}; }
  server { listen 127.0.0.1:${ports.main}; proxy_pass app; health_check interval=50ms match=redis ${check}; ${more} }
}`

test('a server that fails its check gets no sessions, and gets them back, on all workers', async () => {
  await using a = await Patient.start('a')
  await using b = await Patient.start('b')
  await using proxy = await startProxy({ workers: 2, config: checked(a, b, '') })
  await serves(proxy, 'aabb')
  b.well = false
  await proxy.errorLog(/peer is unhealthy/)
  await serves(proxy, 'aaaaaa')
  b.well = true
  await proxy.errorLog(/peer is healthy/)
  await serves(proxy, 'aabb')
  const where = `health check "tcp" of peer ${b.address} in upstream "app"`
  const log = await proxy.errorLog()
  assert.ok(
    log.includes(
      `peer is unhealthy: match "redis" failed: connection closed after "-LOADING??", no "+PONG" in it, ${where}`,
    ),
    log,
  )
  assert.ok(log.includes(`peer is healthy, ${where}`), log)
})

test('mandatory: nobody is given sessions before the first check, and a reload leaves checks alone', async () => {
  await using a = await Patient.start('a')
  await using b = await Patient.start('b')
  b.well = false
  const config = checked(a, b, 'mandatory')
  await using proxy = await startProxy({ config })
  await proxy.errorLog(/peer is healthy/)
  await serves(proxy, 'aaaa')
  const starts = (): number => proxy.read('error.log').match(/start worker process/g)?.length ?? 0
  const before = starts()
  proxy.signal('HUP')
  await until(
    () => 'the reload',
    () => starts() > before || undefined,
  )
  await serves(proxy, 'aaaa')
})

test('checks speak TLS and the PROXY protocol where sessions do', async () => {
  await using a = await Patient.start('a', true)
  await using b = await Patient.start('b')
  await using proxy = await startProxy({ config: checked(a, b, '', 'proxy_ssl on;') })
  // b speaks no TLS.
  await proxy.errorLog(new RegExp(`peer is unhealthy: .*SSL.* of peer ${b.address}`))
  await until(
    () => 'probes of the TLS server',
    () => a.probes > 1 || undefined,
  )
  await using c = await Patient.start('c')
  await using told = await startProxy({ config: checked(c, c, '', 'proxy_protocol on;') })
  await until(
    () => 'a probe with a head',
    () => c.head === 'PROXY UNKNOWN\r\n' || undefined,
  )
  assert.doesNotMatch(await told.errorLog(), /unhealthy/)
})

test('datagrams are checked by datagrams: silence and a closed port take a server out', async () => {
  let well = true
  await using a = await Datagrams.open(text => (text === 'name' ? 'a' : 'ok'))
  await using b = await Datagrams.open(text => (text === 'name' ? 'b' : well ? 'ok' : null))
  const gone = await Datagrams.open()
  const closed = gone.address
  await gone[Symbol.asyncDispose]()
  await using proxy = await startProxy({
    workers: 2,
    config: ports => `
stream {
  match well { send "\\x77ell?"; expect ok; }
  health_check_timeout 500ms;
  upstream app { server ${a.address}; server ${b.address}; server ${closed}; }
  server { listen ${UDP_HOST}:${ports.main} udp; proxy_responses 1; proxy_pass app; health_check udp match=well interval=50ms; }
}`,
  })
  const serve = (wanted: string): Promise<true> =>
    until(
      () => wanted,
      async () => {
        let text = ''
        for (let i = 0; i < wanted.length; i++) {
          await using client = await Datagrams.open()
          text += await client
            .send('name', proxy.port('main'))
            .text()
            .catch(() => '-')
        }
        return text.split('').toSorted().join('') === wanted || undefined
      },
      60_000,
    )
  await proxy.errorLog(new RegExp(`peer is unhealthy: connection refused, .* of peer ${closed}`))
  await serve('aabb')
  well = false
  await proxy.errorLog(new RegExp(`peer is unhealthy: match "well" failed: timed out .* of peer ${b.address}`))
  await serve('aaaa')
})
