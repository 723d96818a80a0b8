/**
 * A Sink before a Sink that passes everything on: what filters of responses are made of. Each changes the calls it is
 * about, and one whose response is none of its business is left as it is.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { Failure } from '../exchange/failure.ts'
import type { Fields } from '../exchange/fields.ts'
import type { ResponseHead } from '../exchange/head.ts'
import type { Sink, Source } from '../exchange/sink.ts'

export abstract class PassSink implements Sink<ResponseHead> {
  protected readonly exchange: Exchange
  protected readonly next: Sink<ResponseHead>

  constructor(exchange: Exchange, next: Sink<ResponseHead>) {
    this.exchange = exchange
    this.next = next
  }

  interim(head: ResponseHead): void {
    this.next.interim(head)
  }

  head(head: ResponseHead, source: Source): void {
    this.next.head(head, source)
  }

  body(part: Uint8Array): boolean {
    return this.next.body(part)
  }

  flush(): void {
    this.next.flush()
  }

  end(trailers?: Fields): void {
    this.next.end(trailers)
  }

  abort(failure: Failure): void {
    this.next.abort(failure)
  }
}
