/**
 * One request through a whole runtime without a socket, and what every part of it decided.
 *
 * The runtime is compiled as a worker compiles it, the request is read from bytes by the connection that would have
 * read it, and the answer is what that connection writes. Only both ends of the wire are replaced.
 */
import { isIP } from 'node:net'
import type { ClientTls } from '../../exchange/client-tls.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { ERROR } from '../../exchange/log-level.ts'
import type { HttpModel, ListenAddress } from '../../model/model.ts'
import { resolveServers, type ResolvedServer } from '../../model/resolve.ts'
import { ServerConnection } from '../../proxy/http1/server-connection.ts'
import { noScope } from '../../route/ports.ts'
import { compileTemplate } from '../../route/template.ts'
import { declareVariables } from '../../route/variables/variable-table.ts'
import { groupByAddress, type AddressGroup } from '../../worker/compile/address-groups.ts'
import { openCode } from '../../worker/code/code-units.ts'
import { compileRuntime } from '../../worker/compile/compile-runtime.ts'
import type { Configuration } from '../../worker/messages.ts'
import type { ListenerLife, Runtime } from '../../worker/runtime.ts'
import { explainLocations, explainServers, matchText } from './choices.ts'
import { explainGround, type ExplainedPlaces } from './ground.ts'
import { dialNobody, ExplainedClient, ExplainedOrigin } from './loopback.ts'
import { explainUpstream } from './peers.ts'
import { Recorder, SERVES_FILES } from './recorder.ts'
import { writeRequest, type WishedRequest, type WrittenRequest } from './request.ts'
import type { Explanation, Place } from './story.ts'

export interface Explained {
  readonly configuration: Configuration
  /** The shared rows that the plans of the configuration mean. */
  readonly rows: SharedArrayBuffer
  readonly places: ExplainedPlaces
  /** It would cache or store something, which is left out. */
  readonly cacheless: boolean
}

/** Longer than any step waits of itself. */
const PATIENCE_MS = 10_000
const BODY_SHOWN = 2000

/** A string is why it can't be explained. */
export async function explain(explained: Explained, wish: WishedRequest): Promise<Explanation | string> {
  const request = writeRequest(wish)
  if (typeof request === 'string') return request
  if (isIP(wish.from) === 0) return `"${wish.from}" is no address; give a numeric one, as in --from 192.0.2.1`
  const { model } = explained.configuration
  const http = model.http
  if (http === null || http.servers.length === 0) return 'the configuration has no http servers'
  return new Explainer(explained, http, request, wish).run()
}

class Explainer {
  readonly #explained: Explained
  readonly #http: HttpModel
  readonly #request: WrittenRequest
  readonly #wish: WishedRequest
  readonly #recorder: Recorder
  readonly #origins: ExplainedOrigin[] = []
  readonly #notes: string[] = []
  readonly #bugs: unknown[] = []

  constructor(explained: Explained, http: HttpModel, request: WrittenRequest, wish: WishedRequest) {
    this.#explained = explained
    this.#http = http
    this.#request = request
    this.#wish = wish
    this.#recorder = new Recorder({
      locations: (server, uri, winner) =>
        explainLocations(server.locations, uri, winner, this.#table(), path => this.#locationPlace(server, path)),
      named: (server, name) =>
        this.#locationPlace(server, [
          server.locations.findIndex(({ match }) => match.kind === 'named' && matchText(match) === name),
        ]),
    })
  }

  async run(): Promise<Explanation | string> {
    const { configuration, rows, places } = this.#explained
    const groups = [...groupByAddress(resolveServers(this.#http)).entries()]
    const chosen = chooseListener(groups, this.#request)
    if (typeof chosen === 'string') return chosen
    const ground = explainGround(
      places,
      rows,
      this.#recorder,
      (targets, _, user) => {
        const origin = new ExplainedOrigin(targets[0] ?? { host: '', port: 0 }, this.#wish.answer)
        this.#origins.push(origin)
        return dialNobody(origin, user)
      },
      error => this.#bugs.push(error),
    )
    const code = await openCode(configuration.model, places.confPrefix, new Map(), {
      // A program that has just started is slow whatever it runs.
      now: () => 0,
      running() {},
      log: text => ground.logs.main.write(ERROR, text),
      column: 0,
    })
    const runtime = compileRuntime(configuration, ground, () => 'nothing is passed on', code)
    const client = await this.#exchange(runtime, chosen.key, chosen.group.address, ground.ports)
    ground.ports.wheel.stop()
    if (this.#bugs.length > 0) throw this.#bugs[0]
    return this.#told(runtime, chosen, client)
  }

  #exchange(
    runtime: Runtime,
    key: string,
    address: ListenAddress,
    ports: ReturnType<typeof explainGround>['ports'],
  ): Promise<ExplainedClient> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { from } = this.#wish
    const [host, port] = 'path' in address ? ['', 0] : [address.host, address.port]
    const any = host === '*' || host === '::'
    const ends = {
      remoteAddress: from,
      remotePort: 50_000,
      localAddress: any ? (isIP(this.#request.host) === 0 ? '127.0.0.1' : this.#request.host) : host,
      localPort: port,
    }
    const client = new ExplainedClient(ends, this.#request.bytes, resolve)
    const arrival = this.#request.secure ? { proxied: null, tls: plainTls(this.#request.host), unread: null } : null
    const connection = new ServerConnection(client, runtime.listeners.get(key) as ListenerLife, ports, arrival)
    // It answers, and would wait for another request.
    const poll = setInterval(() => {
      if (this.#recorder.exchange !== null) resolve()
    }, 1)
    const patience = setTimeout(() => {
      this.#notes.push('it was not answered within ten seconds: something in its way waits for the network')
      resolve()
    }, PATIENCE_MS)
    return promise.then(() => {
      clearInterval(poll)
      clearTimeout(patience)
      connection.cut()
      return client
    })
  }

  #told(runtime: Runtime, chosen: ChosenListener, client: ExplainedClient): Explanation {
    const { exchange, steps, variables } = this.#recorder
    const { host } = this.#request
    const asked = exchange?.request.host ?? host
    const { candidates } = explainServers(chosen.group.servers, chosen.group.fallback, asked, this.#table(), server =>
      this.#serverPlace(server),
    )
    const upstream =
      exchange === null || exchange.upstream === '' ? undefined : runtime.upstreams.get(exchange.upstream)
    if (this.#origins.length > 0) {
      this.#notes.push(
        `origins are not asked: each is taken to answer ${this.#wish.answer} at once, with an empty body`,
      )
    }
    if (this.#explained.cacheless)
      this.#notes.push('caches and stores are not looked at: every answer is asked for anew')
    if (upstream !== undefined) {
      this.#notes.push('nobody has failed and nobody is busy, as in a process that has just started')
      if (hasNames(upstream.current.peers))
        this.#notes.push('names of servers are not resolved: each is taken for one server')
    }
    const [head = '', ...body] = client.written.split('\r\n\r\n')
    return {
      request: this.#request.shown,
      listener: { address: addressText(chosen.group.address), why: chosen.why },
      servers: candidates,
      steps,
      variables,
      upstream:
        upstream === undefined ? null : explainUpstream(upstream, exchange!, this.#upstreamPlace(upstream.model.name)),
      sent: this.#origins.flatMap(origin => origin.heads.map(head => ({ to: targetText(origin), head: lines(head) }))),
      answer: {
        status: exchange?.status ?? 0,
        head: lines(head),
        body: body.join('\r\n\r\n').slice(0, BODY_SHOWN),
        from: this.#isPassedOn(exchange) ? 'origin' : 'here',
        ...this.#file(exchange),
        ...(exchange?.failure == null ? {} : { failure: exchange.failure.code }),
      },
      notes: this.#notes,
    }
  }

  /** Where files are served, the one that the path stands for. */
  #file(exchange: Exchange | null): { readonly file?: string } {
    const source = exchange === null ? undefined : this.#recorder.sourceOf(exchange.route)
    const acted = this.#recorder.steps.findLast(({ kind }) => kind === 'action')
    if (source === undefined || acted?.kind !== 'action' || acted.does !== SERVES_FILES) return {}
    const { settings } = source
    const match = settings.aliasOf ?? source.match
    const prefix = match !== null && match.kind !== 'pattern' ? match.text : null
    const scope = { ...noScope, root: settings.root, alias: settings.alias, prefix, settings }
    return { file: compileTemplate([{ variable: 'request_filename' }], this.#table(), scope)(exchange!) }
  }

  /** The last thing that happened is that it was passed on, and nothing took the answer's place. */
  #isPassedOn(exchange: Exchange | null): boolean {
    const { steps } = this.#recorder
    const rest = steps.slice(steps.findLastIndex(({ kind }) => kind === 'action') + 1)
    if (exchange === null || exchange.failure !== null || rest.some(({ kind }) => kind !== 'log' && kind !== 'set'))
      return false
    return exchange.attempts.at(-1)?.head != null
  }

  #table(): ReturnType<typeof declareVariables> {
    return declareVariables(this.#http, {
      ...quietPorts,
      prefix: this.#explained.places.prefix,
    })
  }

  #serverIndex(server: ResolvedServer): number {
    return this.#http.servers.indexOf(server.model)
  }

  #serverPlace(server: ResolvedServer): Place | null {
    return this.#place(`http.servers.${this.#serverIndex(server)}`)
  }

  #locationPlace(server: ResolvedServer, path: readonly number[]): Place | null {
    return this.#place(`http.servers.${this.#serverIndex(server)}${path.map(at => `.locations.${at}`).join('')}`)
  }

  #upstreamPlace(name: string): Place | null {
    return this.#place(`http.upstreams.${this.#http.upstreams.findIndex(one => one.name === name)}`)
  }

  #place(path: string): Place | null {
    const found = this.#explained.configuration.model.positions[path]
    return found === undefined ? null : { file: found.file, line: found.line }
  }
}

interface ChosenListener {
  readonly key: string
  readonly group: AddressGroup
  readonly why: string
}

function chooseListener(
  groups: readonly (readonly [string, AddressGroup])[],
  request: WrittenRequest,
): ChosenListener | string {
  const { host, port } = request
  const at = (
    wanted: (address: ListenAddress & { port: number; host: string }) => boolean,
  ): ChosenListener | undefined => {
    const [key, group] = groups.find(([, { address }]) => 'port' in address && wanted(address)) ?? []
    return key === undefined || group === undefined ? undefined : { key, group, why: '' }
  }
  const all = host.includes(':') ? '::' : '*'
  const exact = at(address => address.port === port && address.host === host)
  const any =
    exact ?? at(address => address.port === port && address.host === all) ?? at(address => address.port === port)
  if (any !== undefined) return { ...any, why: exact === undefined ? `port ${port}` : 'the address itself' }
  const sole = groups.length === 1 ? groups[0] : undefined
  if (sole !== undefined)
    return { key: sole[0], group: sole[1], why: `the only one there is; nothing listens on port ${port}` }
  const known = groups.map(([, { address }]) => addressText(address)).join(', ')
  return `nothing listens on port ${port}; there is ${known}: name the port in the URL`
}

function addressText(address: ListenAddress): string {
  if ('path' in address) return `unix:${address.path}`
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

function targetText({ target }: ExplainedOrigin): string {
  return addressText(target)
}

function hasNames(peers: readonly { readonly addresses: readonly ListenAddress[] }[]): boolean {
  return peers.some(({ addresses }) => addresses.some(address => 'host' in address && isIP(address.host) === 0))
}

function lines(head: string): string {
  return head.replaceAll('\r\n', '\n')
}

function plainTls(serverName: string): ClientTls {
  return {
    serverName,
    protocol: 'http/1.1',
    certified: false,
    verifyError: '',
    unknownAuthority: false,
    value: name => (name === 'server_name' ? serverName : undefined),
  }
}

const quietPorts = {
  now: () => 0,
  random32: () => 0,
  md5: () => '',
  hostname: 'localhost',
  pid: 0,
  date: (ms: number) => new Date(ms),
  realPath: () => undefined,
  connections: () => ({ active: 0, reading: 0, writing: 0, waiting: 0 }),
}
