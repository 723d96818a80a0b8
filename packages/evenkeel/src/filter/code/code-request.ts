/** A request, and the head of a response, as code of the user sees them (exchange/code.ts). */
import type { CodeRequest, CodeResponse, StepRequest } from '../../exchange/code.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { fromByteText, toByteText } from '../../route/byte-text.ts'
import { isSafeValue } from '../fields/safe-value.ts'
import type { VariableByName } from '../subrequests/ssi/ssi.ts'

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** What the message's length and the connection are told by: changing them would break the framing. */
const FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

class SeenRequest implements CodeRequest {
  protected readonly exchange: Exchange
  readonly #variable: VariableByName
  #abort: AbortController | null = null
  #over = false

  constructor(exchange: Exchange, variable: VariableByName) {
    this.exchange = exchange
    this.#variable = variable
  }

  get method(): string {
    return this.exchange.method
  }

  get path(): string {
    return fromByteText(this.exchange.uri)
  }

  get query(): string {
    return fromByteText(this.exchange.args)
  }

  get host(): string {
    return this.exchange.host
  }

  get remoteAddress(): string {
    return this.exchange.remoteAddress
  }

  get secure(): boolean {
    return this.exchange.connection.secure
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#over) this.#abort.abort()
    return this.#abort.signal
  }

  header(name: string): string | undefined {
    const value = this.exchange.request.fields.get(name)
    return value === undefined ? undefined : fromByteText(value)
  }

  headers(name: string): string[] {
    return this.exchange.request.fields.getAll(name).map(fromByteText)
  }

  variable(name: string): string {
    return fromByteText(this.#variable(name.toLowerCase(), this.exchange) ?? '')
  }

  /** Nothing it is asked for from here on has an effect; `cut`: whoever waits for something is told to stop. */
  close(cut = false): void {
    this.#over = true
    if (cut) this.#abort?.abort()
  }

  protected get over(): boolean {
    return this.#over
  }
}

export class SteppedRequest extends SeenRequest implements StepRequest {
  setHeader(name: string, value: string): void {
    const bytes = checkedValue(name, value)
    if (!this.over) this.exchange.request.fields.set(name, bytes)
  }

  removeHeader(name: string): void {
    checkName(name)
    if (!this.over) this.exchange.request.fields.remove(name)
  }
}

export function seeRequest(exchange: Exchange, variable: VariableByName): CodeRequest & { close(): void } {
  return new SeenRequest(exchange, variable)
}

export class SeenResponse implements CodeResponse {
  readonly request: CodeRequest
  readonly #head: ResponseHead

  constructor(head: ResponseHead, request: CodeRequest) {
    this.#head = head
    this.request = request
  }

  get status(): number {
    return this.#head.status
  }

  header(name: string): string | undefined {
    const value = this.#head.fields.get(name)
    return value === undefined ? undefined : fromByteText(value)
  }

  headers(name: string): string[] {
    return this.#head.fields.getAll(name).map(fromByteText)
  }

  setHeader(name: string, value: string): void {
    this.#head.fields.set(name, checkedValue(name, value))
  }

  addHeader(name: string, value: string): void {
    this.#head.fields.add(name, checkedValue(name, value))
  }

  removeHeader(name: string): void {
    checkName(name)
    this.#head.fields.remove(name)
  }
}

/** A value as bytes. Throws what is wrong, in the user's own stack. */
export function checkedValue(name: string, value: string): string {
  checkName(name)
  if (typeof value !== 'string') throw new TypeError(`the value of header field "${name}" is no text`)
  if (!isSafeValue(value)) throw new TypeError(`the value of header field "${name}" has a line break in it`)
  return toByteText(value)
}

function checkName(name: string): void {
  if (typeof name !== 'string' || !NAME.test(name)) throw new TypeError(`"${name}" is no name of a header field`)
  if (FRAMING.has(name.toLowerCase())) throw new TypeError(`header field "${name}" belongs to the connection`)
}
