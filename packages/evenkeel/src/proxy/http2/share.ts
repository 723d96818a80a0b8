/**
 * What all HTTP/2 connections of a worker's runtime have in common: rooms and caches in which nothing of a connection
 * stays, and the moment at which their frames leave.
 *
 * Answers of several streams mostly come from several origins, each read for itself, yet within one turn of the event
 * loop. Frames therefore wait for the end of the turn and leave in one write a connection.
 */
import type { Fields } from '../../exchange/fields.ts'
import { HuffmanScratch } from '../../wire/http2/hpack-decoder.ts'
import { FieldEncoder } from '../../wire/http2/hpack-encoder.ts'

export interface Flushable {
  flushTurn(): void
}

/** Room for a burst of DATA frames; what does not fit goes out in several writes. */
const PAGE = 128 * 1024

export class Http2Share {
  readonly scratch: HuffmanScratch = new HuffmanScratch()
  readonly encoder: FieldEncoder = new FieldEncoder()
  readonly #onBug: (error: unknown) => void
  #turn: Flushable[] = []
  #page: Buffer | null = null
  /** Our own fields, by their HTTP/1 lines. */
  readonly #lines = new Map<string, string>()
  #dateLine = ''
  #dateField = ''

  constructor(onBug: (error: unknown) => void) {
    this.#onBug = onBug
  }

  /** Calls flushTurn at the end of this turn; whoever asks sees to it that it asks once. */
  atTurnsEnd(one: Flushable): void {
    if (this.#turn.push(one) === 1) setImmediate(this.#flush)
  }

  /** Memory to put frames in. It is the caller's until `givePage`, or for good when the kernel did not take all of it. */
  takePage(): Buffer {
    const page = this.#page ?? Buffer.allocUnsafeSlow(PAGE)
    this.#page = null
    return page
  }

  givePage(page: Buffer): void {
    this.#page = page
  }

  fields(fields: Fields): string {
    return this.encoder.fields(fields)
  }

  field(name: string, value: string): string {
    return this.encoder.field(name, value)
  }

  /** A line that is always the same, as a field. */
  line(line: string): string {
    let field = this.#lines.get(line)
    if (field === undefined) this.#lines.set(line, (field = this.#encode(line)))
    return field
  }

  /** A line that changes with the second. */
  dateField(line: string): string {
    if (line !== this.#dateLine) {
      this.#dateLine = line
      this.#dateField = this.#encode(line)
    }
    return this.#dateField
  }

  #encode(line: string): string {
    const colon = line.indexOf(':')
    return this.field(line.slice(0, colon), line.slice(colon + 1).trim())
  }

  readonly #flush = (): void => {
    const turn = this.#turn
    this.#turn = []
    for (const one of turn) {
      try {
        one.flushTurn()
      } catch (error) {
        this.#onBug(error)
      }
    }
  }
}
