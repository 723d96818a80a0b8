/** gunzip: takes gzip off for clients that do not take it, so that one stored form serves everybody. */
import type { Exchange } from '../../exchange/exchange.ts'
import { createGunzip, constants } from 'node:zlib'
import type { Failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import { hasBody, type ResponseHead } from '../../exchange/head.ts'
import type { BodyFilter } from '../../exchange/route.ts'
import type { Sink, Source } from '../../exchange/sink.ts'
import type { CompressionSettings } from '../../model/settings/compression-settings.ts'
import { qualityOf } from './accept-encoding.ts'
import { compileCodingRules } from './coding-rules.ts'
import type { CodingStream } from './codings.ts'
import type { Compile } from '../compile.ts'
import { addVary } from './compression.ts'
import { StreamSink } from './stream-sink.ts'
import { transformed } from '../fields/validators.ts'

/** Whether the client gets gzip. */
type Takes = (exchange: Exchange, head: ResponseHead) => boolean

export interface Gunzip {
  readonly filter: BodyFilter
  applies(exchange: Exchange, head: ResponseHead): boolean
}

/** null: off. */
export function compileGunzip(settings: CompressionSettings, compile: Compile): Gunzip | null {
  if (!settings.gunzip) return null
  const rules = compileCodingRules(settings, compile)
  const takes: Takes = (exchange, head) =>
    qualityOf(exchange.request.fields.get('Accept-Encoding') ?? '', 'gzip') > 0 && rules(exchange, head)
  return {
    filter: (exchange, next) => new GunzipSink(exchange, next, takes, settings.gzipVary),
    applies: (exchange, head) => isGzip(head) && !takes(exchange, head),
  }
}

function isGzip(head: ResponseHead): boolean {
  return head.fields.get('Content-Encoding')?.toLowerCase() === 'gzip'
}

class GunzipSink extends StreamSink {
  readonly #takes: Takes
  readonly #vary: boolean
  #decodes = false

  constructor(exchange: Exchange, next: Sink<ResponseHead>, takes: Takes, vary: boolean) {
    super(exchange, next, 'undecodable_response')
    this.#takes = takes
    this.#vary = vary
  }

  override head(head: ResponseHead, source: Source): void {
    if (!isGzip(head)) return this.next.head(head, source)
    if (this.#vary) addVary(head.fields)
    if (this.#takes(this.exchange, head)) return this.next.head(head, source)
    head.fields.remove('Content-Encoding')
    transformed(head)
    if (!hasBody(head.status, this.exchange.method)) return this.next.head(head, source)
    this.#decodes = true
    this.source = source
    const stream = createGunzip()
    const plain = stream.flush.bind(stream)
    const flush = (done: () => void): void => plain(constants.Z_SYNC_FLUSH, done)
    this.begin(Object.assign(stream, { flush }) as CodingStream)
    this.next.head(head, this)
  }

  override body(part: Uint8Array): boolean {
    return this.#decodes ? this.feed(part) : this.next.body(part)
  }

  override flush(): void {
    if (this.#decodes) this.flushStream()
    else this.next.flush()
  }

  override end(trailers?: Fields): void {
    if (this.#decodes) this.endStream(trailers)
    else this.next.end(trailers)
  }

  override abort(problem: Failure): void {
    if (this.#decodes) super.abort(problem)
    else this.next.abort(problem)
  }
}
