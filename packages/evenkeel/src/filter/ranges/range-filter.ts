/**
 * Ranges of a response that comes from elsewhere (proxy_force_ranges, a cache): the part asked for is cut out of the
 * whole while that passes by. Files of ours are cut where they are read, which costs nothing for what is left out.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { failure } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import { UNKNOWN_LENGTH, type ResponseHead } from '../../exchange/head.ts'
import type { BodyFilter } from '../../exchange/route.ts'
import type { Sink, Source } from '../../exchange/sink.ts'
import { rangeStillApplies } from './conditional.ts'
import { parseHttpDate } from '../fields/http-date.ts'
import { PassSink } from '../pass-sink.ts'
import { contentRange, framePieces, parseRanges, unsatisfiedRange, type ByteRange } from './ranges.ts'

/** `max` is max_ranges. */
export function compileRangeFilter(max: number | null): BodyFilter {
  let serial = 0
  return (exchange, next) => new RangeSink(exchange, next, max, () => ++serial)
}

class RangeSink extends PassSink {
  readonly #max: number | null
  readonly #serial: () => number
  /** null: the whole goes out. */
  #pieces: readonly (ByteRange | string)[] | null = null
  #piece = 0
  /** Bytes of the whole that have passed. */
  #at = 0
  #refused = false

  constructor(exchange: Exchange, next: Sink<ResponseHead>, max: number | null, serial: () => number) {
    super(exchange, next)
    this.#max = max
    this.#serial = serial
  }

  override head(head: ResponseHead, source: Source): void {
    if (head.ranges === 'none' || head.status !== 200 || head.length === UNKNOWN_LENGTH || this.#max === 0)
      return this.next.head(head, source)
    const { fields } = this.exchange.request
    const asked = fields.get('Range')
    const validators = {
      lastModified: parseHttpDate(head.fields.get('Last-Modified') ?? ''),
      etag: head.fields.get('ETag') ?? null,
    }
    const ranges =
      asked === undefined || !rangeStillApplies(fields, validators)
        ? 'whole'
        : parseRanges(asked, head.length, head.ranges === 'one' ? 1 : this.#max)
    if (ranges === 'unsatisfiable') return this.#refuse(head.length, source)
    if (ranges === 'whole' || !ascending(ranges)) head.fields.set('Accept-Ranges', 'bytes')
    else this.#cut(head, ranges)
    this.next.head(head, source)
  }

  override body(part: Uint8Array): boolean {
    if (this.#pieces === null) return this.#refused || this.next.body(part)
    const from = this.#at
    const to = (this.#at += part.length)
    let goOn = true
    for (; ; this.#piece++) {
      const piece = this.#pieces[this.#piece]
      if (piece === undefined) return goOn
      if (typeof piece === 'string') {
        goOn = this.next.body(Buffer.from(piece, 'latin1'))
        continue
      }
      if (piece.start < to && piece.end > from)
        goOn = this.next.body(part.subarray(Math.max(0, piece.start - from), Math.min(to, piece.end) - from))
      if (piece.end > to) return goOn
    }
  }

  override flush(): void {
    if (!this.#refused) this.next.flush()
  }

  override end(trailers?: Fields): void {
    if (!this.#refused) this.next.end(trailers)
  }

  #cut(head: ResponseHead, ranges: readonly ByteRange[]): void {
    const whole = head.length
    head.status = 206
    head.reason = ''
    head.fields.remove('Accept-Ranges')
    if (ranges.length === 1) {
      const range = ranges[0]!
      head.length = range.end - range.start
      head.fields.set('Content-Range', contentRange(range, whole))
      this.#pieces = ranges
      return
    }
    const multipart = framePieces(ranges, whole, head.fields.get('Content-Type') ?? '', this.#serial())
    head.length = multipart.length
    head.fields.set('Content-Type', multipart.type)
    this.#pieces = multipart.pieces
  }

  #refuse(length: number, source: Source): void {
    this.#refused = true
    source.cancel(failure('not_wanted'))
    const fields = new Fields()
    fields.add('Content-Range', unsatisfiedRange(length))
    this.exchange.loop.proceed(this.exchange, { kind: 'reply', status: 416, fields })
  }
}

/** Parts of what passes by can only be had in its order. */
function ascending(ranges: readonly ByteRange[]): boolean {
  return ranges.every((range, i) => i === 0 || range.start >= ranges[i - 1]!.end)
}
