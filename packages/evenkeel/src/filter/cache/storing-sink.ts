/**
 * Stands before the client's sink while a response is stored: hands on what comes, keeps it, and sees that neither
 * waits for the other longer than it has to.
 *
 *     live ──the client is slow──▶ behind ──it has caught up──▶ live
 *       └────────── the client went away ──────────▶ gone: the response is stored to its end, as in nginx
 *
 * A client that is behind is served from what was kept; the origin is slowed only by a disk that is.
 */
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'
import type { ByteRange } from '../ranges/ranges.ts'
import { SMALL_BYTES } from './memory-tier.ts'
import type { EntryWriter, WriterEvents } from './entry-writer.ts'

export interface StoringEvents {
  /** Everybody can have it, or nobody ever will. */
  settled(stored: boolean): void
  /** The disk did not take it. */
  failed(error: string): void
}

/** What is stored for a client that is gone may not have no end. */
const MOST_FOR_NOBODY = 1024 ** 3

export class StoringSink implements Sink<ResponseHead>, Source, WriterEvents {
  readonly #next: Sink<ResponseHead>
  readonly #events: StoringEvents
  /** The part of the body that the client gets; null: nothing of it. */
  readonly #range: ByteRange | null
  /** Of the whole body, as the origin told it; negative: it did not. */
  readonly #length: number
  readonly #makeWriter: (events: WriterEvents) => EntryWriter
  #writer: EntryWriter | null = null
  #source: Source = settledSource
  #client: 'live' | 'behind' | 'gone'
  /** How far the client has got, while it is behind. */
  #at = 0
  #reading = false
  /** The client gets nothing more before it is stored. */
  #held = false
  #clientPaused = false
  #slowed = false
  #ended = false
  #settled = false
  #trailers: Fields | undefined

  constructor(
    next: Sink<ResponseHead>,
    range: ByteRange | null,
    present: boolean,
    length: number,
    makeWriter: (events: WriterEvents) => EntryWriter,
    events: StoringEvents,
  ) {
    this.#next = next
    this.#range = range
    this.#length = length
    this.#client = present ? 'live' : 'gone'
    this.#makeWriter = makeWriter
    this.#events = events
  }

  interim(head: ResponseHead): void {
    this.#next.interim(head)
  }

  head(head: ResponseHead, source: Source): void {
    this.#source = source
    this.#writer = this.#makeWriter(this)
    if (this.#client !== 'gone') this.#next.head(head, this)
  }

  body(part: Uint8Array): boolean {
    const writer = this.#writer!
    const start = writer.total
    const fast = writer.write(part)
    if (this.#client === 'live' && writer.total === this.#length && writer.total > SMALL_BYTES && !writer.over) {
      // Whoever has all of it may ask for it again at once: the last part waits until it is there for everybody.
      this.#client = 'behind'
      this.#at = start
      this.#held = true
    }
    if (this.#client === 'live' && !this.#pass(part, start)) {
      this.#at = writer.total
      // With nothing kept, the client's pace is the origin's.
      if (writer.over) return false
      this.#client = 'behind'
      this.#clientPaused = true
    }
    if (this.#client === 'gone' && (writer.over || writer.total > MOST_FOR_NOBODY)) {
      this.#stop()
      return true
    }
    const waits = !fast || (writer.over && this.#client === 'behind')
    this.#slowed = waits
    return !waits
  }

  flush(): void {
    if (this.#client === 'live') this.#next.flush()
  }

  end(trailers?: Fields): void {
    this.#ended = true
    this.#source = settledSource
    this.#trailers = trailers
    this.#writer!.finish(() => {
      this.#settle(this.#writer!.stored)
      this.#held = false
      if (this.#client === 'behind') this.#catchUp()
      else this.#finishClient()
    })
  }

  abort(problem: Failure): void {
    this.#source = settledSource
    this.#writer?.abandon()
    this.#settle(false)
    if (this.#client !== 'gone') this.#next.abort(problem)
    this.#client = 'gone'
  }

  // === Source: the client

  pause(): void {
    if (this.#writer!.over) this.#source.pause()
    else if (this.#client === 'live') {
      this.#client = 'behind'
      this.#at = this.#writer!.total
      this.#clientPaused = true
    } else this.#clientPaused = true
  }

  resume(): void {
    this.#clientPaused = false
    if (this.#client === 'behind') return this.#catchUp()
    if (this.#writer!.over) this.#source.resume()
  }

  cancel(problem: Failure): void {
    if (this.#client === 'gone') return
    this.#client = 'gone'
    if (this.#ended) {
      if (!this.#reading) this.#writer!.close()
      return
    }
    if (this.#writer!.over) this.#source.cancel(problem)
  }

  // === WriterEvents

  drained(): void {
    if (this.#slowed) {
      this.#slowed = false
      this.#source.resume()
    }
    if (this.#client === 'behind') this.#catchUp()
  }

  failed(error: string): void {
    this.#events.failed(error)
    // A small one is in memory, whole.
    if (this.#settled) return
    this.#settle(false)
    // From now on the client's pace is the origin's, once it has what the disk did not take.
    if (this.#client === 'behind') {
      this.#held = false
      this.#slowed = true
      this.#source.pause()
      this.#catchUp()
    } else if (this.#client === 'gone') this.#stop()
    else this.#letGo()
  }

  /** The part of `part` that is the client's; false: it should pause. */
  #pass(part: Uint8Array, start: number): boolean {
    const range = this.#range
    if (range === null) return true
    const from = Math.max(0, range.start - start)
    const to = Math.min(part.length, range.end - start)
    if (from >= to) return true
    return this.#next.body(to - from === part.length ? part : part.subarray(from, to))
  }

  #catchUp(): void {
    const writer = this.#writer!
    while (!this.#reading && !this.#clientPaused && !this.#held && this.#client === 'behind') {
      if (this.#at >= writer.total) {
        this.#client = 'live'
        if (writer.over && !writer.stored) this.#letGo()
        if (this.#ended) this.#finishClient()
        else this.#next.flush()
        return
      }
      const at = this.#at
      this.#reading = true
      let now = true
      const begun = writer.readAt(at, bytes => {
        this.#reading = false
        if (this.#client !== 'behind') return writer.close()
        if (bytes === null) {
          this.#client = 'gone'
          writer.abandon()
          this.#settle(false)
          this.#source.cancel(failure('file_not_read'))
          return this.#next.abort(failure('file_not_read'))
        }
        this.#at += bytes.length
        if (!this.#pass(bytes, at)) this.#clientPaused = true
        if (!now) {
          this.#next.flush()
          this.#catchUp()
        }
      })
      now = false
      if (!begun) {
        this.#reading = false
        return
      }
    }
  }

  /** Nothing is kept any more, and nobody reads what was. */
  #letGo(): void {
    this.#writer!.close()
    if (!this.#slowed) return
    this.#slowed = false
    this.#source.resume()
  }

  #finishClient(): void {
    if (this.#client === 'live' && this.#settled) {
      this.#client = 'gone'
      this.#next.end(this.#trailers)
    }
    if (this.#client === 'gone' && !this.#reading) this.#writer!.close()
  }

  #stop(): void {
    this.#writer!.abandon()
    this.#settle(false)
    this.#source.cancel(failure('client_gone'))
    this.#source = settledSource
  }

  #settle(stored: boolean): void {
    if (this.#settled) return
    this.#settled = true
    this.#events.settled(stored)
  }
}
