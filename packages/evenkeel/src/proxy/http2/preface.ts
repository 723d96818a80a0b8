/**
 * Finds out what a client on a port for both speaks: HTTP/2 begins with a text that is no request of HTTP/1
 * (RFC 9113, 3.3), and a few bytes tell. Only listeners with HTTP/2 on have this before their connections.
 */
import type { Channel, ChannelUser } from '../../net/channel.ts'
import { Deadline } from '../../net/timer-wheel.ts'
import { latin1 } from '../../wire/http1/bytes.ts'
import { PREFACE } from '../../wire/http2/codes.ts'
import { ServerConnection } from '../http1/server-connection.ts'
import type { ListenerRuntime } from '../listener-runtime.ts'
import type { Ports } from '../ports.ts'
import type { Http2Rules } from './rules.ts'
import { Http2Connection } from './server-connection.ts'

export class PrefaceWait extends Deadline implements ChannelUser {
  readonly #channel: Channel
  readonly #runtime: ListenerRuntime
  readonly #rules: Http2Rules
  readonly #ports: Ports
  /** What has come: a beginning of the preface. */
  #held: Buffer = nothing

  constructor(channel: Channel, runtime: ListenerRuntime, rules: Http2Rules, ports: Ports) {
    super()
    this.#channel = channel
    this.#runtime = runtime
    this.#rules = rules
    this.#ports = ports
    runtime.connections.add(this)
    ports.wheel.arm(this, runtime.headerTimeoutMs)
    channel.attach(this)
    channel.resume()
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
    this.#leave()
    const { wheel } = this.#ports
    wheel.touch()
    const connection: ChannelUser = begins
      ? new Http2Connection(this.#channel, this.#runtime, this.#rules, this.#ports)
      : new ServerConnection(this.#channel, this.#runtime, this.#ports)
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
