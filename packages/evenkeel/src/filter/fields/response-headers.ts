/**
 * `expires`, `add_header` and `add_trailer`: what the configuration adds to an answer on its way to the client.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Failure } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import { hasBody, UNKNOWN_LENGTH, type ResponseHead } from '../../exchange/head.ts'
import type { BodyFilter, HeadStep } from '../../exchange/route.ts'
import type { Sink, Source } from '../../exchange/sink.ts'
import type { Settings } from '../../model/settings.ts'
import type { Compile } from '../compile.ts'
import { compileExpires } from './expires.ts'
import { PassSink } from '../pass-sink.ts'
import { isSafeValue } from './safe-value.ts'

/** In seconds since the epoch. */
export type Clock = () => number

const wallClock: Clock = () => Math.floor(Date.now() / 1000)

export function compileResponseHeaders(
  settings: Pick<Settings, 'addHeader' | 'expires'>,
  compile: Compile,
  clock: Clock = wallClock,
): HeadStep[] {
  const steps: HeadStep[] = []
  const expires = compileExpires(settings.expires, compile)
  if (expires !== null) {
    steps.push((exchange, head) => {
      if (isUsual(head.status)) expires(exchange, head.fields, clock())
    })
  }
  for (const { name, value, always } of settings.addHeader) {
    const lower = name.toLowerCase()
    if (framing.has(lower)) continue
    const text = compileValue(value, compile)
    const replaces = replacesValidator(name)
    steps.push((exchange, head) => {
      if (!always && !isUsual(head.status)) return
      const found = text(exchange)
      if (replaces) head.fields.remove(name)
      if (found !== '') head.fields.add(name, found)
    })
  }
  return steps
}

/** Fields that filters after them look at (ETag, Last-Modified) have to be there before these filters, as in nginx. */
export function changesValidators(settings: Pick<Settings, 'addHeader'>): boolean {
  return settings.addHeader.some(({ name }) => replacesValidator(name))
}

/** The same steps as a filter, for the places where it matters which filters come after them. */
export function headersFilter(steps: readonly HeadStep[]): BodyFilter {
  return (exchange, next) => new HeadersSink(exchange, next, steps)
}

class HeadersSink extends PassSink {
  readonly #steps: readonly HeadStep[]

  constructor(exchange: Exchange, next: Sink<ResponseHead>, steps: readonly HeadStep[]) {
    super(exchange, next)
    this.#steps = steps
  }

  override head(head: ResponseHead, source: Source): void {
    if (this.exchange.statusOverride !== 0) head.status = this.exchange.statusOverride
    // Before the steps: what one adds, the next may tell ($sent_http_x).
    this.exchange.head = head
    this.exchange.status = head.status
    for (const step of this.#steps) step(this.exchange, head)
    this.next.head(head, source)
  }
}

/** Sends trailers, for which the body has to be chunked: a body of a told length has no room for them. null: none. */
export function compileTrailers(settings: Pick<Settings, 'addTrailer'>, compile: Compile): BodyFilter | null {
  const trailers = settings.addTrailer
    .filter(({ name }) => !framing.has(name.toLowerCase()))
    .map(({ name, value, always }) => ({ name, always, text: compileValue(value, compile) }))
  if (trailers.length === 0) return null
  return (exchange, next) => (exchange.request.version < 11 ? next : new TrailerSink(exchange, next, trailers))
}

interface Trailer {
  readonly name: string
  readonly always: boolean
  readonly text: (exchange: Exchange) => string
}

class TrailerSink implements Sink<ResponseHead> {
  readonly #exchange: Exchange
  readonly #next: Sink<ResponseHead>
  readonly #trailers: readonly Trailer[]
  /** Of the final head; 0: it has none of ours. */
  #status = 0

  constructor(exchange: Exchange, next: Sink<ResponseHead>, trailers: readonly Trailer[]) {
    this.#exchange = exchange
    this.#next = next
    this.#trailers = trailers
  }

  interim(head: ResponseHead): void {
    this.#next.interim(head)
  }

  head(head: ResponseHead, source: Source): void {
    const wanted = this.#trailers.some(({ always }) => always || isUsual(head.status))
    if (wanted && hasBody(head.status, this.#exchange.method)) {
      this.#status = head.status
      head.length = UNKNOWN_LENGTH
    }
    this.#next.head(head, source)
  }

  body(part: Uint8Array): boolean {
    return this.#next.body(part)
  }

  flush(): void {
    this.#next.flush()
  }

  end(trailers?: Fields): void {
    if (this.#status === 0) return this.#next.end(trailers)
    const all = trailers ?? new Fields()
    // Before the first of them is evaluated: one may tell what another said ($sent_trailer_x).
    this.#exchange.trailers = all
    for (const { name, always, text } of this.#trailers) {
      if (!always && !isUsual(this.#status)) continue
      const value = text(this.#exchange)
      if (value !== '') all.add(name, value)
    }
    this.#next.end(all)
  }

  abort(failure: Failure): void {
    this.#next.abort(failure)
  }
}

function replacesValidator(name: string): boolean {
  const lower = name.toLowerCase()
  return lower === 'last-modified' || lower === 'etag'
}

/** Framing is told by the writer of the connection: a second opinion of it is how answers get smuggled. */
const framing: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

/** Statuses that get fields without `always`. */
function isUsual(status: number): boolean {
  return (
    status === 200 ||
    status === 201 ||
    status === 204 ||
    status === 206 ||
    (status >= 301 && status <= 304) ||
    status === 307 ||
    status === 308
  )
}

/** The value, or '' for one that would break out of its line. */
function compileValue(
  template: Settings['addHeader'][number]['value'],
  compile: Compile,
): (exchange: Exchange) => string {
  const constant = compile.constant(template)
  if (constant !== undefined) {
    const safe = isSafeValue(constant) ? constant : ''
    return () => safe
  }
  const text = compile.text(template)
  return exchange => {
    const value = text(exchange)
    return isSafeValue(value) ? value : ''
  }
}
