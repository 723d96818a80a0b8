/**
 * The one place where an exchange ends: its body is let go, its log lines are written. Whoever served it calls this
 * exactly once; a second call does nothing, so that a connection that dies in the middle of ending is harmless.
 */
import type { Exchange } from '../exchange/exchange.ts'

export function finish(exchange: Exchange): void {
  if (exchange.ended) return
  exchange.ended = true
  exchange.work = null
  exchange.body.discard()
  const logs = exchange.route.logs
  for (let i = 0; i < logs.length; i++) logs[i]!(exchange)
  if (exchange.holds !== null) for (const hold of exchange.holds) hold.release()
}
