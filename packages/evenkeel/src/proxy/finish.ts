/**
 * The one place where an exchange ends: its body is let go, its log lines are written. Whoever served it calls this
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
  exchange.body.discard()
  const { route, parent } = exchange
  const logs = parent === null ? route.logs : route.subrequestLogs
  for (let i = 0; i < logs.length; i++) logs[i]!(exchange)
}
