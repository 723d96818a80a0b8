/** Puts the slices of one response together: asks for the next when one has ended, and shows what the client asked for. */
import type { Exchange } from '../../exchange/exchange.ts'
import { failure, type Failure } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { ERROR } from '../../exchange/log-level.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'
import type { Subrequest } from '../../exchange/subrequest.ts'
import { rangeStillApplies, type Validators } from '../ranges/conditional.ts'
import { parseHttpDate } from '../fields/http-date.ts'
import { PassSink } from '../pass-sink.ts'
import { contentRange, parseRanges, unsatisfiedRange, type ByteRange } from '../ranges/ranges.ts'
import { sliceRange, type Slicing } from './slice.ts'

export class SliceSink extends PassSink implements Source {
  readonly #slicing: Slicing
  /** What the client gets; null: the response is not in slices. */
  #window: ByteRange | null = null
  #etag: string | undefined
  #length = 0
  /** Where the slice at hand stands, and how far it has come. */
  #start = 0
  #at = 0
  #end = 0
  #source: Source = settledSource
  /** Of the request's own response, which is slice 0. */
  #work: Source | null = null
  #subrequest: Subrequest | null = null
  #over = false
  #slowed = false

  constructor(exchange: Exchange, next: Sink<ResponseHead>, slicing: Slicing) {
    super(exchange, next)
    this.#slicing = slicing
  }

  override head(head: ResponseHead, source: Source): void {
    const asked = this.#slicing.taken(this.exchange)
    if (asked === '' || head.status !== 206) return this.next.head(head, source)
    this.#source = source
    this.#start = Number(/\d+/.exec(asked)![0])
    const problem = this.#accept(head, true)
    if (problem !== null) {
      source.cancel(failure('unexpected_slice'))
      return this.exchange.loop.proceed(this.exchange, failure('unexpected_slice', problem))
    }
    this.#show(head, source)
  }

  override body(part: Uint8Array): boolean {
    return this.#window === null ? this.next.body(part) : this.#part(part)
  }

  override end(trailers?: Fields): void {
    if (this.#window === null) this.next.end(trailers)
    else this.#sliceEnded()
  }

  override abort(problem: Failure): void {
    this.#over = true
    this.next.abort(problem)
  }

  // === Source: the client's side

  pause(): void {
    this.#slowed = true
    this.#source.pause()
  }

  resume(): void {
    this.#slowed = false
    this.#source.resume()
  }

  cancel(problem: Failure): void {
    if (this.#over) return
    this.#over = true
    const subrequest = this.#subrequest
    if (subrequest !== null) subrequest.cancel(problem)
    else this.#source.cancel(problem)
    this.#work?.cancel(problem)
  }

  // === told by the slices that follow

  sliceHead(head: ResponseHead, source: Source): void {
    this.#source = source
    const status = head.status === 206 ? null : `unexpected status code ${head.status} in slice response`
    const problem = status ?? this.#accept(head, false)
    if (problem === null) {
      if (this.#slowed) source.pause()
      return
    }
    this.exchange.route.errorLog.tell(this.exchange, ERROR, problem)
    this.#fail(failure('unexpected_slice', problem))
  }

  sliceBody(part: Uint8Array): boolean {
    return this.#over ? true : this.#part(part)
  }

  sliceEnded(): void {
    if (!this.#over) this.#sliceEnded()
  }

  sliceFailed(problem: Failure): void {
    this.#fail(problem)
  }

  /** What is wrong with the head of a slice; null: nothing. */
  #accept(head: ResponseHead, first: boolean): string | null {
    const { fields } = head
    const text = fields.get('Content-Range') ?? ''
    const [, from, to, length] = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(text) ?? []
    const [start, end, whole] = [Number(from), Number(to) + 1, Number(length)]
    if (![start, end, whole].every(Number.isSafeInteger)) return `invalid range in slice response: "${text}"`
    const etag = fields.get('ETag')
    if (first) {
      this.#etag = etag
      this.#length = whole
    } else if (etag !== this.#etag || whole !== this.#length) return 'etag mismatch in slice response'
    const expected = Math.min(this.#start + this.#slicing.size, whole)
    if (start !== this.#start || end !== expected) return `unexpected range in slice response: ${start}-${end}`
    this.#at = start
    this.#end = end
    return null
  }

  /** The head of the whole, or of what the client wants of it. */
  #show(head: ResponseHead, source: Source): void {
    const { exchange } = this
    const { fields } = head
    const length = this.#length
    const validators: Validators = {
      etag: this.#etag ?? null,
      lastModified: parseHttpDate(fields.get('Last-Modified') ?? ''),
    }
    const range = exchange.request.fields.get('Range')
    const applies = range !== undefined && rangeStillApplies(exchange.request.fields, validators)
    const ranges = applies ? parseRanges(range, length, 1) : 'whole'
    if (ranges === 'unsatisfiable') {
      source.cancel(failure('unexpected_slice'))
      const told = new Fields()
      told.add('Content-Range', unsatisfiedRange(length))
      return exchange.loop.proceed(exchange, { kind: 'reply', status: 416, fields: told })
    }
    const start = ranges === 'whole' ? 0 : ranges[0]!.start
    if (start < this.#start) {
      source.cancel(failure('unexpected_slice'))
      return exchange.loop.proceed(exchange, failure('unexpected_slice', 'its first byte is not where it was expected'))
    }
    fields.remove('Content-Range')
    fields.remove('Accept-Ranges')
    head.reason = ''
    if (ranges === 'whole') {
      this.#window = { start: 0, end: length }
      head.status = 200
      fields.add('Accept-Ranges', 'bytes')
    } else {
      this.#window = ranges[0]!
      fields.add('Content-Range', contentRange(this.#window, length))
    }
    head.length = this.#window.end - this.#window.start
    this.next.head(head, this)
  }

  /** Bytes of the slice at hand, as far as the client wants them. */
  #part(part: Uint8Array): boolean {
    const window = this.#window!
    const from = Math.max(0, window.start - this.#at)
    const to = Math.min(part.length, window.end - this.#at)
    this.#at += part.length
    if (from >= to) return true
    return this.next.body(to - from === part.length ? part : part.subarray(from, to))
  }

  #sliceEnded(): void {
    const window = this.#window!
    const { size, part, subrequests } = this.#slicing
    if (this.exchange.method === 'HEAD') return this.next.end()
    if (this.#at !== this.#end) return this.#fail(failure('truncated_response'))
    this.#subrequest = null
    // The range of a request may begin far behind the first slice, where only the length told it.
    const start = Math.max(this.#end, window.start - (window.start % size))
    if (this.#end >= window.end || part === null) {
      this.#over = true
      this.#release()
      return this.next.end()
    }
    const { exchange } = this
    this.#start = start
    this.#slicing.offer(exchange, sliceRange(start, size))
    if (this.#work === null) {
      this.#work = exchange.work ?? settledSource
      exchange.work = this
    }
    const { uri, args, method } = exchange
    const subrequest = subrequests.open(exchange, { uri, args, method, body: true, route: part }, new SlicePart(this))
    if (subrequest === null) return this.#fail(failure('internal'))
    this.#subrequest = subrequest
    this.#source = subrequest
    subrequest.start()
  }

  #fail(problem: Failure): void {
    if (this.#over) return
    this.#over = true
    this.#subrequest?.cancel(problem)
    this.#release()
    this.exchange.failure ??= problem
    this.next.abort(problem)
  }

  #release(): void {
    if (this.exchange.work === this) this.exchange.work = this.#work
  }
}

class SlicePart implements Sink<ResponseHead> {
  readonly #whole: SliceSink

  constructor(whole: SliceSink) {
    this.#whole = whole
  }

  interim(): void {}

  head(head: ResponseHead, source: Source): void {
    this.#whole.sliceHead(head, source)
  }

  body(part: Uint8Array): boolean {
    return this.#whole.sliceBody(part)
  }

  flush(): void {
    this.#whole.flush()
  }

  end(): void {
    this.#whole.sliceEnded()
  }

  abort(problem: Failure): void {
    this.#whole.sliceFailed(problem)
  }
}
