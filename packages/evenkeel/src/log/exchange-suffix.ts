/** What error logs say about whom a message is about: connection, server, request, upstream. */
import type { ClientConnection, Exchange } from '../exchange/exchange.ts'
import { FieldName, fieldValue } from '../route/field-value.ts'
import { requestLine, requestUri } from '../route/variables/request-variables.ts'

const host = new FieldName('host')
const referer = new FieldName('referer')

/** `, client: …, server: …, request: "…", upstream: "…", host: "…"`. `upstreamUrl` as it was asked for, if known. */
export function exchangeSuffix(exchange: Exchange, upstreamUrl: string = lastUrl(exchange)): string {
  const { request } = exchange
  const line = requestLine(exchange)
  const named = fieldValue(request.fields, host, ', ') ?? (request.version >= 20 ? request.authority : '')
  const from = fieldValue(request.fields, referer, ', ')
  return (
    `, client: ${exchange.remoteAddress}, server: ${exchange.server.name}` +
    (line === undefined ? '' : `, request: "${line}"`) +
    (exchange.parent === null ? '' : `, subrequest: "${exchange.uri}"`) +
    (upstreamUrl === '' ? '' : `, upstream: "${upstreamUrl}"`) +
    (named === '' ? '' : `, host: "${named}"`) +
    (from === undefined ? '' : `, referrer: "${from}"`)
  )
}

/** The whole message about an exchange: `*CONNECTION text, client: …`. */
export function exchangeMessage(exchange: Exchange, text: string): string {
  return `*${exchange.connection.serial} ${text}${exchangeSuffix(exchange)}`
}

/** The same for a connection that no request has been read from. */
export function connectionMessage(
  connection: Pick<ClientConnection, 'serial' | 'remoteAddress' | 'localAddress' | 'localPort'>,
  text: string,
): string {
  const { serial, remoteAddress, localAddress, localPort } = connection
  const server =
    localPort > 0 ? `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}` : localAddress
  return `*${serial} ${text}, client: ${remoteAddress}, server: ${server}`
}

/** The peer tried last; '' when none was. */
function lastUrl(exchange: Exchange): string {
  const attempt = exchange.attempts.at(-1)
  if (attempt === undefined) return ''
  const { address, secure } = attempt
  const asked = exchange.parent === null ? (requestUri(exchange) ?? '') : exchange.uri
  return `${secure ? 'https' : 'http'}://${address}${address.startsWith('unix:') ? ':' : ''}${asked}`
}
