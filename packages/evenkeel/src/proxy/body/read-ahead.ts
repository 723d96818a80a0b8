/**
 * Takes the rest of a response from its origin while a slow client takes its time (proxy_buffering): into memory first,
 * then into a file, up to a limit each. The origin is free as soon as it has said all, which is what nginx is put in
 * front of applications for.
 *
 *   origin ─▶ later ─▶ file ─▶ ready ─▶ client          (later: waits for the disk; without a file it is behind ready)
 *
 * It only comes into being for a client that has been waited for; until then, and whenever everything held has gone
 * out, bytes pass without being kept.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { CRIT } from '../../exchange/log-level.ts'
import type { Sink, Source } from '../../exchange/sink.ts'
import { SpillFile } from './spill-file.ts'

/** How much one response may hold; `file` 0: nothing on disk. */
export interface ReadAheadLimits {
  readonly memory: number
  readonly file: number
  readonly folder: string
}

/** Bytes that may wait for the disk. */
const DISK_QUEUE = 256 * 1024

export class ReadAhead implements Sink<ResponseHead>, Source {
  readonly #exchange: Exchange
  readonly #next: Sink<ResponseHead>
  readonly #limits: ReadAheadLimits
  /** The origin may go on. */
  readonly #room: () => void
  /** Who else is to be told that the client left. */
  readonly #work: Source | null
  #ready: Uint8Array[] = []
  #later: Uint8Array[] = []
  #held = 0
  #file: SpillFile | null = null
  #broken = false
  /** The client's side is slow: it was when this began. */
  #paused = true
  #full = false
  #pumping = false
  #ended = false
  #trailers: Fields | undefined
  #failed: Failure | null = null
  #over = false

  constructor(exchange: Exchange, limits: ReadAheadLimits, room: () => void) {
    this.#exchange = exchange
    this.#next = exchange.reply
    this.#limits = limits
    this.#room = room
    this.#work = exchange.work
    exchange.reply = this
    exchange.work = this
  }

  // === Sink: from the origin

  interim(): void {}

  head(head: ResponseHead, source: Source): void {
    this.#next.head(head, source)
  }

  body(part: Uint8Array): boolean {
    if (this.#over) return true
    if (!this.#paused && this.#empty) {
      this.#paused = !this.#next.body(part)
      return true
    }
    const bytes = Buffer.from(part)
    this.#held += bytes.length
    const onDisk = this.#later.length > 0 || (this.#file !== null && (this.#file.unread > 0 || this.#file.writing))
    if (!onDisk && this.#held <= this.#limits.memory) this.#ready.push(bytes)
    else {
      this.#later.push(bytes)
      this.#write()
    }
    this.#full = this.#held >= this.#most
    return !this.#full
  }

  flush(): void {
    if (!this.#over && !this.#paused && this.#empty) this.#next.flush()
  }

  end(trailers?: Fields): void {
    this.#ended = true
    this.#trailers = trailers
    this.#pump()
  }

  /** What came before it is the client's to have. */
  abort(problem: Failure): void {
    this.#failed = problem
    this.#pump()
  }

  // === Source: to the client

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#pump()
  }

  /** The client left. An origin that is to be heard out all the same (proxy_ignore_client_abort) is not stopped. */
  cancel(problem: Failure): void {
    if (this.#over) return
    this.#release()
    if (this.#work !== null) this.#work.cancel(problem)
    else if (this.#full) this.#room()
  }

  get #empty(): boolean {
    const file = this.#file
    const clear = file === null || (file.unread === 0 && !file.writing && !file.reading)
    return this.#held === 0 && clear
  }

  /** Bytes in memory at which the origin has to wait. */
  get #most(): number {
    return this.#mayWrite ? Math.max(DISK_QUEUE, this.#limits.memory) : this.#limits.memory
  }

  get #mayWrite(): boolean {
    return !this.#broken && (this.#file?.size ?? 0) + this.#held <= this.#limits.file
  }

  #write(): void {
    if (this.#over || this.#later.length === 0 || this.#file?.writing === true || !this.#mayWrite) return
    const file = (this.#file ??= this.#open())
    if (file === null) return
    // Together, since a write costs the same for a byte as for all that waits.
    const bytes = this.#later.length === 1 ? this.#later[0]! : Buffer.concat(this.#later)
    this.#later = [bytes]
    file.append(bytes, (written, error) => {
      if (written < 0) this.#break(error)
      else {
        this.#held -= written
        if (written === bytes.length) this.#later.shift()
        else this.#later[0] = bytes.subarray(written)
        this.#write()
      }
      this.#pump()
    })
  }

  #open(): SpillFile | null {
    try {
      return SpillFile.open(this.#limits.folder)
    } catch (error) {
      this.#break(error as NodeJS.ErrnoException)
      return null
    }
  }

  /** No disk: what is held stays in memory, and the origin waits for the client from here on. */
  #break(error: NodeJS.ErrnoException | null): void {
    this.#broken = true
    const text = `a temporary file in "${this.#limits.folder}" could not be written (${error?.code ?? 'unknown'})`
    this.#exchange.route.errorLog.tell(this.#exchange, CRIT, text)
  }

  /** Sends on what the client takes; it may say so in the middle of it. */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    while (!this.#paused && !this.#over && this.#sendOne());
    this.#pumping = false
    if (this.#over) return
    if (!this.#paused && this.#empty) this.#sent()
    if (!this.#over && this.#full && this.#held < this.#most / 2) {
      this.#full = false
      this.#room()
    }
  }

  #sendOne(): boolean {
    const part = this.#ready.shift()
    if (part !== undefined) {
      this.#held -= part.length
      this.#paused = !this.#next.body(part)
      return true
    }
    const file = this.#file
    if (file !== null && file.reading) return false
    if (file !== null && file.unread > 0) {
      file.take(bytes => this.#taken(bytes))
      return false
    }
    if (this.#later.length === 0 || file?.writing === true) return false
    // Nothing of it is on disk yet: it need not go there.
    this.#ready = this.#later
    this.#later = []
    return true
  }

  #taken(bytes: Uint8Array | null): void {
    if (this.#over) return
    if (bytes === null) {
      this.#release()
      this.#work?.cancel(failure('response_not_buffered'))
      return this.#next.abort(failure('response_not_buffered'))
    }
    // Taken while the client was ready; what it says now counts for the next.
    this.#paused = !this.#next.body(bytes) || this.#paused
    this.#pump()
  }

  /** Everything held has gone out. */
  #sent(): void {
    if (!this.#ended && this.#failed === null) return this.#next.flush()
    this.#release()
    if (this.#failed !== null) this.#next.abort(this.#failed)
    else this.#next.end(this.#trailers)
  }

  #release(): void {
    this.#over = true
    this.#ready = []
    this.#later = []
    this.#held = 0
    this.#file?.close()
  }
}
