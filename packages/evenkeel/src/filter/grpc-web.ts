/**
 * Answers of gRPC servers for pages (grpc_web): trailers become the last frame of the body, since no page sees those of
 * HTTP. An answer that is nothing but its head stays one: its status is in its fields, where clients look as well.
 */
import type { Exchange } from '../exchange/exchange.ts'
import { Fields } from '../exchange/fields.ts'
import { UNKNOWN_LENGTH, type ResponseHead } from '../exchange/head.ts'
import type { BodyFilter } from '../exchange/route.ts'
import type { Sink, Source } from '../exchange/sink.ts'
import { Base64Writer, readWebType, trailersFrame, webTypeOf } from '../wire/grpc-web.ts'
import { PassSink } from './pass-sink.ts'

/** null: off. */
export function compileGrpcWeb(on: boolean): BodyFilter | null {
  if (!on) return null
  return (exchange, next) => {
    const web = readWebType(exchange.request.fields.get('content-type'))
    return web === null ? next : new GrpcWebSink(exchange, next, web.text)
  }
}

class GrpcWebSink extends PassSink {
  readonly #writer: Base64Writer | null
  #translates = false

  constructor(exchange: Exchange, next: Sink<ResponseHead>, text: boolean) {
    super(exchange, next)
    this.#writer = text ? new Base64Writer() : null
  }

  override head(head: ResponseHead, source: Source): void {
    const type = webTypeOf(head.fields.get('content-type'), this.#writer !== null)
    if (type !== null) {
      head.fields.set('content-type', type)
      this.#translates = head.length !== 0
      if (this.#translates) head.length = UNKNOWN_LENGTH
    }
    this.next.head(head, source)
  }

  override body(part: Uint8Array): boolean {
    if (!this.#translates || this.#writer === null) return this.next.body(part)
    const text = this.#writer.write(part)
    return text.length === 0 || this.next.body(text)
  }

  /** What a message leaves over must not wait for the next one. */
  override flush(): void {
    this.#pad()
    this.next.flush()
  }

  override end(trailers?: Fields): void {
    if (!this.#translates) return this.next.end(trailers)
    this.body(trailersFrame(trailers ?? new Fields()))
    this.#pad()
    this.next.end()
  }

  #pad(): void {
    const rest = this.#translates && this.#writer !== null ? this.#writer.rest() : null
    if (rest !== null && rest.length > 0) this.next.body(rest)
  }
}
