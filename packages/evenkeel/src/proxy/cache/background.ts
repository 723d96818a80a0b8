/**
 * A request that nobody waits for: asks the origin for a response to store, like one that a client sent.
 */
import { Exchange } from '../../exchange/exchange.ts'
import type { RequestBody } from '../../exchange/request-body.ts'
import { settledSource, type Sink } from '../../exchange/sink.ts'
import type { ResponseHead } from '../../exchange/head.ts'

/** A copy of the exchange without its client; it is not logged. */
export function backgroundOf(exchange: Exchange, nowMs: number): Exchange {
  const nobody = new Nobody()
  const { connection, request, loop, server, route } = exchange
  const copy = new Exchange(connection, request, loop, nobody, noBody, server, route, nowMs)
  nobody.exchange = copy
  copy.host = exchange.host
  copy.uri = exchange.uri
  copy.args = exchange.args
  copy.method = exchange.method
  copy.uriChanged = exchange.uriChanged
  copy.rewritten = exchange.rewritten
  copy.internal = true
  // An error page would only be made for nobody.
  copy.inErrorPage = true
  copy.captures = exchange.captures
  copy.values = exchange.values === null ? null : exchange.values.slice()
  copy.remoteAddress = exchange.remoteAddress
  copy.remotePort = exchange.remotePort
  copy.remoteUser = exchange.remoteUser
  return copy
}

class Nobody implements Sink<ResponseHead> {
  exchange: Exchange | null = null

  interim(): void {}
  head(): void {}
  body(): boolean {
    return true
  }
  flush(): void {}
  end(): void {
    if (this.exchange !== null) this.exchange.ended = true
  }
  abort(): void {
    if (this.exchange !== null) this.exchange.ended = true
  }
}

const noBody: RequestBody = {
  length: 0,
  collected: true,
  spent: false,
  file: '',
  collect: done => done(null),
  sendTo: () => settledSource,
  bytes: () => undefined,
  discard() {},
}
