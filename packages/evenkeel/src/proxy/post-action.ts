/**
 * `post_action`: after a response has ended, however it ended, the request is led to another location, whose answer
 * nobody gets. The log line is that location's to write, once, with the status the client was told.
 *
 * The exchange itself has ended: what still hangs on it must not come alive again. So another one takes its place.
 */
import { Exchange } from '../exchange/exchange.ts'
import type { Redirect } from '../exchange/outcome.ts'
import type { Sink } from '../exchange/sink.ts'
import type { ResponseHead } from '../exchange/head.ts'
import { noBody } from './body/no-body.ts'

/** `close` is called once, when it is over. */
export function startPostAction(ended: Exchange, action: Redirect, close: (exchange: Exchange) => void): void {
  const { connection, request, loop, server, route, startedMs } = ended
  const sink = new Nowhere()
  const body = ended.body.collected && !ended.body.spent ? ended.body : noBody
  if (body === noBody) ended.body.discard()
  const after = new Exchange(connection, request, loop, sink, body, server, route, startedMs)
  const { client, reply } = after
  Object.assign(after, ended, { client, reply, body, ended: false, work: null, redirects: 0 })
  sink.exchange = after
  sink.close = close
  loop.proceed(after, action)
}

class Nowhere implements Sink<ResponseHead> {
  exchange: Exchange | null = null
  close: ((exchange: Exchange) => void) | null = null
  interim(): void {}
  head(): void {}
  body(): boolean {
    return true
  }
  flush(): void {}
  end(): void {
    this.#over()
  }
  abort(): void {
    this.#over()
  }

  #over(): void {
    const { exchange, close } = this
    this.close = null
    if (exchange !== null) close?.(exchange)
  }
}
