/**
 * Writes one response after the other in HTTP/1: how its body is framed, what its head says of that and of the
 * connection. It knows nothing of requests that are read meanwhile.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Fields } from '../../exchange/fields.ts'
import { hasBody, UNKNOWN_LENGTH, type ResponseHead } from '../../exchange/head.ts'
import type { Channel } from '../../net/channel.ts'
import { LAST_CHUNK, statusLine, trailerText } from '../../wire/http1/writer.ts'
import type { Ports } from '../ports.ts'
import { Gather } from './gather.ts'

/** How the client is to find the end of the body: `none` there is no body, `close` by the end of the connection. */
type Framing = 'length' | 'chunked' | 'close' | 'none'

export class ResponseWriter {
  readonly #gather: Gather
  readonly #ports: Ports
  #framing: Framing = 'none'
  #remaining = 0
  /** A head was written for the exchange at hand. */
  begun = false

  constructor(channel: Channel, ports: Ports) {
    this.#gather = new Gather(channel)
    this.#ports = ports
  }

  get endsByClosing(): boolean {
    return this.#framing === 'close'
  }

  /** Before each exchange. */
  reset(): void {
    this.begun = false
    this.#framing = 'none'
    this.#gather.drop()
    this.#gather.sent = 0
  }

  interim(head: ResponseHead): void {
    this.#gather.add(statusLine(head.status, head.reason) + head.fields.render() + '\r\n')
    this.#gather.flush()
  }

  /** Chooses the framing; with `close` the connection can't be kept. */
  frame(exchange: Exchange, head: ResponseHead): void {
    if (!hasBody(head.status, exchange.request.method)) this.#framing = 'none'
    else if (head.length !== UNKNOWN_LENGTH) {
      this.#framing = 'length'
      this.#remaining = head.length
    } else if (exchange.request.version >= 11 && exchange.route.client.chunkedResponses) this.#framing = 'chunked'
    else {
      this.#framing = 'close'
      exchange.keep = false
    }
  }

  head(exchange: Exchange, head: ResponseHead): void {
    this.begun = true
    let text = statusLine(head.status, head.reason) + this.#ownFields(exchange, head) + head.fields.render()
    if (this.#framing === 'chunked') text += 'Transfer-Encoding: chunked\r\n'
    else if (head.length !== UNKNOWN_LENGTH && head.status !== 204) text += 'Content-Length: ' + head.length + '\r\n'
    this.#gather.add(text + connectionLines(exchange))
  }

  /** The head of a 101: what follows is not HTTP any more. */
  switching(exchange: Exchange, head: ResponseHead): void {
    this.begun = true
    const upgrade = head.upgrade === '' || head.fields.has('upgrade') ? '' : `Upgrade: ${head.upgrade}\r\n`
    const text = statusLine(head.status, head.reason) + this.#ownFields(exchange, head) + head.fields.render()
    // The answer to CONNECT names no protocol, and has neither length nor end (RFC 9110, 9.3.6).
    this.#gather.add(text + (head.status === 101 ? upgrade + 'Connection: upgrade\r\n' : '') + '\r\n')
    this.flush(exchange)
  }

  body(exchange: Exchange, part: Uint8Array): void {
    if (this.#framing === 'none') return
    if (this.#framing === 'length') {
      // A body longer than announced would be read as the next response: it is cut to what was said.
      if (part.length > this.#remaining) part = part.subarray(0, this.#remaining)
      this.#remaining -= part.length
    }
    if (part.length === 0) return
    exchange.bodyBytesSent += part.length
    this.#gather.part(part, this.#framing === 'chunked')
  }

  /** Answers false when the body falls short of what was announced: there is no end to write then. */
  end(exchange: Exchange, trailers: Fields | undefined): boolean {
    if (this.#framing === 'length' && this.#remaining > 0) return false
    if (this.#framing === 'chunked') {
      this.#gather.add(trailers === undefined ? LAST_CHUNK : trailerText(trailers))
    }
    this.flush(exchange)
    return true
  }

  flush(exchange: Exchange): void {
    this.#gather.flush()
    exchange.bytesSent = this.#gather.sent
  }

  #ownFields(exchange: Exchange, head: ResponseHead): string {
    const token = exchange.route.client.serverToken
    const server = head.addServer && token !== null ? token : ''
    return head.addDate ? server + this.#ports.dateLine() : server
  }
}

function connectionLines(exchange: Exchange): string {
  if (!exchange.keep) return 'Connection: close\r\n\r\n'
  // HTTP/1.1 keeps by default, yet nginx says so and its clients look for it.
  const seconds = exchange.route.client.keepaliveHeaderSeconds
  return seconds > 0
    ? `Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n\r\n`
    : 'Connection: keep-alive\r\n\r\n'
}
