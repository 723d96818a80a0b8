/**
 * The one place where an exchange ends: its log lines are written, its body is let go. Whoever served it calls this
 * exactly once; a second call does nothing, so that a connection that dies in the middle of ending is harmless.
 */
import type { Exchange } from '../exchange/exchange.ts'
import { startPostAction } from './post-action.ts'

export function finish(exchange: Exchange): void {
  if (exchange.ended) return
  exchange.ended = true
  exchange.work = null
  const { route, parent } = exchange
  if (route.postAction !== null && parent === null) startPostAction(exchange, route.postAction, close)
  else close(exchange)
}

function close(exchange: Exchange): void {
  exchange.ended = true
  exchange.work = null
  const { route, parent } = exchange
  const logs = parent === null ? route.logs : route.subrequestLogs
  for (let i = 0; i < logs.length; i++) logs[i]!(exchange)
  // Behind the logs, which may show it ($request_body).
  exchange.body.discard()
  if (exchange.holds !== null) for (const hold of exchange.holds) hold.release()
}
