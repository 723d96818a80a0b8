/** Calls of gRPC-Web as gRPC servers want to see them (grpc_web): the request's side of the translation. */
import type { Exchange } from '../../exchange/exchange.ts'
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import { RequestHead, UNKNOWN_LENGTH } from '../../exchange/head.ts'
import type { Sink } from '../../exchange/sink.ts'
import { Base64Reader, readWebType } from '../../wire/grpc-web.ts'
import type { ForwardSettings } from './forward-settings.ts'

/** The same for other requests; for those of gRPC-Web what it means to a server. */
export function translateRequests(make: ForwardSettings['request']): ForwardSettings['request'] {
  return (exchange, target) => {
    const head = make(exchange, target)
    const web = readWebType(exchange.request.fields.get('content-type'))
    if (web === null) return head
    const { method, target: path, version, fields, authority } = head
    fields.hideAlso = [...fields.hideAlso, 'content-type', 'te']
    fields.before = ['content-type', `application/grpc${web.rest}`, 'te', 'trailers', ...others(fields.before)]
    // Base64 is longer than what it says.
    const length = web.text && head.length !== 0 ? UNKNOWN_LENGTH : head.length
    const translated = new RequestHead(method, path, version, fields, length, true)
    translated.authority = authority
    return translated
  }
}

/** The same pairs of name and value without those that are said anew. */
function others(pairs: readonly string[]): string[] {
  return pairs.filter((_, i) => !/^(?:content-type|te)$/i.test(pairs[i - (i % 2)]!))
}

/** Where the body of a request is to go: what is text on its way becomes bytes. */
export function translateBody(exchange: Exchange, sink: Sink<RequestHead>): Sink<RequestHead> {
  const web = readWebType(exchange.request.fields.get('content-type'))
  return web?.text === true ? new TextSink(sink) : sink
}

class TextSink implements Sink<RequestHead> {
  readonly #next: Sink<RequestHead>
  readonly #reader = new Base64Reader()
  #over = false

  constructor(next: Sink<RequestHead>) {
    this.#next = next
  }

  interim(): void {}

  head(): void {}

  body(part: Uint8Array): boolean {
    if (this.#over) return true
    const bytes = this.#reader.read(part)
    if (bytes !== null) return bytes.length === 0 || this.#next.body(bytes)
    this.#malformed()
    return true
  }

  flush(): void {
    if (!this.#over) this.#next.flush()
  }

  end(trailers?: Fields): void {
    if (this.#over) return
    if (this.#reader.whole) this.#next.end(trailers)
    else this.#malformed()
  }

  abort(problem: Failure): void {
    if (!this.#over) this.#next.abort(problem)
  }

  #malformed(): void {
    this.#over = true
    this.#next.abort(failure('malformed_request', 'the body is no base64'))
  }
}
