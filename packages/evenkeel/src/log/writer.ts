/**
 * Appends lines to one file, at little cost for the requests they tell of.
 *
 * While lines are few each is written at once: a file takes one in some microseconds, a tenth of what handing the write to
 * another thread costs, and who reads the log after an answer finds its line. Under load, and for what is not a plain file
 * or was slow, lines gather in memory and one write every ten milliseconds carries hundreds of them. What a slow disk does
 * not take is held up to a limit, then lines are dropped and counted: a log is not worth the traffic it tells of.
 */
import { close, fstatSync, open, openSync, write, writeSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { systemErrorCode, systemErrorText } from './system-error.ts'

export interface WriterOptions {
  /** Told of trouble, at most once a minute. */
  readonly onTrouble: (text: string) => void
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Bytes held in memory at most. */
  readonly limitBytes?: number
}

/** Who takes lines; a line comes without its end. */
export interface LineSink {
  write(line: string): void
}

/** Between two writes to one file that nobody waits for. */
const PACE_MS = 10
/** Lines written at once in that time; what goes beyond gathers. */
const FEW = 8
/** A write that took longer came from a disk under strain: for a minute no request waits for that one again. */
const SLOW_MS = 20

const LIMIT = 16 * 1024 * 1024
const MINUTE = 60_000
/** A pipe that is full has no event to wait for here. */
const AGAIN_MS = 20
const CLOSED = -2
const OPENING = -1

export class LogWriter implements LineSink {
  readonly path: string
  readonly #options: WriterOptions
  readonly #limit: number
  #fd: number
  /** Takes over when the write at hand is done (reopen); -1: none. */
  #nextFd = -1
  #bufferBytes = 0
  #flushMs = 0
  #gzipLevel = 0
  #held = ''
  #heldLines = 0
  #inFlight: Buffer | null = null
  #inFlightLines = 0
  #written = 0
  /** All that is held is to go out, however little it is. */
  #urgent = false
  #scheduled = false
  /** When the last write began. */
  #startedMs = Number.NEGATIVE_INFINITY
  /** A plain file: a pipe or a terminal may take nothing for as long as its reader likes. */
  #plain: boolean
  /** Lines written at once since `#fewSinceMs`. */
  #few = 0
  #fewSinceMs = Number.NEGATIVE_INFINITY
  /** Nothing is written at once before. */
  #patientUntilMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | null = null
  #waiting: (() => void)[] = []
  #troubleMs = Number.NEGATIVE_INFINITY
  #lost = 0
  #closing = false
  #onClosed: (() => void) | null = null

  /** `fd` -1: the path is opened now, without waiting for it. */
  constructor(path: string, fd: number, options: WriterOptions) {
    this.path = path
    this.#fd = fd
    this.#options = options
    this.#limit = options.limitBytes ?? LIMIT
    this.#plain = fd >= 0 && isPlainFile(fd)
    if (fd === OPENING) open(onDisk(path), 'a', 0o644, this.#onOpen)
  }

  /** Lines that were dropped: the disk was full or too slow, or the file could not be opened. */
  get lost(): number {
    return this.#lost
  }

  get closed(): boolean {
    return this.#closing
  }

  /** 0 bytes: lines go out at once while they are few; else once so many are held, or after so many milliseconds. */
  buffer(bytes: number, flushMs: number): void {
    this.#bufferBytes = bytes
    this.#flushMs = flushMs
    if (this.#held !== '') this.#schedule()
  }

  /** Each write becomes one member of a gzip file of its own, so that files stay readable at any moment; 0: plain text. */
  compress(level: number): void {
    this.#gzipLevel = level
  }

  get bufferBytes(): number {
    return this.#bufferBytes
  }

  get flushMs(): number {
    return this.#flushMs
  }

  write(line: string): void {
    const inFlight = this.#inFlight === null ? 0 : this.#inFlight.length
    if (this.#closing || this.#held.length + inFlight + line.length >= this.#limit) {
      this.#lose(1, 'more lines than the disk takes')
      return
    }
    this.#held += line + '\n'
    this.#heldLines++
    if (this.#bufferBytes === 0 && inFlight === 0 && this.#heldLines === 1 && this.#mayWriteNow()) this.#writeNow()
    else if (this.#bufferBytes === 0 || this.#held.length >= this.#bufferBytes) this.#schedule()
    else if (this.#flushMs > 0) this.#timer ??= setTimeout(this.#onTimer, this.#flushMs).unref()
  }

  /** Resolves when everything written so far is with the system, or lost. */
  flush(): Promise<void> {
    if (this.#held === '' && this.#inFlight === null) return Promise.resolve()
    return new Promise(resolve => {
      this.#waiting.push(resolve)
      this.#urgent = true
      this.#start()
    })
  }

  /** Writes what is held and waits for it: for the last moment of a process. A write under way is not waited for. */
  flushSync(): void {
    if (this.#fd < 0 || this.#held === '') return
    const bytes = this.#bytes()
    const lines = this.#heldLines
    this.#held = ''
    this.#heldLines = 0
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at)
    } catch (error) {
      this.#lose(lines, systemErrorText(error))
    }
  }

  /** Opens the path anew, for who moves log files away. What is held goes to the old file. Answers what went wrong. */
  reopen(): string | null {
    if (this.#fd < 0 || this.#fd === STDERR) return null
    const opened = openLog(this.path)
    if (typeof opened === 'string') return opened
    if (this.#nextFd >= 0) close(this.#nextFd, ignore)
    this.#nextFd = opened
    this.#urgent = true
    this.#start()
    if (this.#inFlight === null) this.#swap()
    return null
  }

  /** Takes no more lines, writes those it has and closes the file. */
  close(): Promise<void> {
    if (this.#closing) return Promise.resolve()
    this.#closing = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    return new Promise(resolve => {
      this.#onClosed = resolve
      this.#urgent = true
      this.#start()
      this.#closeIfDone()
    })
  }

  #mayWriteNow(): boolean {
    if (!this.#plain || this.#scheduled || this.#gzipLevel !== 0) return false
    const now = this.#options.now()
    if (now - this.#fewSinceMs >= PACE_MS || now < this.#fewSinceMs) {
      this.#fewSinceMs = now
      this.#few = 0
    }
    return ++this.#few <= FEW && now >= this.#patientUntilMs
  }

  #writeNow(): void {
    this.#startedMs = this.#options.now()
    this.flushSync()
    const now = this.#options.now()
    if (now - this.#startedMs > SLOW_MS) this.#patientUntilMs = now + MINUTE
  }

  #bytes(): Buffer {
    const bytes = Buffer.from(this.#held, 'latin1')
    return this.#gzipLevel === 0 ? bytes : gzipSync(bytes, { level: this.#gzipLevel })
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight !== null) return
    this.#scheduled = true
    // A write is handed to another thread, which costs as much as serving a request: one a line is fine while lines are
    // few, and under load those of some milliseconds go together.
    const waitMs = this.#startedMs + PACE_MS - this.#options.now()
    if (waitMs > 0 && waitMs <= PACE_MS) setTimeout(this.#onTurn, waitMs)
    else setImmediate(this.#onTurn)
  }

  readonly #onTurn = (): void => {
    this.#scheduled = false
    this.#start()
  }

  readonly #onTimer = (): void => {
    this.#timer = null
    this.#urgent = true
    this.#start()
  }

  readonly #onOpen = (error: Error | null, fd: number): void => {
    if (error !== null) {
      this.#fd = CLOSED
      this.#closing = true
      this.#trouble(`open() "${this.path}" failed (${systemErrorText(error)})`)
      this.#drop(this.#heldLines)
      this.#held = ''
      this.#heldLines = 0
      this.#settle()
      return
    }
    this.#fd = fd
    this.#plain = isPlainFile(fd)
    this.#urgent = true
    this.#start()
    this.#closeIfDone()
  }

  #start(): void {
    if (this.#inFlight !== null || this.#held === '' || this.#fd < 0) return
    this.#urgent = false
    this.#startedMs = this.#options.now()
    this.#inFlight = this.#bytes()
    this.#inFlightLines = this.#heldLines
    this.#held = ''
    this.#heldLines = 0
    this.#written = 0
    this.#writeOn()
  }

  readonly #writeOn = (): void => {
    const bytes = this.#inFlight!
    write(this.#fd, bytes, this.#written, bytes.length - this.#written, null, this.#onWritten)
  }

  readonly #onWritten = (error: Error | null, count: number): void => {
    if (error !== null && systemErrorCode(error) === 'EAGAIN') {
      setTimeout(this.#writeOn, AGAIN_MS)
      return
    }
    const bytes = this.#inFlight!
    if (error === null && count > 0) {
      this.#written += count
      if (this.#written < bytes.length) return this.#writeOn()
    } else this.#lose(this.#inFlightLines, error === null ? 'nothing was written' : systemErrorText(error))
    this.#inFlight = null
    if (this.#nextFd >= 0) this.#swap()
    this.#settle()
  }

  /** After a write: the next one, or word to those who wait. */
  #settle(): void {
    const full = this.#bufferBytes === 0 || this.#held.length >= this.#bufferBytes
    if (this.#held !== '' && this.#fd >= 0) {
      if (this.#urgent || this.#closing || this.#waiting.length > 0) return this.#start()
      if (full) return this.#schedule()
    }
    const waiting = this.#waiting
    this.#waiting = []
    for (const done of waiting) done()
    this.#closeIfDone()
  }

  #swap(): void {
    if (this.#nextFd < 0) return
    close(this.#fd, ignore)
    this.#fd = this.#nextFd
    this.#plain = isPlainFile(this.#fd)
    this.#nextFd = -1
  }

  #closeIfDone(): void {
    if (!this.#closing || this.#inFlight !== null || this.#held !== '' || this.#fd === OPENING) return
    if (this.#fd >= 0 && this.#fd !== STDERR) close(this.#fd, ignore)
    this.#fd = CLOSED
    const done = this.#onClosed
    this.#onClosed = null
    done?.()
  }

  #lose(lines: number, why: string): void {
    this.#drop(lines)
    this.#trouble(`write() to "${this.path}" failed (${why}), ${this.#lost} lines lost so far`)
  }

  #drop(lines: number): void {
    this.#lost += lines
  }

  #trouble(text: string): void {
    const now = this.#options.now()
    if (now - this.#troubleMs < MINUTE) return
    this.#troubleMs = now
    this.#options.onTrouble(text)
  }
}

export const STDERR = 2

/** The file's descriptor, or what went wrong. The file is there from now on. */
export function openLog(path: string): number | string {
  try {
    return openSync(onDisk(path), 'a', 0o644)
  } catch (error) {
    return `open() "${path}" failed (${systemErrorText(error)})`
  }
}

function isPlainFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile()
  } catch {
    return false
  }
}

/** Paths are text of one character a byte. */
function onDisk(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}

function ignore(): void {}
