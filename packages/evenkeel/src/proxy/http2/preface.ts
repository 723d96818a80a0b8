/**
 * Finds out what a client on a port for both speaks: HTTP/2 begins with a text that is no request of HTTP/1
 * (RFC 9113, 3.3), and a few bytes tell. Only listeners with HTTP/2 on have this before their connections.
 */
import type { Channel, ChannelUser } from '../../net/channel.ts'
import { Deadline } from '../../net/timer-wheel.ts'
import { latin1 } from '../../wire/http1/bytes.ts'
import { PREFACE } from '../../wire/http2/codes.ts'
import type { Arrival } from '../entry/arrival.ts'
import { ServerConnection } from '../http1/server-connection.ts'
import type { ListenerRuntime, Served } from '../listener-runtime.ts'
import type { Ports } from '../ports.ts'
import type { Http2Rules } from './rules.ts'
import { Http2Connection } from './server-connection.ts'

export class PrefaceWait extends Deadline implements ChannelUser, Served {
  readonly #channel: Channel
  readonly #runtime: ListenerRuntime
  readonly #rules: Http2Rules
  readonly #ports: Ports
  /** What came before, without the bytes that came with it: those are the first of the preface. */
  readonly #arrival: Arrival | null
  /** What has come: a beginning of the preface. */
  #held: Buffer = nothing

  constructor(channel: Channel, runtime: ListenerRuntime, rules: Http2Rules, ports: Ports, arrival: Arrival | null) {
    super()
    this.#channel = channel
    this.#runtime = runtime
    this.#rules = rules
    this.#ports = ports
    this.#arrival = arrival === null ? null : { ...arrival, unread: null }
    runtime.connections.add(this)
    ports.wheel.arm(this, runtime.headerTimeoutMs)
    channel.attach(this)
    channel.resume()
    if (arrival !== null && arrival.unread !== null) this.received(arrival.unread, arrival.unread.length)
  }

  received(bytes: Buffer, end: number): void {
    if (this.#held.length > 0) {
      bytes = Buffer.concat([this.#held, bytes.subarray(0, end)])
      end = bytes.length
    }
    const seen = Math.min(end, PREFACE.length)
    const begins = PREFACE.startsWith(latin1(bytes, 0, seen))
    if (begins && seen < PREFACE.length) {
      this.#held = Buffer.from(bytes.subarray(0, end))
      return
    }
    // What begins neither protocol is a broken preface: nobody is there to read an answer (RFC 9113, 3.4).
    if (!begins && neither.test(latin1(bytes, 0, Math.min(end, MAX_LOOK)))) return this.cut()
    this.#ports.wheel.touch()
    const connection: ChannelUser = begins
      ? new Http2Connection(this.#channel, this.#runtime, this.#rules, this.#ports, this.#arrival)
      : new ServerConnection(this.#channel, this.#runtime, this.#ports, this.#arrival)
    // Not before: a runtime that is on its way out must not be empty in between.
    this.#leave()
    connection.received(bytes, end)
  }

  drained(): void {}

  ended(): void {
    this.cut()
  }

  closed(): void {
    this.#leave()
  }

  override expired(): void {
    this.cut()
  }

  /** One that has not said what it wants has asked for nothing. */
  drain(): void {
    this.cut()
  }

  cut(): void {
    this.#leave()
    this.#channel.destroy()
  }

  #leave(): void {
    this.#ports.wheel.disarm(this)
    this.#runtime.connections.delete(this)
  }
}

const nothing = Buffer.alloc(0)
/** How much of a first line is looked at for what it is. */
const MAX_LOOK = 64
/** A line of three words, as those of HTTP/1 are, whose third names no HTTP. */
const neither = /^[^ \r\n]+ [^ \r\n]+ (?!HTTP\/)[^ \r\n]*\r?\n/
