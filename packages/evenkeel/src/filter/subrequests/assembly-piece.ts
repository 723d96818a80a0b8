/** One subrequest in the line of an Assembly: passes its bytes on when it is due, keeps a few until then. */
import type { Failure } from '../../exchange/failure.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'
import type { Subrequest } from '../../exchange/subrequest.ts'
import type { Assembly } from './assembly.ts'

/** What one keeps before its turn. */
const AHEAD = 32 * 1024

export interface PieceOptions {
  /** Bytes of the body that are kept for `text` instead of being passed on. Left out: it is passed on. */
  readonly keep?: number
  /** Writes what stands for the whole response when that is empty, or an error. */
  readonly stub?: (sink: Sink<ResponseHead>) => void
}

export class Piece implements Sink<ResponseHead> {
  subrequest: Subrequest | null = null
  readonly #assembly: Assembly
  readonly #keep: number
  #stub: ((sink: Sink<ResponseHead>) => void) | null
  #source: Source = settledSource
  #parts: Uint8Array[] = []
  #bytes = 0
  #started = false
  #slowed = false
  #dropping = false
  #empty = true
  #over = false

  constructor(assembly: Assembly, { keep = -1, stub }: PieceOptions) {
    this.#assembly = assembly
    this.#keep = keep
    this.#stub = stub ?? null
  }

  /** It has ended; what it kept may still have to go. */
  get over(): boolean {
    return this.#over
  }

  /** The body that was kept; undefined: it was longer than that, or is none to be used. */
  get text(): string | undefined {
    if (this.#bytes > this.#keep || this.subrequest!.exchange.status >= 300) return undefined
    return Buffer.concat(this.#parts).toString('latin1')
  }

  start(): void {
    if (this.#started) return
    this.#started = true
    this.subrequest!.start()
  }

  /** Its turn: passes on what it kept. True: there is nothing more to come. */
  drain(): boolean {
    if (this.#keep >= 0) return this.#over
    for (;;) {
      while (this.#parts.length > 0) {
        const part = this.#parts[0]!
        const taken = this.#assembly.passOn(this, part)
        if (taken === null) return false
        this.#parts.shift()
        this.#bytes -= part.length
        if (!taken) return false
      }
      if (this.#over) return true
      if (!this.#slowed) return false
      this.#slowed = false
      this.#source.resume()
      if (this.#parts.length === 0 && !this.#over) return false
    }
  }

  pause(): void {
    if (this.#over) return
    this.#slowed = true
    this.#source.pause()
  }

  cancel(problem: Failure): void {
    if (this.#over) return
    this.#over = true
    this.#parts = []
    this.subrequest!.cancel(problem)
    this.#source.cancel(problem)
  }

  // === Sink: the subrequest's response

  interim(): void {}

  head(head: ResponseHead, source: Source): void {
    this.#source = source
    this.#dropping = this.#stub !== null && head.status >= 300
  }

  body(part: Uint8Array): boolean {
    if (this.#over || this.#dropping) return true
    if (this.#keep >= 0) {
      this.#bytes += part.length
      if (this.#bytes <= this.#keep) this.#parts.push(Uint8Array.from(part))
      return true
    }
    this.#empty = false
    if (this.#parts.length === 0) {
      const taken = this.#assembly.passOn(this, part)
      if (taken === false) this.#slowed = true
      if (taken !== null) return taken
    }
    this.#parts.push(Uint8Array.from(part))
    this.#bytes += part.length
    if (this.#bytes < AHEAD) return true
    this.#slowed = true
    return false
  }

  flush(): void {
    if (this.#keep < 0) this.#assembly.flushed(this)
  }

  end(): void {
    if (this.#over) return
    this.#source = settledSource
    const stub = this.#stub
    if (stub !== null && this.#empty) {
      this.#stub = null
      this.#dropping = false
      return stub(this)
    }
    this.#over = true
    this.#assembly.pieceEnded()
  }

  abort(problem: Failure): void {
    if (this.#over) return
    this.#over = true
    this.#assembly.pieceFailed(problem)
  }
}
