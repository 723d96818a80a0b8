/**
 * `evenkeel dev web=3000 api=4000`: services on this machine under names of their own, over HTTPS, for development. It
 * is an embedded balancer behind Node's server: a request that comes before its service is up waits for it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { createConnection, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { signedCertificate } from '../control/certificates/development-certificate.ts'
import type { Signals } from '../control/signals.ts'
import { start, type Balancer } from '../control/start.ts'
import { openAuthority, trustText } from './dev-authority.ts'
import { readDelayMs, readFlags, readPort, valueOf } from './flags.ts'
import { say, UsageError } from './speech.ts'

const help = `Usage: evenkeel dev NAME=PORT... [--port PORT] [--wait TIME]

Serves what listens on this machine as https://NAME.localhost, with a certificate of a local authority. WebSockets
and hot reloading go through, requests wait for services that are still starting, and each request is one line.

Options:
  --port PORT   where to listen, on this machine only (default: 443)
  --wait TIME   how long requests wait for a service that does not answer yet (default: 30s)

Examples:
  evenkeel dev web=3000 api=4000
  evenkeel dev web=5173 --port 8443
`

interface Service {
  readonly name: string
  readonly host: string
  readonly port: number
}

export async function dev(list: readonly string[], signals: Signals): Promise<number> {
  const flags = readFlags(list, ['port', 'wait'], [])
  if (valueOf(flags, 'help') !== undefined) {
    process.stdout.write(help)
    return 0
  }
  const services = flags.flatMap(flag => ('word' in flag ? [readService(flag.word)] : []))
  if (services.length === 0) throw new UsageError('dev: name a service and its port, as in: evenkeel dev web=3000')
  const twice = services.find(({ name }, at) => services.findIndex(other => other.name === name) !== at)
  if (twice !== undefined) throw new UsageError(`dev: ${twice.name} is named twice`)
  const port = readPort('--port', valueOf(flags, 'port') ?? '443')
  const waitMs = readDelayMs('--wait', valueOf(flags, 'wait') ?? '30s')
  const authority = openAuthority(process.env, new Date())
  const names = services.map(({ name }) => `${name}.localhost`)
  const pem = signedCertificate(authority.pem, [...names, 'localhost', '127.0.0.1', '::1'], new Date())
  const balancer = await start(configOf(services), { listen: false, log: say })
  const front = new Front(services, balancer, waitMs)
  const servers = [
    await listen(front, pem, '127.0.0.1', port),
    ...(await listen(front, pem, '::1', port).then(
      server => [server],
      () => [],
    )),
  ]
  const over = interrupted(signals)
  for (const [at, { host, port: to }] of services.entries())
    say(`https://${names[at]}${port === 443 ? '' : `:${port}`} is http://${host}:${to}`)
  if (authority.fresh) say(`A local authority was made, good for localhost alone. To trust it:`)
  if (authority.fresh) say(`  ${trustText(authority.certificatePath, process.platform)}`)
  else say(`Its authority: ${authority.certificatePath}`)
  say('Ctrl-C ends it.')
  const code = await over
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
  await balancer[Symbol.asyncDispose]()
  return code
}

function readService(word: string): Service {
  const found = /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)=(?:([a-z0-9.-]+|\[[\da-f:.]+\]):)?(\d+)$/i.exec(word)
  if (found === null) throw new UsageError(`dev: "${word}" is no service; write NAME=PORT, as in web=3000`)
  const [, name = '', host = 'localhost', port = ''] = found
  return { name: name.toLowerCase(), host, port: readPort(name, port) }
}

function configOf(services: readonly Service[]): Parameters<typeof start>[0] {
  const upstreams = services.map(({ name, host, port }) => [name, { servers: [`${host}:${port}`] }] as const)
  const proxySetHeader = {
    Host: '$http_host',
    Upgrade: '$http_upgrade',
    Connection: '$http_connection',
    'X-Forwarded-For': '$remote_addr',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': '$http_host',
  }
  return {
    errorLog: '/dev/null',
    upstreams: Object.fromEntries(upstreams),
    servers: services.map(({ name }) => ({
      listen: '443',
      serverName: `${name}.localhost`,
      clientMaxBodySize: 0,
      locations: {
        '/': {
          proxyPass: name,
          proxySetHeader,
          proxyBuffering: false,
          proxyRequestBuffering: false,
          proxyReadTimeout: '1h',
        },
      },
    })),
  } as Parameters<typeof start>[0]
}

class Front {
  readonly #services: ReadonlyMap<string, Service>
  readonly #balancer: Balancer
  readonly #waitMs: number
  readonly #waiting = new Set<Service>()

  constructor(services: readonly Service[], balancer: Balancer, waitMs: number) {
    this.#services = new Map(services.map(service => [`${service.name}.localhost`, service]))
    this.#balancer = balancer
    this.#waitMs = waitMs
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = performance.now()
    const { method, url } = request
    const service = this.#serviceOf(request)
    response.on('close', () => {
      const status = response.writableFinished ? String(response.statusCode) : 'gone'
      const took = Math.round(performance.now() - began)
      process.stdout.write(`${clock()} ${service?.name ?? '-'} ${method} ${url} ${status} ${took} ms\n`)
    })
    if (service === undefined) return answer(response, 404, `there is ${[...this.#services.keys()].join(', ')} here`)
    if (!(await this.#isUp(service, () => response.destroyed)))
      return answer(response, 502, `nothing listens on ${service.host}:${service.port}`)
    if (!response.destroyed) this.#balancer.handler(request, response)
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const service = this.#serviceOf(request)
    socket.on('error', () => {})
    const up = service !== undefined && (await this.#isUp(service, () => socket.destroyed))
    process.stdout.write(
      `${clock()} ${service?.name ?? '-'} ${request.headers.upgrade} ${request.url} ${up ? 101 : 502}\n`,
    )
    if (up && !socket.destroyed && this.#balancer.upgrade(request, socket, head)) return
    socket.destroy()
  }

  #serviceOf({ headers }: IncomingMessage): Service | undefined {
    return this.#services.get((headers.host ?? '').toLowerCase().replace(/:\d+$/, ''))
  }

  /** A connection more for each request is nothing on this machine, and finds a service that is being restarted. */
  async #isUp(service: Service, gone: () => boolean): Promise<boolean> {
    const until = performance.now() + this.#waitMs
    while (!(await connects(service))) {
      if (gone() || performance.now() > until) return false
      if (!this.#waiting.has(service)) say(`waiting for ${service.name} on ${service.host}:${service.port}`)
      this.#waiting.add(service)
      await wait(LOOK_MS)
    }
    if (this.#waiting.delete(service)) say(`${service.name} is up`)
    return true
  }
}

const LOOK_MS = 100

function connects({ host, port }: Service): Promise<boolean> {
  return new Promise(resolve => {
    const socket: Socket = createConnection({ host: host.replace(/^\[(.*)\]$/, '$1'), port, timeout: 5_000 })
    const done = (up: boolean) => (): void => {
      socket.destroy()
      resolve(up)
    }
    socket.on('connect', done(true)).on('error', done(false)).on('timeout', done(false))
  })
}

function listen(front: Front, pem: string, host: string, port: number): Promise<Server> {
  const server = createServer({ key: pem, cert: pem }, (request, response) => void front.serve(request, response))
  server.on('upgrade', (request, socket, head) => void front.upgrade(request, socket, head))
  const { promise, resolve, reject } = Promise.withResolvers<Server>()
  server.once('error', (error: NodeJS.ErrnoException) => reject(new UsageError(refusal(error.code ?? '', port))))
  server.listen({ host, port }, () => resolve(server))
  return promise
}

function refusal(code: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `port ${port} is in use: end what listens there, or choose another, as in --port 8443`
  if (code !== 'EACCES') return `port ${port} cannot be had (${code}): choose another, as in --port 8443`
  const always = `sudo sysctl -w net.ipv4.ip_unprivileged_port_start=${port}`
  return `port ${port} needs privileges: allow it with "${always}", or choose another, as in --port 8443`
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8)
}

function interrupted(signals: Signals): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => resolve(0))
  // Behind those: with nobody listening in between, a signal would end the process where it stands.
  signals.release()
  return promise
}
