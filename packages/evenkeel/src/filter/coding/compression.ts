/**
 * gzip, brotli and zstd for answers on their way out.
 *
 * Whether an answer may be coded is nginx's question (status, type, length, a coding it has already), which coding it
 * gets is between the client and the configuration. A body that is all there at once is coded in one piece and keeps a
 * Content-Length; any other goes through a stream, flushed when its sender has nothing more at hand, so that events
 * arrive when they happen.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import { UNKNOWN_LENGTH, type ResponseHead } from '../../exchange/head.ts'
import type { BodyFilter } from '../../exchange/route.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'
import type { CompressionSettings } from '../../model/settings/compression-settings.ts'
import { chooseCoding } from './accept-encoding.ts'
import { compileCodings, type Coding } from './codings.ts'
import { compileCodingRules, hasToken, type CodingRules } from './coding-rules.ts'
import type { Compile } from '../compile.ts'
import { StreamSink } from './stream-sink.ts'
import { transformed } from '../fields/validators.ts'

/** What one location compresses with. */
export interface Compression {
  readonly filter: BodyFilter
  /** Whether a response with this head would be coded: who could send parts of it sends the whole then. */
  applies(exchange: Exchange, head: ResponseHead): boolean
}

/** null: nothing is compressed. */
export function compileCompression(settings: CompressionSettings, compile: Compile): Compression | null {
  const codings = compileCodings(settings)
  if (codings.length === 0) return null
  const choice = new CodingChoice(codings, compileCodingRules(settings, compile), settings.gzipVary)
  return {
    filter(exchange, next) {
      // Most that will never be coded is known before there is an answer.
      if (exchange.method === 'HEAD' || (!settings.gzipVary && !exchange.request.fields.has('Accept-Encoding')))
        return next
      return new CompressionSink(exchange, next, choice)
    },
    applies: (exchange, head) => exchange.method !== 'HEAD' && choice.of(exchange, head) !== null,
  }
}

/** Tells caches that the answer depends on what the client takes, if the answer does not say so itself. */
export function addVary(fields: Fields): void {
  const said = fields.getAll('Vary').join(',').toLowerCase()
  if (!hasToken(said, 'accept-encoding') && said !== '*') fields.add('Vary', 'Accept-Encoding')
}

class CodingChoice {
  readonly vary: boolean
  readonly #codings: readonly Coding[]
  readonly #names: readonly string[]
  readonly #rules: CodingRules

  constructor(codings: readonly Coding[], rules: CodingRules, vary: boolean) {
    this.vary = vary
    this.#codings = codings
    this.#names = codings.map(coding => coding.name)
    this.#rules = rules
  }

  /** Which codings the response may have, whoever asks for it. */
  fitting(head: ResponseHead): readonly Coding[] {
    const { status, fields, length } = head
    if (status !== 200 && status !== 403 && status !== 404) return none
    const coded = fields.get('Content-Encoding')
    if (coded !== undefined && coded !== '') return none
    // Its author forbids it (RFC 9110, 7.7).
    const control = fields.get('Cache-Control')
    if (control !== undefined && hasToken(control.toLowerCase(), 'no-transform')) return none
    return this.#codings.filter(
      coding => (length === UNKNOWN_LENGTH || length >= coding.minLength) && coding.isType(head),
    )
  }

  /** A part, whose whole another client would get coded. */
  partOf(head: ResponseHead): boolean {
    return (
      head.status === 206 && !head.fields.has('Content-Encoding') && this.#codings.some(coding => coding.isType(head))
    )
  }

  of(exchange: Exchange, head: ResponseHead, fitting: readonly Coding[] = this.fitting(head)): Coding | null {
    if (fitting.length === 0 || !this.#rules(exchange, head)) return null
    const accepted = exchange.request.fields.get('Accept-Encoding')
    const names = fitting === this.#codings ? this.#names : fitting.map(coding => coding.name)
    return fitting[chooseCoding(accepted, names)] ?? null
  }
}

const none: readonly Coding[] = []

class CompressionSink extends StreamSink {
  readonly #choice: CodingChoice
  /** null: the response goes on as it is. */
  #coding: Coding | null = null
  /** Held back until it is known whether the body is here at once. */
  #head: ResponseHead | null = null
  #parts: Uint8Array[] = []
  #size = 0
  readonly #bytes = { from: 0, to: 0 }

  constructor(exchange: Exchange, next: Sink<ResponseHead>, choice: CodingChoice) {
    super(exchange, next, 'internal')
    this.#choice = choice
  }

  override head(head: ResponseHead, source: Source): void {
    const fitting = this.#choice.fitting(head)
    if (this.#choice.vary && (fitting.length > 0 || this.#choice.partOf(head))) addVary(head.fields)
    const coding = this.#choice.of(this.exchange, head, fitting)
    if (coding === null) return this.next.head(head, source)
    const known = head.length
    transformed(head)
    head.fields.set('Content-Encoding', coding.name)
    this.#coding = coding
    this.exchange.compressed = this.#bytes
    this.#head = head
    this.source = source
    if (known > coding.atOnce || coding.atOnce === 0) this.#stream()
  }

  override body(part: Uint8Array): boolean {
    const coding = this.#coding
    if (coding === null) return this.next.body(part)
    this.#bytes.from += part.length
    if (!this.streaming) {
      if (this.#size + part.length <= coding.atOnce) {
        this.#parts.push(Buffer.from(part))
        this.#size += part.length
        return true
      }
      this.#stream()
    }
    return this.feed(part)
  }

  override flush(): void {
    if (this.#coding === null) return this.next.flush()
    if (!this.streaming) this.#stream()
    // The head may be all there is for long.
    this.next.flush()
    this.flushStream()
  }

  override end(trailers?: Fields): void {
    const coding = this.#coding
    if (coding === null) return this.next.end(trailers)
    if (this.streaming) return this.endStream(trailers)
    const body = coding.code(this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts))
    const head = this.#head!
    if (trailers === undefined) head.length = body.length
    this.#bytes.to = body.length
    this.next.head(head, settledSource)
    this.next.body(body)
    this.next.end(trailers)
  }

  override abort(problem: Failure): void {
    if (this.#coding === null || !this.streaming) return this.next.abort(problem)
    super.abort(problem)
  }

  protected override made(part: Uint8Array): void {
    this.#bytes.to += part.length
  }

  /** It is too long, or too slow, to wait for. */
  #stream(): void {
    this.begin(this.#coding!.stream())
    this.next.head(this.#head!, this)
    this.#head = null
    for (const part of this.#parts) this.feed(part)
    this.#parts = []
  }
}
