/**
 * What the loop needs from the configuration to answer by itself: a port, since pages and redirects are filter/'s.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { Reply } from '../exchange/outcome.ts'

export interface ReplyPages {
  /** The built-in page for a reply without a body, with its type. */
  page(exchange: Exchange, reply: Reply): Reply
  /** 301 to the same path with a final slash. */
  addSlash(exchange: Exchange): Reply
}
