/**
 * The value of a Location field.
 *
 * A path becomes a whole URL by default (absolute_redirect), with the host the client asked for and the port it
 * reached, unless that is the scheme's own. A URL stays as it is.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { Fields } from '../../exchange/fields.ts'
import type { Reply } from '../../exchange/outcome.ts'
import type { Settings } from '../../model/settings.ts'
import { escapeUnsafe } from './safe-value.ts'

export type LocationOf = (exchange: Exchange, location: string) => string

export function compileLocationField(
  settings: Pick<Settings, 'absoluteRedirect' | 'portInRedirect' | 'serverNameInRedirect'>,
): LocationOf {
  const { absoluteRedirect, portInRedirect, serverNameInRedirect } = settings
  return (exchange, location) => {
    const safe = escapeUnsafe(location)
    if (!absoluteRedirect || safe.charCodeAt(0) !== SLASH) return safe
    const { connection, request, server } = exchange
    const host = serverNameInRedirect ? server.name : request.host || localHost(connection.localAddress)
    const usual = connection.secure ? 443 : 80
    // A Unix socket has no port to tell.
    const port = portInRedirect && connection.localPort > 0 && connection.localPort !== usual
    return `${connection.secure ? 'https' : 'http'}://${host}${port ? `:${connection.localPort}` : ''}${safe}`
  }
}

/** Sends the client elsewhere. An empty location sends none. */
export function redirectReply(status: number, location: string): Reply {
  const fields = new Fields()
  if (location !== '') fields.add('Location', location)
  return { kind: 'reply', status, fields }
}

/** Statuses whose text is a place to go to. */
export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

function localHost(address: string): string {
  return address.includes(':') && !address.startsWith('unix:') ? `[${address}]` : address
}

const SLASH = 0x2f
