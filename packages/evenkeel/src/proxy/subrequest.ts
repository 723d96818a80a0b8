/**
 * Makes subrequests, and is the client's side of each: what ServerConnection is for a request that came over the wire.
 *
 *    open ──start──▶ in the loop ──head──▶ body ──▶ ended       cancelled by its receiver, or with its parent: ended too
 *
 * A subrequest ends once, before its receiver is told, so that whoever looks at its variables then sees them whole.
 */
import { Exchange } from '../exchange/exchange.ts'
import { failure, type Failure } from '../exchange/failure.ts'
import type { Fields } from '../exchange/fields.ts'
import type { ResponseHead } from '../exchange/head.ts'
import { ERROR, WARN } from '../exchange/log-level.ts'
import { settledSource, type Sink, type Source } from '../exchange/sink.ts'
import {
  mainOf,
  type Subrequest,
  type SubrequestAsk,
  type SubrequestCount,
  type Subrequests,
} from '../exchange/subrequest.ts'
import { finish } from './finish.ts'
import type { RequestLoop } from './loop.ts'
import type { Ports } from './ports.ts'
import { noBody } from './body/no-body.ts'
import { shareBody } from './body/shared-body.ts'

/** As in nginx: a page that includes itself ends somewhere. */
const MAX_DEPTH = 50
const MAX_MADE = 10_000
/** Open ones of a request from which on only those run whose response is due. */
const MAX_AHEAD = 64
/** Open ones of all requests that nobody waits for; more are not made, or a mirror that hangs would keep every body. */
const MAX_DETACHED = 1024

export class InsideRequests implements Subrequests {
  readonly #loop: RequestLoop
  readonly #ports: Ports
  readonly #detached: SubrequestCount = { open: 0, made: 0 }

  constructor(loop: RequestLoop, ports: Ports) {
    this.#loop = loop
    this.#ports = ports
  }

  open(parent: Exchange, ask: SubrequestAsk, receiver: Sink<ResponseHead>): Subrequest | null {
    const main = mainOf(parent)
    const family = (main.subrequests ??= { open: 0, made: 0 })
    // Those with a route of their own follow each other: they are as many as there is to send.
    if (ask.route === undefined && (depthOf(parent) >= MAX_DEPTH || family.made >= MAX_MADE)) {
      tell(parent, ERROR, `subrequests cycle while processing "${ask.uri}"`)
      return null
    }
    const detached = ask.detached === true
    if (detached && this.#detached.open >= MAX_DETACHED) {
      tell(parent, WARN, `too many unfinished subrequests, "${ask.uri}" is left out`)
      return null
    }
    return new Inside(parent, ask, receiver, this.#loop, this.#ports.wheel.now, detached ? this.#detached : family)
  }

  mayRunAhead(parent: Exchange): boolean {
    const count = mainOf(parent).subrequests
    return count === null || count.open < MAX_AHEAD
  }
}

class Inside implements Subrequest, Sink<ResponseHead> {
  readonly exchange: Exchange
  readonly #ask: SubrequestAsk
  readonly #receiver: Sink<ResponseHead>
  readonly #loop: RequestLoop
  readonly #count: SubrequestCount
  #source: Source = settledSource

  constructor(
    parent: Exchange,
    ask: SubrequestAsk,
    receiver: Sink<ResponseHead>,
    loop: RequestLoop,
    now: number,
    count: SubrequestCount,
  ) {
    this.#ask = ask
    this.#receiver = receiver
    this.#loop = loop
    this.#count = count
    count.open++
    if (ask.route === undefined) count.made++
    const body = ask.body === true && parent.body.collected && !parent.body.spent && parent.body.length !== 0
    const { connection, request, server } = parent
    const route = ask.route ?? parent.route
    const child = new Exchange(connection, request, loop, this, body ? shareBody(parent) : noBody, server, route, now)
    child.parent = parent
    child.internal = true
    child.uriChanged = true
    child.uri = parent.uri
    child.args = ask.args
    child.method = ask.method ?? 'GET'
    child.host = parent.host
    child.remoteAddress = parent.remoteAddress
    child.remotePort = parent.remotePort
    child.remoteUser = parent.remoteUser
    // One set of variables for all of them: what one sets the others see.
    child.values = parent.values ??= []
    this.exchange = child
  }

  start(): void {
    const { route, uri } = this.#ask
    if (route === undefined) this.#loop.startInside(this.exchange, uri)
    else this.#loop.startAction(this.exchange, route)
  }

  // === Source: the receiver slows or stops it

  pause(): void {
    this.#source.pause()
  }

  resume(): void {
    this.#source.resume()
  }

  cancel(problem: Failure): void {
    const { exchange } = this
    if (exchange.ended) return
    const { work } = exchange
    const source = this.#source
    exchange.failure ??= problem
    if (exchange.head === null) exchange.status = 499
    this.#close()
    work?.cancel(problem)
    if (source !== work) source.cancel(problem)
  }

  // === Sink: the response

  interim(): void {}

  head(head: ResponseHead, source: Source): void {
    const { exchange } = this
    if (exchange.ended) return source.cancel(failure('client_gone'))
    if (exchange.statusOverride !== 0) head.status = exchange.statusOverride
    exchange.head = head
    exchange.status = head.status
    this.#source = source
    this.#receiver.head(head, this)
  }

  body(part: Uint8Array): boolean {
    const { exchange } = this
    if (exchange.ended) return true
    exchange.bodyBytesSent += part.length
    exchange.bytesSent += part.length
    return part.length === 0 || this.#receiver.body(part)
  }

  flush(): void {
    if (!this.exchange.ended) this.#receiver.flush()
  }

  end(trailers?: Fields): void {
    if (this.exchange.ended) return
    this.exchange.completed = true
    this.#close()
    this.#receiver.end(trailers)
  }

  abort(problem: Failure): void {
    if (this.exchange.ended) return
    this.exchange.failure ??= problem
    this.#close()
    this.#receiver.abort(problem)
  }

  #close(): void {
    this.#source = settledSource
    this.#count.open--
    finish(this.exchange)
  }
}

function depthOf(exchange: Exchange): number {
  let depth = 0
  for (let one = exchange; one.parent !== null; one = one.parent) depth++
  return depth
}

function tell(exchange: Exchange, level: number, text: string): void {
  exchange.route.errorLog.tell(exchange, level, text)
}
