/**
 * The servers of an upstream changed one at a time, as nginx's API does it, while it is in use. A change is whole or not
 * at all, and what is under way at a server goes on there.
 */
import { isIpv4, isIpv6, readAddress } from '../../config/nginx/addresses.ts'
import type { Model, ServerLine, UpstreamModel } from '../../model/model.ts'
import { planName } from '../../model/stream/stream.ts'
import { idOf, type Side } from '../status/view.ts'
import { ApiError, notFound } from './answers.ts'
import { checkLine, readServerChange, type ServerChange } from './server-change.ts'
import { serverJson } from './upstream-json.ts'

export interface ServerChangesPorts {
  readonly model: () => Model | null
  /** Makes it live, by its planName if it is of stream; a text is why it cannot be. */
  readonly apply: (edited: UpstreamModel) => string | null
}

export class ServerChanges {
  readonly #ports: ServerChangesPorts
  /** By upstream: an id is not given twice, so that nobody changes what has taken the place of another. */
  readonly #nextIds = new Map<string, number>()

  constructor(ports: ServerChangesPorts) {
    this.#ports = ports
  }

  /** Bodies are JSON. Each answers what nginx's API does, and throws an ApiError. */
  add(side: Side, name: string, body: string): { readonly id: number; readonly value: unknown } {
    const { upstream, servers } = this.#find(side, name)
    const { server, ...change } = readServerChange(body)
    if (server === undefined) throw new ApiError(400, 'UpstreamConfFormatError', 'missing "server" argument')
    const id = this.#nextId(`${side}/${upstream.name}`, servers)
    const line = this.#line({ ...fresh, ...this.#place(side, upstream, server, change.service), id }, change)
    checkLine(upstream, line)
    this.#apply(side, { ...upstream, servers: [...servers, line] })
    return { id, value: serverJson(line, id) }
  }

  change(side: Side, name: string, id: string, body: string): unknown {
    const { upstream, servers } = this.#find(side, name)
    const { server, ...change } = readServerChange(body)
    const at = indexOf(servers, id)
    const before = servers[at]!
    if (change.service !== undefined && change.service !== before.service) {
      throw new ApiError(400, 'UpstreamBadService', 'the service of a server cannot be changed')
    }
    const moved =
      server === undefined || server === before.text ? {} : this.#place(side, upstream, server, before.service)
    const line = this.#line({ ...before, ...moved }, change)
    checkLine(upstream, line)
    this.#apply(side, { ...upstream, servers: servers.with(at, line) })
    return serverJson(line, at)
  }

  remove(side: Side, name: string, id: string): unknown {
    const { upstream, servers } = this.#find(side, name)
    const left = servers.toSpliced(indexOf(servers, id), 1)
    this.#nextId(`${side}/${upstream.name}`, servers)
    this.#apply(side, { ...upstream, servers: left })
    return left.map(serverJson)
  }

  #find(
    side: Side,
    name: string,
  ): { readonly upstream: UpstreamModel; readonly servers: readonly (ServerLine & WithId)[] } {
    const wanted = name.toLowerCase()
    const upstream = this.#ports.model()?.[side]?.upstreams.find(one => one.name.toLowerCase() === wanted)
    if (upstream === undefined) throw notFound('UpstreamNotFound', 'upstream not found')
    if (upstream.implicit) throw new ApiError(400, 'UpstreamStatic', 'upstream is static: it has no block of its own')
    // From the first change on each has its id, whatever becomes of the others.
    return { upstream, servers: upstream.servers.map((line, index) => ({ ...line, id: idOf(line, index) })) }
  }

  #nextId(key: string, servers: readonly WithId[]): number {
    const next = Math.max(this.#nextIds.get(key) ?? 0, ...servers.map(({ id }) => id + 1))
    this.#nextIds.set(key, next)
    return next
  }

  /** Where a server is. */
  #place(side: Side, upstream: UpstreamModel, text: string, service?: string): Pick<ServerLine, 'text' | 'address'> {
    const address = readAddress(text, { defaultPort: 80 })
    if (typeof address === 'string') throw badAddress(`${address} in "${text}"`)
    if (address.kind === 'unix') {
      if (service !== undefined) throw badAddress(`service upstream "${text}" requires domain name`)
      return { text, address: { path: address.path } }
    }
    const { host, port } = address
    const isName = !isIpv4(host) && !isIpv6(host)
    const resolver = upstream.resolver ?? this.#ports.model()?.[side]?.settings.resolver ?? null
    if (service !== undefined) {
      if (!isName) throw badAddress(`service upstream "${text}" requires domain name`)
      if (address.portWritten) throw badAddress(`service upstream "${text}" may not have port`)
      if (resolver === null) throw new ApiError(400, 'UpstreamConfNoResolver', 'no resolver defined to resolve')
    }
    // nginx shows the port of what was added, whether it was written or not.
    const shown = address.portWritten || service !== undefined ? text : `${text}:${port}`
    return { text: shown, address: { host, port }, ...(isName && resolver !== null ? { resolve: true } : {}) }
  }

  #line<Line extends ServerLine>(line: Line, { route, slowStartMs, drain, ...change }: ServerChange): Line {
    const changed: Writable<Line> = { ...line, ...change }
    // What a line can go without is left out of it.
    if (route === '') delete changed.route
    else if (route !== undefined) changed.route = route
    if (slowStartMs === 0) delete changed.slowStartMs
    else if (slowStartMs !== undefined) changed.slowStartMs = slowStartMs
    if (drain === false) delete changed.drain
    else if (drain !== undefined) changed.drain = drain
    return changed
  }

  #apply(side: Side, edited: UpstreamModel): void {
    const wrong = this.#ports.apply(side === 'http' ? edited : { ...edited, name: planName(edited.name) })
    if (wrong === null) return
    const room = wrong.startsWith('no room')
    throw new ApiError(room ? 400 : 503, room ? 'UpstreamOutOfMemory' : 'Unavailable', wrong)
  }
}

interface WithId {
  readonly id: number
}

type Writable<Line> = { -readonly [Key in keyof Line]: Line[Key] }

const fresh = { weight: 1, maxConns: 0, maxFails: 1, failTimeoutSeconds: 10, backup: false, down: false } as const

function indexOf(servers: readonly WithId[], id: string): number {
  if (!/^\d{1,9}$/.test(id)) throw new ApiError(400, 'UpstreamBadServerId', 'invalid server ID')
  const at = servers.findIndex(server => server.id === Number(id))
  if (at < 0) throw notFound('UpstreamServerNotFound', `server with ID "${id}" does not exist`)
  return at
}

function badAddress(text: string): ApiError {
  return new ApiError(400, 'UpstreamBadAddress', text)
}
