/**
 * The body of a request, from the client's connection to whoever wants it.
 *
 *     waiting ──collect──▶ collecting ──▶ collected ──sendTo──▶ (again and again)
 *        │                                                       discard ──▶ discarding
 *        ├────sendTo────▶ streaming ──cancel──▶ stopped (its start is gone)
 *        └──cancel, nothing sent yet──┘   └──▶ recalled ──sendTo──▶ (its start is here: sent again, and on)
 *
 * Nothing is read from the client before somebody wants it: what came early waits in the connection. Collected bodies
 * stay in memory up to the location's buffer size and go to a temporary file beyond it, so that they can be sent again
 * to another peer; streamed ones are handed on as they come and are gone. Sizes are checked here, for every way.
 */
import { failure, type Failure } from '../../exchange/failure.ts'
import { UNKNOWN_LENGTH, type RequestHead } from '../../exchange/head.ts'
import type { RequestBody } from '../../exchange/request-body.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'
import { BodyFile } from './body-file.ts'
import type { BodyFraming, BodyLimits, BodyOrigin } from './body-origin.ts'

/** Room for a body whose length nobody told. */
const SMALLEST = 512

type Phase = 'waiting' | 'collecting' | 'collected' | 'streaming' | 'recalled' | 'stopped' | 'discarding' | 'failed'

export class ClientBody implements RequestBody, Source {
  length: number
  spent = false
  /** Bytes received so far, without framing. */
  received = 0
  #phase: Phase = 'waiting'
  #failure: Failure | null = null
  readonly #origin: BodyOrigin
  readonly #reader: BodyFraming
  readonly #limits: () => BodyLimits
  #maxSize = 0
  #bufferSize = 0
  #fileStays = false
  /** What is kept in memory: one piece, since chunks of one byte would cost a hundred times their size each. */
  #memory: Buffer = nothing
  #memorySize = 0
  #file: BodyFile | null = null
  #done: ((failure: Failure | null) => void) | null = null
  #sink: Sink<RequestHead> | null = null

  constructor(length: number, origin: BodyOrigin, reader: BodyFraming, limits: () => BodyLimits) {
    this.length = length
    this.#origin = origin
    this.#reader = reader
    this.#limits = limits
    reader.begin(length === UNKNOWN_LENGTH ? 'chunked' : length)
  }

  get collected(): boolean {
    return this.#phase === 'collected'
  }

  get recalled(): boolean {
    return this.#memorySize === this.received && this.#file === null && this.#phase !== 'failed'
  }

  get file(): string {
    return this.#file?.path ?? ''
  }

  /** Bytes may be fed: somebody takes them, or drops them. */
  get wanting(): boolean {
    return this.#phase === 'collecting' || this.#phase === 'streaming' || this.#phase === 'discarding'
  }

  /** It is being kept whole rather than sent on. */
  get collecting(): boolean {
    return this.#phase === 'collecting'
  }

  /** Every byte of it has come off the wire. */
  get complete(): boolean {
    return this.#reader.done
  }

  collect(done: (failure: Failure | null) => void): void {
    if (this.#phase === 'collected') return done(null)
    if (this.#phase === 'failed') return done(this.#failure)
    if (this.#phase !== 'waiting') return done(failure('internal', 'the request body was collected twice'))
    const tooLarge = this.#readLimits()
    if (tooLarge !== null) return done(tooLarge)
    this.#phase = 'collecting'
    this.#done = done
    this.#origin.wantBody()
  }

  sendTo(sink: Sink<RequestHead>): Source {
    if (this.#phase === 'collected') return this.#replay(sink)
    if (this.#phase === 'failed') {
      sink.abort(this.#failure!)
      return settledSource
    }
    const tooLarge = this.#readLimits()
    if (tooLarge !== null) {
      sink.abort(tooLarge)
      return settledSource
    }
    if (this.#phase === 'recalled') return this.#resend(sink)
    if (this.spent || this.#phase !== 'waiting') {
      sink.abort(failure('internal', 'a streamed request body was to be sent again'))
      return settledSource
    }
    // What is sent on as it comes goes to no file.
    this.#bufferSize = this.#limits().bodyBufferSize
    this.#phase = 'streaming'
    this.#sink = sink
    this.#origin.wantBody()
    return this
  }

  bytes(): Uint8Array | undefined {
    if (this.#file !== null || this.#phase !== 'collected' || this.#memorySize < this.received) return undefined
    return this.#memory.subarray(0, this.#memorySize)
  }

  discard(): void {
    this.#memory = nothing
    this.#memorySize = 0
    this.#sink = null
    this.#done = null
    this.#file?.close(this.#fileStays)
    this.#file = null
    if (this.#phase !== 'failed') this.#phase = this.#reader.done ? 'collected' : 'discarding'
  }

  // Source: the sink of a streamed body slows it down

  pause(): void {
    this.#origin.pauseBody()
  }

  resume(): void {
    this.#origin.wantBody()
  }

  cancel(): void {
    if (this.#phase !== 'streaming') return
    this.#sink = null
    // Another peer may still get it, as long as nothing was sent, or what was is here.
    this.#phase = this.spent ? (this.recalled ? 'recalled' : 'stopped') : 'waiting'
    this.#origin.pauseBody()
  }

  // fed by the connection

  /**
   * Reads from bytes[start,end); answers the index after what it consumed. Only while `wanting`. With `more` there is
   * more at hand, and `flush` will be called.
   */
  read(bytes: Buffer, start: number, end: number, more = false): number {
    const at = this.#reader.read(bytes, start, end, this)
    if (this.#reader.failed) this.fail(failure('malformed_chunk'))
    else if (this.#reader.done) this.#completed()
    else if (!more && this.#phase === 'streaming') this.#sink?.flush()
    return at
  }

  flush(): void {
    if (this.#phase === 'streaming') this.#sink?.flush()
  }

  /** A run of data, from the reader. */
  body(part: Uint8Array): boolean {
    this.received += part.length
    if (this.#maxSize > 0 && this.received > this.#maxSize && this.#phase !== 'discarding') {
      this.fail(failure('body_too_large'))
      return true
    }
    switch (this.#phase) {
      case 'collecting':
        return this.#keep(part)
      case 'streaming': {
        this.spent = true
        this.#recall(part)
        const taken = this.#sink!.body(part)
        if (!taken) this.#origin.pauseBody()
        return taken
      }
      default:
        return true
    }
  }

  /** It will never be complete: the client left, was too slow, or sent nonsense. */
  fail(problem: Failure): void {
    if (this.#phase === 'failed' || (this.#phase === 'collected' && this.#reader.done)) return
    this.#failure = problem
    this.#phase = 'failed'
    this.#reader.cancel()
    const done = this.#done
    const sink = this.#sink
    this.#done = null
    this.#sink = null
    if (done !== null) done(problem)
    else if (sink !== null) sink.abort(problem)
  }

  #readLimits(): Failure | null {
    const limits = this.#limits()
    this.#maxSize = limits.maxBodySize
    this.#fileStays = limits.bodyInFileOnly === 'on'
    this.#bufferSize = limits.bodyInFileOnly === 'off' ? limits.bodyBufferSize : 0
    if (this.#maxSize === 0 || this.length <= this.#maxSize) return null
    return failure('body_too_large', `${this.length} bytes`)
  }

  #keep(part: Uint8Array): boolean {
    if (this.#file === null && this.#memorySize + part.length <= this.#bufferSize) {
      this.#remember(part)
      return true
    }
    if (this.#file === null) {
      this.#file = BodyFile.open(this.#limits().bodyTempPath, problem =>
        problem === null ? this.#origin.wantBody() : this.fail(problem),
      )
      if (this.#memorySize > 0) this.#file.write(this.#memory.subarray(0, this.#memorySize))
      this.#memory = nothing
      this.#memorySize = 0
    }
    // The copy is the file's: the disk takes it later, and the client waits meanwhile.
    const room = this.#file.write(Buffer.from(part))
    if (!room) this.#origin.pauseBody()
    return room
  }

  /** Of a streamed body only a short one is kept: for $request_body, and for a peer behind one that refused it unseen. */
  #recall(part: Uint8Array): void {
    const size = this.#memorySize + part.length
    if (size === this.received && size <= this.#bufferSize && this.length <= this.#bufferSize)
      return this.#remember(part)
    this.#memory = nothing
    this.#memorySize = 0
  }

  #remember(part: Uint8Array): void {
    const size = this.#memorySize + part.length
    if (size > this.#memory.length) {
      // A length that was told is room enough; one that was not is found by doubling.
      const wanted = this.length > 0 ? this.length : Math.max(size, SMALLEST, this.#memory.length * 2)
      const memory = Buffer.allocUnsafeSlow(Math.min(wanted, this.#bufferSize))
      this.#memory.copy(memory, 0, 0, this.#memorySize)
      this.#memory = memory
    }
    this.#memory.set(part, this.#memorySize)
    this.#memorySize = size
  }

  #completed(): void {
    const phase = this.#phase
    if (phase === 'collecting') {
      if (this.#file === null) return this.#nowCollected()
      this.#file.finish(problem => (problem === null ? this.#nowCollected() : this.fail(problem)))
    } else if (phase === 'streaming') {
      const sink = this.#sink!
      this.#sink = null
      this.#phase = 'collected'
      sink.end(this.#reader.trailers ?? undefined)
    } else if (phase === 'discarding') {
      this.#phase = 'collected'
    }
  }

  #nowCollected(): void {
    if (this.#phase !== 'collecting') return
    this.#phase = 'collected'
    this.length = this.received
    const done = this.#done!
    this.#done = null
    done(null)
  }

  /** Once more from the beginning, and then as it comes. */
  #resend(sink: Sink<RequestHead>): Source {
    this.#phase = 'streaming'
    this.#sink = sink
    if (sink.body(this.#memory.subarray(0, this.#memorySize))) this.#origin.wantBody()
    return this
  }

  #replay(sink: Sink<RequestHead>): Source {
    if (this.spent && !this.recalled) {
      sink.abort(failure('internal', 'a streamed request body was to be sent again'))
      return settledSource
    }
    if (this.#file !== null) return this.#file.sendTo(sink)
    if (this.#memorySize > 0) sink.body(this.#memory.subarray(0, this.#memorySize))
    if (this.spent) sink.end(this.#reader.trailers ?? undefined)
    else sink.end()
    return settledSource
  }
}

const nothing = Buffer.alloc(0)
