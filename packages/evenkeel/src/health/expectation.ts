/** What has to come back from a server that is asked over TCP or UDP, byte by byte if need be; and why it has not. */
import type { StreamMatchModel } from '../model/stream/stream-health.ts'

/** Bytes of an answer that are looked at. */
export const EXPECTED_LIMIT: number = 64 * 1024

export class Expectation {
  readonly #found: ((text: string) => boolean) | null
  readonly #prefix: string
  readonly #what: string
  #text = ''

  /** null: nothing has to come. */
  constructor(match: StreamMatchModel | null) {
    const expect = match?.expect ?? null
    this.#prefix = match === null ? '' : `match "${match.name}" failed: `
    if (expect === null) {
      this.#found = null
      this.#what = ''
    } else if (expect.kind === 'text') {
      this.#found = text => text.includes(expect.text)
      this.#what = `no "${printable(expect.text)}"`
    } else {
      const { source, caseless, written } = expect.pattern
      const expression = new RegExp(source, caseless ? 'i' : '')
      this.#found = text => expression.test(text)
      this.#what = `nothing that matches "${printable(written)}"`
    }
  }

  /** Something has to come. */
  get waits(): boolean {
    return this.#found !== null
  }

  begin(): void {
    this.#text = ''
  }

  /** 'met', or what is wrong; null: more may come. */
  take(latin1: string): { readonly met: true } | string | null {
    this.#text += latin1
    if (this.#found === null || this.#found(this.#text)) return { met: true }
    return this.#text.length < EXPECTED_LIMIT ? null : `${this.#prefix}${this.#what} in ${EXPECTED_LIMIT} bytes`
  }

  /** Nothing more comes: why that is not enough. `how` says what has happened. */
  missing(how: string): string {
    const came = this.#text === '' ? 'before anything came' : `after "${printable(this.#text)}"`
    return `${this.#prefix}${how} ${came}, ${this.#what} in it`
  }
}

const LONGEST_SHOWN = 60

/** What a stranger sent, fit for one line of a log. */
function printable(text: string): string {
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
  return shown.replace(/[^\x20-\x7e…]/g, '?')
}
