/**
 * The API for a program that embeds a balancer: the same operations by the same way, without HTTP in between. A change
 * holds for requests that come from the next turn of the event loop on.
 */
import type { Question } from '../worker/messages.ts'
import type { Supervisor } from './supervisor.ts'
import type { PeerState } from './status/view.ts'

/** An upstream that is in use. Servers are named by what the configuration, or `add`, called them, or by their id. */
export interface BalancerUpstream {
  readonly servers: readonly BalancerServer[]
  /** `add('10.0.0.9:8080', { weight: 2 })`. Throws an ApiRefusal, as all of these do. */
  add(server: string, settings?: ServerSettings): void
  change(server: string | number, settings: ServerSettings): void
  /** It gets nothing new but what a sticky session binds to it; what is under way there ends. */
  drain(server: string | number): void
  /** It gets nothing at all. */
  disable(server: string | number): void
  /** It gets requests again, after `drain` or `disable`. */
  enable(server: string | number): void
  remove(server: string | number): void
}

export interface ServerSettings {
  /** From 1. Default 1. */
  readonly weight?: number
  /** Requests at a time; 0, the default, is no limit. */
  readonly maxConns?: number
  /** Failures within failTimeout that take it out; 0: none do. Default 1. */
  readonly maxFails?: number
  /** `10s`, the default. */
  readonly failTimeout?: string
  /** How long its weight climbs when it returns: `30s`. Default: not at all. */
  readonly slowStart?: string
  /** For when all others are out. Default false. */
  readonly backup?: boolean
  readonly down?: boolean
  readonly drain?: boolean
}

export interface BalancerServer {
  readonly id: number
  readonly name: string
  readonly address: string
  readonly state: PeerState
  readonly weight: number
  /** Requests under way. */
  readonly active: number
  /** Requests ever given to it. */
  readonly requests: number
}

/** The balancer refused what it was asked; `code` is that of nginx's API. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, text: string) {
    super(text)
    this.status = status
    this.code = code
  }
}

/** `changed` is told behind each change. */
export function openUpstreams(supervisor: Supervisor, changed: () => void): Record<string, BalancerUpstream> {
  const upstreams = (supervisor.model?.http?.upstreams ?? []).filter(({ implicit }) => !implicit)
  return Object.fromEntries(upstreams.map(({ name }) => [name, new OpenUpstream(supervisor, name, changed)]))
}

export function askApi(supervisor: Supervisor, method: string, path: string, body?: unknown): unknown {
  const [bare = '', query = ''] = path.split('?')
  const text = body === undefined ? '' : JSON.stringify(body)
  const answer = supervisor.ask({ ...question, about: 'api', method, path: decodeURI(bare), query, body: text })
  // Text of the configuration is one character a byte.
  const value: unknown = JSON.parse(Buffer.from(answer.body, 'latin1').toString())
  if (answer.status < 400) return value
  const { error } = value as { readonly error: { readonly code: string; readonly text: string } }
  throw new ApiRefusal(answer.status, error.code, error.text)
}

export function askMetrics(supervisor: Supervisor): string {
  const { body } = supervisor.ask({ ...question, about: 'metrics', method: 'GET', path: '', query: '', body: '' })
  return Buffer.from(body, 'latin1').toString()
}

const question: Pick<Question, 'write' | 'prefix' | 'address'> = { write: true, prefix: '', address: '' }

interface Told {
  readonly id: number
  readonly name: string
  readonly server: string
  readonly state: PeerState
  readonly weight: number
  readonly active: number
  readonly requests: number
}

class OpenUpstream implements BalancerUpstream {
  readonly #supervisor: Supervisor
  readonly #path: string
  readonly #changed: () => void

  constructor(supervisor: Supervisor, name: string, changed: () => void) {
    this.#supervisor = supervisor
    this.#changed = changed
    this.#path = `/9/http/upstreams/${name}`
  }

  get servers(): readonly BalancerServer[] {
    const { peers } = this.#ask('GET', '') as { readonly peers: readonly Told[] }
    return peers.map(({ server: address, id, name, state, weight, active, requests }) => {
      return { id, name, address, state, weight, active, requests }
    })
  }

  add(server: string, settings: ServerSettings = {}): void {
    this.#ask('POST', '/servers', { server, ...written(settings) })
  }

  change(server: string | number, settings: ServerSettings): void {
    this.#ask('PATCH', `/servers/${this.#idOf(server)}`, written(settings))
  }

  drain(server: string | number): void {
    this.change(server, { drain: true })
  }

  disable(server: string | number): void {
    this.change(server, { down: true })
  }

  enable(server: string | number): void {
    this.change(server, { down: false, drain: false })
  }

  remove(server: string | number): void {
    this.#ask('DELETE', `/servers/${this.#idOf(server)}`)
  }

  #idOf(server: string | number): number {
    if (typeof server === 'number') return server
    const lines = this.#ask('GET', '/servers') as readonly { readonly id: number; readonly server: string }[]
    const found = lines.find(line => line.server === server)
    if (found === undefined) throw new ApiRefusal(404, 'UpstreamServerNotFound', `server "${server}" does not exist`)
    return found.id
  }

  #ask(method: string, path: string, body?: unknown): unknown {
    const answer = askApi(this.#supervisor, method, this.#path + path, body)
    if (method !== 'GET') this.#changed()
    return answer
  }
}

function written(settings: ServerSettings): Record<string, unknown> {
  const { maxConns, maxFails, failTimeout, slowStart, ...same } = settings
  return { ...same, max_conns: maxConns, max_fails: maxFails, fail_timeout: failTimeout, slow_start: slowStart }
}
