/**
 * Who may see and change the state of the balancer where the configuration does not say it: programs on this machine.
 *
 * A page in a browser on this machine is no such program, though it connects from here: by a name that its author points
 * at 127.0.0.1 it could read what is answered, and it could send requests that change things (DNS rebinding, CSRF).
 * Hence names count: an address, localhost or the server's own name.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { ipBytes } from '../../exchange/ip-address.ts'
import type { Settings } from '../../model/settings.ts'

/** Whether something else says who may ask: rules, a password, a token, a certificate. */
export function saysWho(settings: Settings): boolean {
  const { access, authBasic, authJwt, sslVerifyClient } = settings
  return access.length > 0 || authBasic !== 'off' || authJwt !== 'off' || sslVerifyClient === 'on'
}

/** Why a request is refused; null: it is not. */
export function refusal(exchange: Exchange, guarded: boolean, writes: boolean): string | null {
  if (!guarded) {
    if (!isLocal(exchange.connection.remoteAddress) || !isLocal(exchange.remoteAddress) || isPassedOn(exchange)) {
      return 'only clients on this machine may ask: say who else may with allow, auth_basic or auth_jwt'
    }
    if (!isOwnName(exchange)) return `unknown host "${exchange.host}": use an address, localhost or the server_name`
  }
  const origin = writes ? exchange.request.fields.get('origin') : undefined
  if (origin === undefined) return null
  if (!isOwnName(exchange) || !isSameOrigin(exchange, origin)) return 'pages of other sites may not change anything'
  return null
}

function isLocal(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address === 'unix:' || address.startsWith('::ffff:127.')
}

/** A proxy on this machine asks for somebody who may be anywhere. */
function isPassedOn({ connection, request }: Exchange): boolean {
  return connection.proxied !== null || PASSED_ON.some(name => request.fields.has(name))
}

const PASSED_ON: readonly string[] = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

function isOwnName(exchange: Exchange): boolean {
  const { host } = exchange.request
  if (host === '' || host === 'localhost' || host.endsWith('.localhost')) return true
  const bare = host.startsWith('[') ? host.slice(1, -1) : host
  return host === exchange.server.name || ipBytes(bare) !== undefined
}

function isSameOrigin(exchange: Exchange, origin: string): boolean {
  const { host, port } = exchange.request
  const { secure } = exchange.connection
  const scheme = secure ? 'https' : 'http'
  const usual = secure ? '443' : '80'
  const shown = port === '' || port === usual ? '' : `:${port}`
  return origin.toLowerCase() === `${scheme}://${host}${shown}`
}
