/**
 * A response through one of zlib's streams: bytes go in as they come, and out as they are made, each side slowed by the
 * other. One stream a response is all it holds, and that is given back in the moment the client leaves: whoever tells
 * `exchange.work` so tells this first.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { failure, type Failure, type FailureCode } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'
import type { CodingStream } from './codings.ts'
import { PassSink } from '../pass-sink.ts'

export abstract class StreamSink extends PassSink implements Source {
  /** Whoever sends the response. */
  protected source: Source = settledSource
  #stream: CodingStream | null = null
  /** Who was at work on the answer before: told next when the client leaves. */
  #work: Source | null = null
  /** What a stream that fails means. */
  readonly #code: FailureCode
  #trailers: Fields | undefined
  /** Bytes went in since the last flush was asked for; a flush is under way; another is wanted behind it. */
  #dirty = false
  #flushing = false
  #again = false
  #slowed = false
  /** Nothing goes to the client any more. */
  #over = false

  constructor(exchange: Exchange, next: Sink<ResponseHead>, code: FailureCode) {
    super(exchange, next)
    this.#code = code
  }

  protected get streaming(): boolean {
    return this.#stream !== null || this.#over
  }

  /** From here on the body goes through `stream`. */
  protected begin(stream: CodingStream): void {
    this.#stream = stream
    this.#work = this.exchange.work
    this.exchange.work = this
    stream.on('data', (part: Uint8Array) => this.#made(part))
    stream.on('end', () => this.#finish())
    stream.on('error', (error: NodeJS.ErrnoException) => this.#fail(failure(this.#code, error.code ?? error.message)))
    stream.on('drain', () => this.#drained())
  }

  /** Takes a part of the body; it is copied, as the stream reads it in another thread. */
  protected feed(part: Uint8Array): boolean {
    if (this.#over) return true
    this.#dirty = true
    if (this.#stream!.write(Buffer.from(part))) return true
    this.#slowed = true
    return false
  }

  /** A part came out, on its way to the client. */
  protected made(_part: Uint8Array): void {}

  protected flushStream(): void {
    if (this.#over || !this.#dirty) return
    // While one is under way what came since waits for its end: a flow of small parts costs no flush each.
    if (this.#flushing) {
      this.#again = true
      return
    }
    this.#dirty = false
    this.#flushing = true
    this.#stream!.flush(() => this.#flushed())
  }

  protected endStream(trailers: Fields | undefined): void {
    if (this.#over) return
    this.#trailers = trailers
    this.#stream!.end()
  }

  override abort(problem: Failure): void {
    if (this.#over) return
    this.#release()
    this.next.abort(problem)
  }

  // === Source: the client's side

  pause(): void {
    this.#stream?.pause()
  }

  resume(): void {
    this.#stream?.resume()
  }

  cancel(problem: Failure): void {
    if (this.#over) return
    this.#release()
    this.#work?.cancel(problem)
  }

  #made(part: Uint8Array): void {
    if (this.#over) return
    this.made(part)
    if (!this.next.body(part)) this.#stream?.pause()
  }

  #flushed(): void {
    this.#flushing = false
    if (this.#over) return
    this.next.flush()
    if (!this.#again) return
    this.#again = false
    this.flushStream()
  }

  #drained(): void {
    if (!this.#slowed || this.#over) return
    this.#slowed = false
    this.source.resume()
  }

  #finish(): void {
    if (this.#over) return
    this.#release()
    this.next.end(this.#trailers)
  }

  #fail(problem: Failure): void {
    if (this.#over) return
    this.#release()
    // Who sends the body is stopped, then the client is told.
    this.source.cancel(problem)
    this.next.abort(problem)
  }

  #release(): void {
    this.#over = true
    this.#stream?.destroy()
    this.#stream = null
  }
}
