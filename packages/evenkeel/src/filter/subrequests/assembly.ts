/**
 * A response put together from its own bytes and those of subrequests, in order, whoever answers first.
 *
 *    own bytes ─┐                                ┌─ the line: pieces of text and subrequests, the first of which is due
 *    include ───┴─▶ [due][ahead][text][ahead] ───┴─▶ next
 *
 * What is due streams through. Subrequests ahead of their turn run, but keep no more than a buffer each: then they are
 * slowed as a client would slow them. Own bytes behind a subrequest wait as a copy, and their sender is slowed.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'
import type { SubrequestAsk, Subrequests } from '../../exchange/subrequest.ts'
import { Piece, type PieceOptions } from './assembly-piece.ts'

/** Subrequests in the line from which on its owner should wait before it adds more. */
const FULL = 16

/** Who puts things into the line. */
export interface AssemblyOwner {
  /** The line got shorter, or a piece came to its end. */
  moved(): void
}

export class Assembly implements Source {
  readonly #exchange: Exchange
  readonly #next: Sink<ResponseHead>
  readonly #subrequests: Subrequests
  readonly #owner: AssemblyOwner | null
  readonly #line: (Uint8Array | Piece)[] = []
  #pieces = 0
  #source: Source = settledSource
  /** Who was at work before: told of the client's leaving after us. */
  #work: Source | null = null
  #working = false
  /** The receiver has had enough for now. */
  #slowed = false
  /** Our own sender was slowed. */
  #waiting = false
  #advancing = false
  #ending = false
  #trailers: Fields | undefined
  #over = false

  constructor(
    exchange: Exchange,
    next: Sink<ResponseHead>,
    subrequests: Subrequests,
    owner: AssemblyOwner | null = null,
  ) {
    this.#exchange = exchange
    this.#next = next
    this.#subrequests = subrequests
    this.#owner = owner
  }

  get over(): boolean {
    return this.#over
  }

  get full(): boolean {
    return this.#pieces >= FULL
  }

  head(head: ResponseHead, source: Source): void {
    this.#source = source
    this.#next.head(head, this)
  }

  /** Own bytes; false: their sender should pause. */
  write(part: Uint8Array): boolean {
    if (this.#over || part.length === 0) return true
    if (this.#line.length === 0) {
      if (this.#next.body(part)) return true
      this.#slowed = true
    } else this.#line.push(Uint8Array.from(part))
    this.#waiting = true
    return false
  }

  /** Puts a subrequest in the line; null: it can't be made. */
  include(ask: SubrequestAsk, options: PieceOptions = {}): Piece | null {
    if (this.#over) return null
    const piece = new Piece(this, options)
    const subrequest = this.#subrequests.open(this.#exchange, ask, piece)
    if (subrequest === null) return null
    piece.subrequest = subrequest
    this.#takeWork()
    this.#line.push(piece)
    this.#pieces++
    if (this.#line[0] === piece) this.#advance()
    else if (this.#subrequests.mayRunAhead(this.#exchange)) piece.start()
    return piece
  }

  flush(): void {
    if (!this.#over && this.#line.length === 0) this.#next.flush()
  }

  end(trailers?: Fields): void {
    this.#ending = true
    this.#trailers = trailers
    this.#advance()
  }

  abort(problem: Failure): void {
    if (this.#over) return
    this.#stop(problem)
    this.#next.abort(problem)
  }

  /** Slow down: our sender can't be taken from at the moment. */
  wait(): void {
    this.#waiting = true
  }

  // === Source: the receiver's side

  pause(): void {
    this.#slowed = true
    const due = this.#line[0]
    if (due instanceof Piece) due.pause()
    else if (due === undefined) {
      this.#waiting = true
      this.#source.pause()
    }
  }

  resume(): void {
    this.#slowed = false
    this.#advance()
  }

  cancel(problem: Failure): void {
    if (this.#over) return
    const work = this.#work
    this.#stop(problem)
    this.#source.cancel(problem)
    if (work !== null && work !== this.#source) work.cancel(problem)
  }

  // === told by pieces

  /** Bytes of the piece that is due; null: it is not due, and keeps them. */
  passOn(piece: Piece, part: Uint8Array): boolean | null {
    if (this.#over) return true
    if (this.#line[0] !== piece || this.#slowed) return null
    if (this.#next.body(part)) return true
    this.#slowed = true
    return false
  }

  flushed(piece: Piece): void {
    if (!this.#over && this.#line[0] === piece) this.#next.flush()
  }

  pieceEnded(): void {
    if (this.#over) return
    this.#advance()
    if (!this.#over) this.#owner?.moved()
  }

  /** A part that breaks off must not look like the whole: so the whole breaks off. */
  pieceFailed(problem: Failure): void {
    if (this.#over) return
    const work = this.#work
    this.#stop(problem)
    this.#source.cancel(problem)
    if (work !== null && work !== this.#source) work.cancel(problem)
    this.#exchange.failure ??= problem
    this.#next.abort(problem)
  }

  #advance(): void {
    if (this.#advancing || this.#over) return
    this.#advancing = true
    const before = this.#pieces
    while (!this.#slowed && !this.#over) {
      const due = this.#line[0]
      if (due === undefined) break
      if (due instanceof Piece) {
        due.start()
        if (!due.drain()) break
        this.#line.shift()
        this.#pieces--
      } else {
        this.#line.shift()
        if (!this.#next.body(due)) this.#slowed = true
      }
    }
    this.#advancing = false
    if (this.#over) return
    if (this.#pieces < before) this.#owner?.moved()
    if (this.#over || this.#slowed || this.#line.length > 0) return this.#flushDue()
    if (this.#ending) return this.#finish()
    if (!this.#waiting) return
    this.#waiting = false
    this.#source.resume()
  }

  #flushDue(): void {
    if (!this.#over && !this.#slowed && this.#line.length > 0) this.#next.flush()
  }

  #finish(): void {
    this.#over = true
    this.#giveWorkBack()
    this.#next.end(this.#trailers)
  }

  #stop(problem: Failure): void {
    this.#over = true
    this.#giveWorkBack()
    for (const one of this.#line) if (one instanceof Piece) one.cancel(problem)
    this.#line.length = 0
  }

  /** The client's leaving is told to `exchange.work`: while subrequests are open, that is us. */
  #takeWork(): void {
    if (this.#working) return
    this.#working = true
    this.#work = this.#exchange.work
    this.#exchange.work = this
  }

  #giveWorkBack(): void {
    if (!this.#working) return
    this.#working = false
    if (this.#exchange.work === this) this.#exchange.work = this.#work
    this.#work = null
  }
}
