/**
 * The shared connections to the peers of an upstream: gives each request a stream, on as few connections as the origins'
 * limits allow.
 *
 * A connection that carries requests stands in the lane of its peer; one that carries none goes to the pool of idle
 * connections, beside those of HTTP/1, and is bounded by the same `keepalive`. While a connection is being made who
 * comes waits for it rather than making another.
 */
import type { Channel } from '../../net/channel.ts'
import { dialAny, type Dialing, type DialOptions, type DialTarget, type DialUser } from '../../net/dial.ts'
import type { TlsRefusal } from '../../net/tls-dial.ts'
import type { Pool, Poolable } from '../../upstream/pool.ts'
import type { OriginSettings } from '../http1/request-output.ts'
import type { Ports } from '../ports.ts'
import { Http2OriginConnection } from './origin-connection.ts'
import type { OriginOwner } from './origin-life.ts'
import type { OriginRules } from './origin-rules.ts'
import type { OriginStream } from './origin-stream.ts'

/** Told exactly one of the two, perhaps at once, and nothing after `cancel`. */
export interface StreamUser {
  /** `reused`: its connection has carried other requests. */
  streamed(stream: OriginStream, reused: boolean): void
  failed(error: string, refusal?: TlsRefusal): void
}

/** Where a stream is to lead, and how a connection is made when there is none. */
export interface StreamTarget {
  /** Whatever connections have to agree in. */
  readonly key: string
  readonly scheme: 'http' | 'https'
  readonly addresses: readonly DialTarget[]
  readonly options: DialOptions
  readonly settings: OriginSettings
}

export class Http2Origins implements OriginOwner {
  readonly #rules: OriginRules
  readonly #ports: Ports
  /** null: connections that nobody uses are closed. */
  readonly #pool: Pool<Poolable> | null
  readonly #lanes = new Map<string, Lane>()

  constructor(rules: OriginRules, ports: Ports, pool: Pool<Poolable> | null) {
    this.#rules = rules
    this.#ports = ports
    this.#pool = pool
  }

  /** A stream on a connection that is there. */
  take(key: string): OriginStream | undefined {
    const lane = this.#lanes.get(key)
    const busy = lane?.freest()
    if (busy !== undefined) return busy.open()
    for (;;) {
      const idle = this.#pool?.take(key) as Http2OriginConnection | undefined
      if (idle === undefined) return undefined
      if (!idle.free) {
        idle.closeIdle()
        continue
      }
      this.#lane(key).connections.push(idle)
      return idle.open()
    }
  }

  /** A stream on the connection that is being made. */
  wait(target: StreamTarget, user: StreamUser): Dialing {
    const lane = this.#lane(target.key)
    const wait = new Wait(lane, target, user, this)
    lane.waiting.push(wait)
    this.#dial(lane)
    return wait
  }

  /** Who waited has left. */
  leave(lane: Lane, wait: Wait): void {
    const at = lane.waiting.indexOf(wait)
    if (at >= 0) lane.waiting.splice(at, 1)
    if (lane.waiting.length > 0) return
    lane.dialing?.cancel()
    lane.dialing = null
    this.#dropEmpty(lane)
  }

  // === OriginOwner

  roomier(connection: Http2OriginConnection): void {
    const lane = this.#lanes.get(connection.key)
    if (lane === undefined) return
    this.#serve(lane, connection)
    this.#dial(lane)
  }

  keep(connection: Http2OriginConnection): boolean {
    if (this.#pool === null) return false
    this.#leaves(connection)
    this.#pool.give(connection.key, connection)
    return true
  }

  left(connection: Http2OriginConnection): void {
    this.#pool?.remove(connection)
    const lane = this.#leaves(connection)
    if (lane !== undefined) this.#dial(lane)
  }

  // === lanes

  #lane(key: string): Lane {
    let lane = this.#lanes.get(key)
    if (lane === undefined) this.#lanes.set(key, (lane = new Lane(key)))
    return lane
  }

  #leaves(connection: Http2OriginConnection): Lane | undefined {
    const lane = this.#lanes.get(connection.key)
    if (lane === undefined) return undefined
    const at = lane.connections.indexOf(connection)
    if (at >= 0) lane.connections.splice(at, 1)
    this.#dropEmpty(lane)
    return lane
  }

  #dropEmpty(lane: Lane): void {
    if (lane.connections.length === 0 && lane.waiting.length === 0) this.#lanes.delete(lane.key)
  }

  /** Makes another connection where somebody waits and none is on its way, or about to tell how many streams it takes. */
  #dial(lane: Lane): void {
    const first = lane.waiting[0]
    if (first === undefined || lane.dialing !== null) return
    if (lane.connections.some(one => one.unsettled)) return
    const { target } = first
    const { dial = dialAny } = this.#ports
    lane.dialing = dial(target.addresses, target.options, new LaneDial(this, lane, target))
  }

  dialed(lane: Lane, target: StreamTarget, channel: Channel): void {
    lane.dialing = null
    const { key, scheme, settings } = target
    const connection = new Http2OriginConnection(channel, this.#ports.wheel, settings, this.#rules, this, key, scheme)
    lane.connections.push(connection)
    this.#serve(lane, connection)
  }

  notDialed(lane: Lane, error: string, refusal?: TlsRefusal): void {
    lane.dialing = null
    const waiting = lane.waiting.splice(0)
    this.#dropEmpty(lane)
    for (const wait of waiting) wait.fail(error, refusal)
  }

  #serve(lane: Lane, connection: Http2OriginConnection): void {
    while (lane.waiting.length > 0 && connection.free) {
      const wait = lane.waiting.shift()!
      const reused = connection.requests > 0
      wait.serve(connection.open(), reused)
    }
  }
}

/** The connections to one peer that carry requests, and the requests that wait for one. */
class Lane {
  readonly key: string
  readonly connections: Http2OriginConnection[] = []
  readonly waiting: Wait[] = []
  dialing: Dialing | null = null

  constructor(key: string) {
    this.key = key
  }

  /** The first that has room: the others run dry and are closed. */
  freest(): Http2OriginConnection | undefined {
    // Nobody goes before who waits.
    if (this.waiting.length > 0) return undefined
    return this.connections.find(connection => connection.free)
  }
}

class Wait implements Dialing {
  readonly target: StreamTarget
  readonly #lane: Lane
  readonly #origins: Http2Origins
  #user: StreamUser | null

  constructor(lane: Lane, target: StreamTarget, user: StreamUser, origins: Http2Origins) {
    this.#lane = lane
    this.target = target
    this.#user = user
    this.#origins = origins
  }

  serve(stream: OriginStream, reused: boolean): void {
    const user = this.#user
    this.#user = null
    if (user === null) stream.closeIdle()
    else user.streamed(stream, reused)
  }

  fail(error: string, refusal?: TlsRefusal): void {
    const user = this.#user
    this.#user = null
    user?.failed(error, refusal)
  }

  cancel(): void {
    if (this.#user === null) return
    this.#user = null
    this.#origins.leave(this.#lane, this)
  }
}

class LaneDial implements DialUser {
  readonly #origins: Http2Origins
  readonly #lane: Lane
  readonly #target: StreamTarget

  constructor(origins: Http2Origins, lane: Lane, target: StreamTarget) {
    this.#origins = origins
    this.#lane = lane
    this.#target = target
  }

  connected(channel: Channel): void {
    this.#origins.dialed(this.#lane, this.#target, channel)
  }

  failed(error: string, refusal?: TlsRefusal): void {
    this.#origins.notDialed(this.#lane, error, refusal)
  }
}
