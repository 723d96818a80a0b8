/**
 * Fields that are about one connection and not about the message (RFC 9110, 7.6.1).
 *
 * They stay readable in a request, for variables, and are hidden when it is forwarded: an origin must hear the framing
 * that we chose, never the client's own words for it.
 */
import { NameSet } from '../../exchange/name-set.ts'

/** Names of a request that never go to an origin unless the configuration sets them. */
export const hopByHop: NameSet = new NameSet([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'upgrade',
  'expect',
  'content-length',
  'transfer-encoding',
])

/**
 * Whether a `Connection` field may have this field dropped. Without the exceptions a client could make us drop what
 * the origin decides by: who it is, where it came from, what the body is.
 */
export function mayBeNominated(name: string): boolean {
  return !endToEnd.has(name) && !name.startsWith('x-forwarded-')
}

const endToEnd: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'forwarded',
  'host',
  'location',
  'range',
  'set-cookie',
  'transfer-encoding',
  'vary',
  'via',
  'www-authenticate',
  'x-real-ip',
])
