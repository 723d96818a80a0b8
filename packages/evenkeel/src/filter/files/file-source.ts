/**
 * Sends an open file, or parts of it, to a Sink, with one buffer and one read at a time.
 *
 * The descriptor is owned from the start: whatever happens (sent, aborted, cancelled, the file shrinks) it is closed
 * once, never while a read still runs on it. The first bytes are read before the head goes out, so that a small file
 * leaves in one write, and a file that can't be read is still answered with a proper error.
 */
import { close, read } from 'node:fs'
import type { Exchange } from '../../exchange/exchange.ts'
import { failure, type Failure } from '../../exchange/failure.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { ALERT } from '../../exchange/log-level.ts'
import type { Source } from '../../exchange/sink.ts'
import { problemText, toProblem } from './path-test.ts'
import type { ByteRange } from '../ranges/ranges.ts'

/** What one transfer holds in memory at most. */
const BUFFER_BYTES = 64 * 1024

export class FileSource implements Source {
  readonly #exchange: Exchange
  readonly #fd: number
  readonly #path: string
  readonly #head: ResponseHead
  readonly #pieces: readonly (ByteRange | string)[]
  readonly #buffer: Buffer
  /** The piece at hand, and where in the file it goes on; -1: the piece has not begun. */
  #piece = 0
  #position = -1
  #headSent = false
  #paused = false
  #reading = false
  /** Nothing more goes to the sink. */
  #done = false
  #closed = false

  constructor(
    exchange: Exchange,
    fd: number,
    path: string,
    head: ResponseHead,
    pieces: readonly (ByteRange | string)[],
  ) {
    this.#exchange = exchange
    this.#fd = fd
    this.#path = path
    this.#head = head
    this.#pieces = pieces
    let longest = 0
    for (const piece of pieces) if (typeof piece !== 'string') longest = Math.max(longest, piece.end - piece.start)
    this.#buffer = Buffer.allocUnsafe(Math.min(longest, BUFFER_BYTES))
  }

  start(): void {
    this.#exchange.work = this
    this.#pump()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#pump()
  }

  cancel(): void {
    this.#done = true
    this.#close()
  }

  /** Sends what needs no reading, then asks for the next bytes. */
  #pump(): void {
    while (!this.#done && !this.#reading && !(this.#paused && this.#headSent)) {
      const piece = this.#pieces[this.#piece]
      if (piece === undefined) return this.#finish()
      if (typeof piece === 'string') {
        this.#piece++
        this.#send(Buffer.from(piece, 'latin1'))
        continue
      }
      if (this.#position < 0) this.#position = piece.start
      if (this.#position >= piece.end) {
        this.#piece++
        this.#position = -1
        continue
      }
      return this.#read(Math.min(this.#buffer.length, piece.end - this.#position))
    }
  }

  #read(length: number): void {
    this.#reading = true
    read(this.#fd, this.#buffer, 0, length, this.#position, (error, count) => {
      this.#reading = false
      if (this.#done) return this.#close()
      if (error !== null)
        return this.#fail(`read() "${this.#path}" failed ${problemText(toProblem(error))}`, error.code)
      // The length was told when the file was opened; a shorter answer must not look like a whole one.
      if (count === 0) return this.#fail(`"${this.#path}" was truncated while it was sent`, 'truncated')
      this.#position += count
      this.#send(count === this.#buffer.length ? this.#buffer : this.#buffer.subarray(0, count))
      this.#pump()
      // The next bytes are a turn of the event loop away at least.
      if (this.#reading && !this.#done) this.#exchange.reply.flush()
    })
  }

  #send(bytes: Uint8Array): void {
    this.#sendHead()
    if (!this.#done && !this.#exchange.reply.body(bytes)) this.#paused = true
  }

  #sendHead(): void {
    if (this.#headSent) return
    this.#headSent = true
    this.#exchange.reply.head(this.#head, this)
  }

  #finish(): void {
    this.#sendHead()
    if (this.#done) return
    this.#done = true
    this.#close()
    this.#exchange.reply.end()
  }

  #fail(text: string, cause: string | undefined): void {
    this.#done = true
    this.#close()
    this.#exchange.route.errorLog.tell(this.#exchange, ALERT, text)
    const problem: Failure = failure('file_not_read', cause)
    if (this.#headSent) this.#exchange.reply.abort(problem)
    else this.#exchange.loop.proceed(this.#exchange, problem)
  }

  #close(): void {
    if (this.#closed || this.#reading) return
    this.#closed = true
    close(this.#fd, ignore)
  }
}

/** Nothing was written: a failing close tells us nothing we could act on. */
function ignore(): void {}
