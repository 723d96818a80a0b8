/**
 * What a client's HTTP/2 connection is besides its frames: its streams, its deadlines, and how it comes to an end.
 *
 * One deadline, for the gravest that is the case: a client that takes nothing of what it asked for, one that does not
 * finish what it began to send, one that asks for nothing.
 */
import { failure, type Failure } from '../../exchange/failure.ts'
import { INFO } from '../../exchange/log-level.ts'
import { connectionMessage } from '../../log/exchange-suffix.ts'
import type { ClientSettings } from '../../exchange/route.ts'
import type { Channel } from '../../net/channel.ts'
import { Deadline } from '../../net/timer-wheel.ts'
import { NO_ERROR, type ErrorCode } from '../../wire/http2/codes.ts'
import { goawayFrame } from '../../wire/http2/frame-writer.ts'
import type { Doing, ListenerRuntime, Served } from '../listener-runtime.ts'
import type { ConnectionState, Ports } from '../ports.ts'
import { FrameOutput } from './frame-output.ts'
import type { ServerStream } from './server-stream.ts'
import type { Http2Share } from './share.ts'

type Watched = 'nothing' | 'output' | 'input' | 'idle'

export abstract class ConnectionLife extends Deadline implements Served {
  readonly serial: number
  readonly openedMs: number
  readonly runtime: ListenerRuntime
  readonly ports: Ports
  abstract requests: number
  protected readonly channel: Channel
  protected readonly output: FrameOutput
  protected readonly streams: Map<number, ServerStream> = new Map()
  protected phase: 'open' | 'linger' | 'closed' = 'open'
  /** No request is taken any more. */
  protected goingAway = false
  #paused = false
  #watched: Watched = 'nothing'
  #lingerUntilMs = 0
  #state: ConnectionState | null = null

  constructor(channel: Channel, runtime: ListenerRuntime, share: Http2Share, ports: Ports) {
    super()
    this.channel = channel
    this.runtime = runtime
    this.ports = ports
    this.output = new FrameOutput(channel, share, () => this.#flushed())
    this.serial = ports.nextSerial()
    this.openedMs = ports.wheel.now
    ports.counters.accepted()
    this.#count('reading')
    runtime.connections.add(this)
  }

  get remoteAddress(): string {
    return this.runtime.unixName === null ? this.channel.remoteAddress : 'unix:'
  }

  get remotePort(): number {
    return this.channel.remotePort
  }

  get localAddress(): string {
    return this.runtime.unixName ?? this.channel.localAddress
  }

  get localPort(): number {
    return this.channel.localPort
  }

  /** Something was begun to be sent and is not complete. */
  protected abstract get midFrame(): boolean
  /** The latest stream that was taken. */
  protected abstract get lastStream(): number

  /** Take no further request; ends when the streams under way are over. */
  drain(): void {
    if (this.phase !== 'open') return
    this.goAway()
    if (this.streams.size === 0) this.#farewell()
  }

  get doing(): Doing {
    if (this.streams.size > 0) return 'request'
    return this.requests === 0 ? 'silent' : 'idle'
  }

  /** There is a newer configuration: the client is told to come again. */
  retire(): void {
    this.drain()
  }

  /** Drop it now. */
  cut(): void {
    this.over(failure('shutdown'))
  }

  drained(): void {
    if (this.phase !== 'open') return
    this.#watched = 'nothing'
    this.output.turns()
    if (this.#paused && !this.channel.backlogged) {
      this.#paused = false
      this.channel.resume()
    }
    this.watch()
  }

  override expired(): void {
    const watched = this.#watched
    this.#watched = 'nothing'
    if (this.phase === 'linger') return this.over(failure('client_gone'))
    if (watched === 'output') return this.over(failure('client_send_timeout'))
    if (watched === 'input' && this.streams.size > 0) return this.over(failure('client_header_timeout'))
    this.goAway()
    this.#farewell()
  }

  /** A request was taken: perhaps the last one. */
  protected begun(): void {
    this.#count('writing')
    const client = this.#client()
    const last =
      client.keepaliveTimeoutMs === 0 ||
      this.requests >= client.keepaliveRequests ||
      this.ports.wheel.now - this.openedMs >= client.keepaliveTimeMs ||
      this.runtime.retiring
    if (last) this.goAway()
  }

  protected goAway(): void {
    if (this.goingAway) return
    this.goingAway = true
    this.output.add(goawayFrame(this.lastStream, NO_ERROR))
  }

  /** The client broke the rules: it is told, and the connection ends with all that was under way. */
  protected fail(code: ErrorCode): void {
    this.log(`client broke the rules of HTTP/2: error ${code}`)
    this.#endStreams(failure('malformed_request', `HTTP/2 error ${code}`), 400)
    this.goingAway = true
    this.output.add(goawayFrame(this.lastStream, code))
    this.#farewell()
  }

  /** About the connection, not about one of its requests. */
  protected log(text: string): void {
    const { errorLog } = this.runtime.defaultServer.route
    if (INFO <= errorLog.level) errorLog.write(INFO, connectionMessage(this, text))
  }

  /** Gone, or to be: whoever works for it stops. */
  protected over(problem: Failure): void {
    if (this.phase === 'closed') return
    this.phase = 'closed'
    this.ports.wheel.disarm(this)
    this.#endStreams(problem, problem.code === 'client_send_timeout' ? 408 : 499)
    this.#count(null)
    this.ports.counters.closed()
    this.channel.destroy()
    this.runtime.connections.delete(this)
  }

  protected pauseReading(): void {
    this.#paused = true
    this.channel.pause()
  }

  /** Sets the deadline that is due now; those that are running go on. */
  protected watch(): void {
    if (this.phase !== 'open') return
    const idle = this.streams.size === 0
    if (idle && this.goingAway) return this.#farewell()
    const watched: Watched = this.channel.backlogged ? 'output' : this.midFrame ? 'input' : idle ? 'idle' : 'nothing'
    if (idle && watched === 'idle') this.#count('waiting')
    if (watched === this.#watched) return
    this.#watched = watched
    const { wheel } = this.ports
    if (watched === 'nothing') return wheel.disarm(this)
    const client = this.#client()
    if (watched === 'output') wheel.arm(this, client.sendTimeoutMs)
    else if (watched === 'input' || this.requests === 0) wheel.arm(this, this.runtime.headerTimeoutMs)
    else wheel.arm(this, client.keepaliveTimeoutMs)
  }

  /** Something of what still comes has come. */
  protected lingered(): void {
    const left = this.#lingerUntilMs - this.ports.wheel.now
    if (left <= 0) this.over(failure('client_gone'))
    else this.ports.wheel.arm(this, Math.min(left, this.#client().lingeringTimeoutMs))
  }

  #client(): ClientSettings {
    return this.runtime.defaultServer.route.client
  }

  #flushed(): void {
    if (this.phase === 'open' && this.channel.backlogged) this.watch()
  }

  #endStreams(problem: Failure, status: number): void {
    const streams = [...this.streams.values()]
    this.streams.clear()
    for (const stream of streams) stream.gone(problem, status)
  }

  /**
   * Ends the connection after what was written. Closing while the client still sends would make the kernel answer with
   * a reset, which can take what was written away from it: so its bytes are read and dropped for a while.
   */
  #farewell(): void {
    if (this.phase !== 'open') return
    this.phase = 'linger'
    this.output.flush()
    const client = this.#client()
    if (client.lingeringClose === 'off') return this.over(failure('shutdown'))
    this.#lingerUntilMs = this.ports.wheel.now + client.lingeringTimeMs
    this.channel.end()
    this.ports.wheel.arm(this, client.lingeringTimeoutMs)
    this.channel.resume()
  }

  #count(state: ConnectionState | null): void {
    if (this.#state === state) return
    this.ports.counters.moved(this.#state, state)
    this.#state = state
  }
}
