/**
 * A probe that asks over HTTP/1 and looks at the answer.
 *
 * It reads with the readers that traffic is read with, so a server whose answers would be refused fails its check too.
 * Its connections are its own: a probe must neither wait for a place among requests nor be helped by a connection that
 * was made when the server was still well. `keepalive_time` lets one connection serve several probes.
 */
import { BodyReader, type BodyTaker } from '../wire/http1/body-reader.ts'
import { hasBody, ResponseHead, UNKNOWN_LENGTH } from '../exchange/head.ts'
import { failures } from '../exchange/failure.ts'
import type { DialAddress } from '../model/plan.ts'
import type { Channel, ChannelUser } from '../net/channel.ts'
import { nobody } from '../net/channels.ts'
import type { Dialing, DialUser } from '../net/dial.ts'
import type { TlsRefusal } from '../net/tls-dial.ts'
import { ResponseReader } from '../wire/http1/response-reader.ts'
import { BODY_LIMIT, type Match } from './match.ts'
import { refusalReason, systemReason, type CheckTls, type Prober, type ProberPorts } from './prober.ts'

export interface HttpProbeOptions {
  readonly addresses: readonly DialAddress[]
  readonly uri: string
  /** What the Host field says. */
  readonly host: string
  readonly match: Match
  readonly connectTimeoutMs: number
  /** From the request to the end of what is looked at. */
  readonly readTimeoutMs: number
  /** 0: each probe has its own connection. */
  readonly keepaliveTimeMs: number
  /** Asked for each connection; null or left out: bytes go in the clear. */
  readonly tls?: ReturnType<CheckTls> | null
}

const HEAD_LIMIT = 64 * 1024
const MAX_FIELDS = 1000
const MAX_INTERIM = 16

type Phase = 'idle' | 'connecting' | 'head' | 'body'

export class HttpProber implements Prober, DialUser, ChannelUser, BodyTaker {
  readonly #options: HttpProbeOptions
  readonly #ports: ProberPorts
  readonly #request: string
  readonly #reader = new ResponseReader({ totalSize: HEAD_LIMIT, maxFields: MAX_FIELDS })
  readonly #framing = new BodyReader()
  #phase: Phase = 'idle'
  #done: ((wrong: string | null) => void) | null = null
  #stopClock: () => void = nothing
  #dialing: Dialing | null = null
  #channel: Channel | null = null
  #openedMs = 0
  /** The connection has served a probe before this one. */
  #reused = false
  #unread: Buffer = empty
  #scanned = 0
  #interims = 0
  #persistent = false
  #text = ''

  constructor(options: HttpProbeOptions, ports: ProberPorts) {
    const { uri, host, keepaliveTimeMs } = options
    this.#options = options
    this.#ports = ports
    const connection = keepaliveTimeMs === 0 ? 'Connection: close\r\n' : ''
    this.#request = `GET ${uri} HTTP/1.1\r\nHost: ${host}\r\n${connection}User-Agent: evenkeel health check\r\n\r\n`
  }

  probe(done: (wrong: string | null) => void): void {
    this.#done = done
    const age = this.#ports.clock.nowMs() - this.#openedMs
    if (this.#channel !== null && age >= this.#options.keepaliveTimeMs) this.#drop()
    if (this.#channel === null) return this.#connect()
    this.#reused = true
    this.#ask(this.#channel)
  }

  close(): void {
    this.#done = null
    this.#stopClock()
    this.#dialing?.cancel()
    this.#dialing = null
    this.#drop()
  }

  // === DialUser

  connected(channel: Channel): void {
    this.#stopClock()
    this.#dialing = null
    this.#channel = channel
    this.#openedMs = this.#ports.clock.nowMs()
    this.#reused = false
    channel.attach(this)
    this.#ask(channel)
  }

  failed(error: string, refusal?: TlsRefusal): void {
    this.#dialing = null
    this.#tell(refusal === undefined ? systemReason(error) : refusalReason(refusal))
  }

  // === ChannelUser

  received(bytes: Buffer, end: number): void {
    // What comes unasked on a kept connection is no answer to the next probe.
    if (this.#phase === 'idle') return this.#drop()
    this.#reused = false
    if (this.#phase === 'body') return this.#readBody(bytes, 0, end)
    this.#unread = Buffer.concat([this.#unread, bytes.subarray(0, end)])
    this.#readHead()
  }

  drained(): void {}

  ended(): void {
    if (this.#phase === 'body' && this.#framing.closed()) return this.#judgeBody()
    this.#lost('')
  }

  closed(error: string): void {
    this.#lost(error)
  }

  // === BodyTaker

  body(part: Uint8Array): boolean {
    const room = BODY_LIMIT - this.#text.length
    this.#text += Buffer.from(part.buffer, part.byteOffset, Math.min(part.length, room)).toString('latin1')
    return true
  }

  #connect(): void {
    const { addresses, connectTimeoutMs, tls } = this.#options
    const target = tls ? tls() : null
    this.#phase = 'connecting'
    // `done` is never told from inside `probe`.
    if (typeof target === 'string') return this.#limit(0, target)
    this.#limit(connectTimeoutMs, 'timed out while connecting')
    this.#dialing = this.#ports.dial(addresses, this, target)
  }

  #ask(channel: Channel): void {
    this.#phase = 'head'
    this.#unread = empty
    this.#scanned = 0
    this.#interims = 0
    this.#text = ''
    this.#limit(this.#options.readTimeoutMs, 'timed out while waiting for the response')
    channel.resume()
    channel.write(this.#request)
  }

  #readHead(): void {
    for (;;) {
      const bytes = this.#unread
      const head = this.#reader.read(bytes, 0, bytes.length, this.#scanned)
      if (head === null) {
        this.#scanned = bytes.length
        return
      }
      if (!(head instanceof ResponseHead)) return this.#tell(failures[head.code].text)
      this.#scanned = 0
      this.#unread = bytes.subarray(this.#reader.size)
      if (head.status >= 200 || head.status === 101) return this.#take(head)
      if (++this.#interims > MAX_INTERIM) return this.#tell(failures.too_many_interim.text)
    }
  }

  #take(head: ResponseHead): void {
    // Nothing was asked to switch to: what follows is no response's body.
    const wrong = head.status === 101 ? failures.unasked_upgrade.text : this.#options.match.head(head)
    if (wrong !== null) return this.#tell(wrong)
    if (!this.#options.match.wantsBody && this.#options.keepaliveTimeMs === 0) return this.#tell(null)
    const untilClose = !head.chunked && head.length === UNKNOWN_LENGTH
    this.#persistent = head.persistent && !untilClose
    this.#phase = 'body'
    if (!hasBody(head.status, 'GET')) this.#framing.begin(0)
    else this.#framing.begin(head.chunked ? 'chunked' : untilClose ? 'until-close' : head.length)
    const bytes = this.#unread
    this.#unread = empty
    this.#readBody(bytes, 0, bytes.length)
  }

  #readBody(bytes: Buffer, start: number, end: number): void {
    const at = this.#framing.read(bytes, start, end, this)
    if (this.#framing.failed) return this.#tell(failures.malformed_response_chunk.text)
    // More than the response on one connection: the next answer on it could not be trusted.
    if (at < end) this.#persistent = false
    if (this.#framing.done || this.#text.length >= BODY_LIMIT) this.#judgeBody()
  }

  #judgeBody(): void {
    const keep = this.#framing.done && this.#persistent && this.#options.keepaliveTimeMs > 0
    this.#tell(this.#options.match.body(this.#text), keep)
  }

  /** The connection is gone, or will bring nothing more. */
  #lost(error: string): void {
    const phase = this.#phase
    const reused = this.#reused
    this.#drop()
    if (phase === 'idle') return
    // It may have been closed while the probe was on its way: that says nothing about the server.
    if (reused) {
      this.#stopClock()
      return this.#connect()
    }
    if (phase === 'body') this.#tell(failures.truncated_response.text)
    else this.#tell(error === '' ? failures.upstream_closed.text : systemReason(error))
  }

  #limit(ms: number, wrong: string): void {
    this.#stopClock()
    this.#stopClock = this.#ports.clock.after(ms, () => {
      this.#dialing?.cancel()
      this.#dialing = null
      this.#tell(wrong)
    })
  }

  #tell(wrong: string | null, keep = false): void {
    const done = this.#done
    this.#done = null
    this.#stopClock()
    this.#phase = 'idle'
    this.#text = ''
    this.#unread = empty
    if (!keep) this.#drop()
    done?.(wrong)
  }

  #drop(): void {
    const channel = this.#channel
    this.#channel = null
    this.#phase = 'idle'
    this.#framing.cancel()
    if (channel === null) return
    channel.attach(nobody)
    channel.destroy()
  }
}

const empty: Buffer = Buffer.alloc(0)
const nothing = (): void => {}
