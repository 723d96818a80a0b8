/**
 * Reads requests from one client's connection, one at a time.
 *
 * What a pipelining client sends ahead waits in the stash, and the socket is not read meanwhile. While a request is
 * served and nothing is ahead, the socket is read so that a client that leaves is noticed at once.
 */
import { Exchange } from '../../exchange/exchange.ts'
import type { Failure } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import { RequestHead, type ResponseHead } from '../../exchange/head.ts'
import type { RequestBody } from '../../exchange/request-body.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'
import { BodyReader } from '../../wire/http1/body-reader.ts'
import type { BodyLimits, BodyOrigin } from '../body/body-origin.ts'
import { noBody } from '../body/no-body.ts'
import { ClientBody } from '../body/request-body.ts'
import { Stash } from '../body/stash.ts'
import { ClientLink } from './client-link.ts'

export abstract class RequestIntake extends ClientLink implements BodyOrigin, Sink<ResponseHead> {
  #bodyReader: BodyReader | null = null
  /** Bytes of the stash that the head reader has looked at. */
  #scanned = 0
  #advancing = false
  /** Whoever takes the body asked for a pause. */
  protected bodyPaused = false

  abstract interim(head: ResponseHead): void
  abstract head(head: ResponseHead, source: Source): void
  abstract body(part: Uint8Array): boolean
  abstract flush(): void
  abstract end(trailers?: Fields): void
  abstract abort(problem: Failure): void

  /** After the answer some of the request's body came, and was dropped. */
  protected abstract bodyDropped(body: ClientBody): void

  received(bytes: Buffer, end: number): void {
    this.ports.wheel.touch()
    const stash = this.stash
    if (stash === null || stash.empty) {
      const at = this.#advance(bytes, 0, end, false)
      if (at < end) this.#keep(bytes, at, end)
      return
    }
    stash.add(bytes, 0, end)
    this.#advanceStash()
  }

  wantBody(): void {
    if (this.phase !== 'exchange') return
    const exchange = this.exchange!
    const body = this.requestBody!
    if (exchange.request.expectsContinue && body.received === 0 && !this.writer.begun) this.#sayContinue(exchange)
    this.bodyPaused = false
    this.rearm()
    this.readOn()
  }

  pauseBody(): void {
    if (this.phase !== 'exchange') return
    this.bodyPaused = true
    this.rearm()
    this.channel.pause()
  }

  /** A head that can't be served: it is answered and logged like a request, then the connection ends. */
  protected refuse(problem: Failure): void {
    const { wheel, counters } = this.ports
    const runtime = this.runtime
    wheel.disarm(this)
    this.requests++
    counters.request()
    this.become('exchange')
    const server = runtime.defaultServer
    const head = new RequestHead('', '', 10, new Fields(), 0, false)
    this.requestBody = null
    this.refused = true
    this.exchange = new Exchange(this, head, runtime.loop, this, noBody, server, server.route, wheel.now)
    this.writer.reset()
    this.source = settledSource
    runtime.loop.proceed(this.exchange, problem)
  }

  /** Goes on with what is at hand, else with what comes; not from inside `#advance`, which goes on by itself. */
  protected readOn(): void {
    if (this.#advancing) return
    if (this.stash !== null && !this.stash.empty) this.#advanceStash()
    else this.channel.resume()
  }

  /** There is one deadline for both directions: a client that does not take the response is the graver case. */
  protected rearm(): void {
    if (this.slowed) return
    const body = this.requestBody
    if (body === null || this.bodyPaused || body.complete || !body.wanting) this.ports.wheel.disarm(this)
    else this.ports.wheel.arm(this, this.settings().bodyTimeoutMs)
  }

  /** Steps as far as the bytes at hand allow; a loop, since a client may pipeline hundreds at once. */
  #advance(bytes: Buffer, start: number, end: number, stashed: boolean): number {
    this.#advancing = true
    let at = start
    while (at < end) {
      const before = at
      switch (this.phase) {
        case 'idle':
          this.become('head')
          this.ports.wheel.arm(this, this.runtime.headerTimeoutMs)
          continue
        case 'head': {
          const reader = this.runtime.reader
          const head = reader.read(bytes, at, end, this.#scanned)
          if (head === null) {
            this.#scanned = end - at
            break
          }
          this.#scanned = 0
          if (!(head instanceof RequestHead)) {
            if (stashed) this.stash!.consumedTo(end)
            this.refuse(head)
            at = end
            break
          }
          at += reader.size
          if (stashed) this.stash!.consumedTo(at)
          this.#begin(head, before > start)
          continue
        }
        case 'exchange':
        case 'discard': {
          const body = this.requestBody
          if (body === null || !body.wanting || body.complete) break
          at = body.read(bytes, at, end)
          if (stashed) this.stash?.consumedTo(at)
          // Its end may have led to the answer, and that to anything.
          if (this.phase === 'exchange' && this.requestBody === body) this.#bodyRead(body)
          else if (this.phase === 'discard') this.bodyDropped(body)
          if (at > before) continue
          break
        }
        case 'linger':
          at = end
          this.lingered()
          break
        default:
      }
      break
    }
    this.#advancing = false
    if (this.phase === 'closed' || this.phase === 'linger') return end
    return at
  }

  #keep(bytes: Buffer, at: number, end: number): void {
    if (this.phase === 'tunnel') return
    this.stash ??= new Stash()
    this.stash.add(bytes, at, end)
    this.#readAhead()
  }

  #advanceStash(): void {
    const stash = this.stash!
    // Whoever is called may put the connection into another phase, or take the stash: look again after each round.
    const bytes = stash.bytes
    const end = stash.end
    const at = this.#advance(bytes, stash.start, end, true)
    if (stash.end === end && at <= end && !stash.empty) stash.consumedTo(at)
    if (!stash.empty) this.#readAhead()
    else if (!this.bodyPaused && this.phase !== 'closed') this.channel.resume()
  }

  /** Bytes wait: nothing more is read until they can be used, but for the rest of a head. */
  #readAhead(): void {
    if (this.phase === 'head') this.channel.resume()
    else if (this.phase !== 'closed') this.channel.pause()
  }

  #begin(head: RequestHead, pipelined: boolean): void {
    const { wheel, counters } = this.ports
    const runtime = this.runtime
    wheel.disarm(this)
    this.requests++
    counters.request()
    this.become('exchange')
    const server = runtime.chooseServer(head.host)
    let body: RequestBody = noBody
    this.requestBody = null
    if (head.length !== 0) {
      this.#bodyReader ??= new BodyReader()
      body = this.requestBody = new ClientBody(head.length, this, this.#bodyReader, this.#bodyLimits)
    }
    const exchange = new Exchange(this, head, runtime.loop, this, body, server, server.route, wheel.now)
    exchange.requestBytes = head.size
    exchange.pipelined = pipelined
    // A body of length 0 is asked for as well; nobody will want it, so it is said here.
    if (head.expectsContinue && head.length === 0 && head.fields.has('Content-Length')) this.#sayContinue(exchange)
    this.exchange = exchange
    this.writer.reset()
    this.slowed = false
    this.bodyPaused = false
    this.source = settledSource
    if (runtime.nameCaptures !== null) runtime.nameCaptures(exchange)
    runtime.loop.start(exchange, server)
  }

  readonly #bodyLimits = (): BodyLimits => this.settings()

  #sayContinue(exchange: Exchange): void {
    exchange.request.expectsContinue = false
    if (exchange.request.version >= 11) this.channel.write('HTTP/1.1 100 Continue\r\n\r\n')
  }

  #bodyRead(body: ClientBody): void {
    this.rearm()
    if (!body.complete || !this.bodyPaused) return
    // Whoever asked for the pause has got all of it: from here on the socket is read to see the client leave.
    this.bodyPaused = false
    this.channel.resume()
  }
}
