/** Reads the PROXY protocol head of a connection, then hands the connection on. */
import type { Socket } from 'node:net'
import { isFailure, failures } from '../../exchange/failure.ts'
import { ERROR, INFO } from '../../exchange/log-level.ts'
import { connectionMessage } from '../../log/exchange-suffix.ts'
import type { Channel, ChannelUser } from '../../net/channel.ts'
import { makeChannel, nobody } from '../../net/channels.ts'
import { PortableChannel } from '../../net/portable-channel.ts'
import { Deadline } from '../../net/timer-wheel.ts'
import { readProxyHead } from '../../wire/proxy-protocol.ts'
import type { ErrorLog } from '../../exchange/route.ts'
import type { Served } from '../listener-runtime.ts'
import type { Ports } from '../ports.ts'
import { Stash } from '../body/stash.ts'
import type { Entry, Serve } from './arrival.ts'

/** What of a listener is needed here. */
interface Waiting {
  readonly connections: Set<Served>
  readonly headerTimeoutMs: number
}

/** `detachable`: what comes behind the head needs the socket itself, not a channel. */
export function proxyProtocolEntry<Runtime extends Waiting>(
  ports: Ports,
  logOf: (runtime: Runtime) => ErrorLog,
  detachable = false,
): Entry<Runtime> {
  return {
    take(socket: Socket, runtime, serve) {
      const { buffers } = ports
      const channel = detachable ? new PortableChannel(socket, buffers.onBug, nobody) : makeChannel(socket, buffers)
      // It lives by the channel's calls.
      void new ProxyHeadIntake(channel, runtime, logOf(runtime), ports, serve)
    },
  }
}

/** For listeners whose sessions may need the socket itself. */
export function detachableEntry<Runtime extends Waiting>({ buffers }: Ports): Entry<Runtime> {
  return {
    take: (socket, runtime, serve) => serve(new PortableChannel(socket, buffers.onBug, nobody), runtime, null),
  }
}

export class ProxyHeadIntake<Runtime extends Waiting> extends Deadline implements ChannelUser, Served {
  readonly #channel: Channel
  readonly #runtime: Runtime
  readonly #errorLog: ErrorLog
  readonly #ports: Ports
  readonly #serve: Serve<Runtime>
  /** A head in pieces; what the client says may begin in its last one. */
  readonly #stash: Stash = new Stash()

  constructor(channel: Channel, runtime: Runtime, errorLog: ErrorLog, ports: Ports, serve: Serve<Runtime>) {
    super()
    this.#channel = channel
    this.#runtime = runtime
    this.#errorLog = errorLog
    this.#ports = ports
    this.#serve = serve
    runtime.connections.add(this)
    ports.wheel.arm(this, runtime.headerTimeoutMs)
    channel.attach(this)
    channel.resume()
  }

  received(bytes: Buffer, end: number): void {
    this.#ports.wheel.touch()
    const stash = this.#stash
    stash.add(bytes, 0, end)
    const head = readProxyHead(stash.bytes, stash.start, stash.end)
    if (head === null) return
    if (isFailure(head)) {
      const cause = typeof head.cause === 'string' ? `: ${head.cause}` : ''
      return this.#drop(ERROR, failures[head.code].text + cause)
    }
    const from = stash.start + head.size
    const unread = from < stash.end ? stash.bytes.subarray(from, stash.end) : null
    this.#ports.wheel.disarm(this)
    this.#channel.pause()
    this.#serve(this.#channel, this.#runtime, { proxied: head.proxied, tls: null, unread })
    // Not before: a runtime that is on its way out must not be empty in between.
    this.#runtime.connections.delete(this)
  }

  drained(): void {}

  ended(): void {
    this.#drop(INFO, 'client closed connection')
  }

  closed(): void {
    this.#leave()
  }

  override expired(): void {
    this.#drop(INFO, 'client timed out')
  }

  drain(): void {
    this.cut()
  }

  cut(): void {
    this.#leave()
    this.#channel.destroy()
  }

  #drop(level: number, text: string): void {
    const { remoteAddress, localAddress, localPort } = this.#channel
    const about = { serial: this.#ports.nextSerial(), remoteAddress, localAddress, localPort }
    const log = this.#errorLog
    if (level <= log.level) log.write(level, connectionMessage(about, `${text} while reading PROXY protocol`))
    this.cut()
  }

  #leave(): void {
    this.#ports.wheel.disarm(this)
    this.#runtime.connections.delete(this)
  }
}
