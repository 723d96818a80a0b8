/**
 * What all HTTP/2 connections of a worker's runtime have in common: rooms and caches in which nothing of a connection
 * stays, and the moment at which their frames leave.
 *
 * Answers of several streams mostly come from several origins, each read for itself, yet within one turn of the event
 * loop. Frames therefore wait for the end of the turn and leave in one write a connection.
 */
import type { Fields } from '../../exchange/fields.ts'
import { HuffmanScratch } from '../../wire/http2/hpack-decoder.ts'
import { CodeRoom, type FieldTable } from '../../wire/http2/field-table.ts'
import { FieldEncoder, type KnownName } from '../../wire/http2/hpack-encoder.ts'

export interface Flushable {
  flushTurn(): void
}

/** Room for a burst of DATA frames; what does not fit goes out in several writes. */
const PAGE = 128 * 1024

interface Line {
  readonly text: string
  readonly name: KnownName
  readonly value: string
}

export class Http2Share {
  readonly scratch: HuffmanScratch = new HuffmanScratch()
  readonly codeRoom: CodeRoom = new CodeRoom()
  readonly encoder: FieldEncoder = new FieldEncoder()
  readonly #onBug: (error: unknown) => void
  #turn: Flushable[] = []
  #page: Buffer | null = null
  /** Our own fields, by their HTTP/1 lines. */
  readonly #lines = new Map<string, Line>()
  #date: Line = { text: '', name: this.encoder.name('date'), value: '' }

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

  /** A line that is always the same, as a field. */
  line(text: string, table: FieldTable): string {
    let line = this.#lines.get(text)
    if (line === undefined) this.#lines.set(text, (line = this.#read(text)))
    return table.field(line.name, line.value)
  }

  /** A line that changes with the second. */
  dateField(text: string, table: FieldTable): string {
    if (text !== this.#date.text) this.#date = this.#read(text)
    return table.field(this.#date.name, this.#date.value)
  }

  #read(text: string): Line {
    const colon = text.indexOf(':')
    return { text, name: this.encoder.name(text.slice(0, colon)), value: text.slice(colon + 1).trim() }
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
