/**
 * One client's connection as such: who it is, what is being served on it, and how it ends.
 *
 * What ends, ends once: everything that can end a connection comes down to `shut` or `cutOff`, whatever phase it is in.
 * Above it stand RequestIntake, which reads requests, and ServerConnection, which answers them; three layers of one
 * object, since they share its state at every step and a request must not cost an object more.
 */
import type { ClientTls } from '../../exchange/client-tls.ts'
import type { Exchange, ClientConnection, ProxiedAddress } from '../../exchange/exchange.ts'
import { failure, type Failure, type FailureCode } from '../../exchange/failure.ts'
import type { ClientSettings } from '../../exchange/route.ts'
import { settledSource, type Source } from '../../exchange/sink.ts'
import type { Channel } from '../../net/channel.ts'
import { Deadline } from '../../net/timer-wheel.ts'
import { finish } from '../finish.ts'
import type { Arrival } from '../entry/arrival.ts'
import type { ListenerRuntime } from '../listener-runtime.ts'
import type { ConnectionState, Ports } from '../ports.ts'
import type { ClientBody } from '../body/request-body.ts'
import type { Stash } from '../body/stash.ts'
import { ResponseWriter } from './response-writer.ts'

export type Phase = 'idle' | 'head' | 'exchange' | 'flushing' | 'discard' | 'linger' | 'tunnel' | 'closed'

export abstract class ClientLink extends Deadline implements ClientConnection {
  readonly serial: number
  readonly openedMs: number
  requests = 0
  secure = false
  tls: ClientTls | null = null
  proxied: ProxiedAddress | null = null

  protected readonly channel: Channel
  protected readonly ports: Ports
  protected readonly runtime: ListenerRuntime
  protected phase: Phase = 'idle'
  protected exchange: Exchange | null = null
  protected requestBody: ClientBody | null = null
  protected stash: Stash | null = null
  /** The client sent its FIN. */
  protected clientEnded = false

  // the response under way
  protected source: Source = settledSource
  protected readonly writer: ResponseWriter
  /** The client does not take it as fast as it comes. */
  protected slowed = false
  /** The head of a request could not be read: what follows it can't be, either. */
  protected refused = false
  /** Until when what still comes is dropped. */
  protected lingerUntilMs = 0
  #linger: ClientSettings | null = null
  #state: ConnectionState | null = null

  constructor(channel: Channel, runtime: ListenerRuntime, ports: Ports) {
    super()
    this.channel = channel
    this.runtime = runtime
    this.ports = ports
    this.writer = new ResponseWriter(channel, ports)
    this.serial = ports.nextSerial()
    this.openedMs = ports.wheel.now
    ports.counters.accepted()
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

  /** What was learnt of the client before its first request. */
  protected arrived(arrival: Arrival): void {
    this.proxied = arrival.proxied
    this.tls = arrival.tls
    this.secure = arrival.tls !== null
  }

  /** It has ended: whoever lists it forgets it. */
  protected abstract left(): void

  protected settings(): ClientSettings {
    return (this.exchange?.route ?? this.runtime.defaultServer.route).client
  }

  protected become(phase: 'idle' | 'head' | 'exchange'): void {
    this.phase = phase
    this.#count(phase === 'exchange' ? 'writing' : phase === 'head' ? 'reading' : 'waiting')
  }

  /** The client can't be answered any more: whoever works on the answer stops. */
  protected gone(problem: Failure, status: number): void {
    const exchange = this.exchange
    if (exchange === null) return
    this.exchange = null
    exchange.keep = false
    exchange.failure ??= problem
    if (!this.writer.begun) exchange.status = status
    const work = exchange.work
    exchange.work = null
    this.requestBody?.fail(problem)
    if (work !== null) work.cancel(problem)
    if (this.source !== settledSource && this.source !== work) this.source.cancel(problem)
    this.source = settledSource
    finish(exchange)
  }

  protected shut(): void {
    if (this.phase === 'closed') return
    this.over()
    this.channel.destroy()
  }

  protected cutOff(): void {
    this.over()
    this.channel.destroy(true)
  }

  /**
   * Ends the connection after a response. Closing while the client still sends would make the kernel answer with a
   * reset, which can take the response away from it: so its bytes are read and dropped for a while (RFC 9112, 9.6).
   */
  protected closeAfter(client: ClientSettings, unread: boolean): void {
    const ahead = this.stash !== null && !this.stash.empty
    const more = unread || ahead || this.refused
    const lingers = client.lingeringClose === 'always' || (client.lingeringClose === 'on' && more)
    if (!lingers || this.clientEnded) return this.shut()
    this.phase = 'linger'
    this.stash = null
    this.#linger = client
    this.lingerUntilMs = this.ports.wheel.now + client.lingeringTimeMs
    this.channel.end()
    this.ports.wheel.arm(this, client.lingeringTimeoutMs)
    this.channel.resume()
  }

  protected lingered(): void {
    const { wheel } = this.ports
    const left = this.lingerUntilMs - wheel.now
    if (left <= 0) this.shut()
    else wheel.arm(this, Math.min(left, this.#linger!.lingeringTimeoutMs))
  }

  protected timedOut(code: FailureCode): void {
    const reset = this.settings().resetTimedOut
    this.gone(failure(code), 408)
    if (reset) this.cutOff()
    else this.shut()
  }

  protected over(): void {
    if (this.phase === 'closed') return
    this.phase = 'closed'
    this.ports.wheel.disarm(this)
    this.stash = null
    this.#count(null)
    this.ports.counters.closed()
    this.left()
  }

  #count(state: ConnectionState | null): void {
    if (this.#state === state) return
    this.ports.counters.moved(this.#state, state)
    this.#state = state
  }
}
