/** Variables about what the client asked: request line, fields, URI, body. */
import type { Exchange } from '../../exchange/exchange.ts'
import { UNKNOWN_LENGTH } from '../../exchange/head.ts'
import { mainOf } from '../../exchange/subrequest.ts'
import { FieldName, fieldValue } from '../field-value.ts'
import { argument, cookie } from '../uri-args.ts'
import { seconds } from '../time-text.ts'
import { plain, type FamilyMaker, type VariableMaker } from './variable-maker.ts'

const contentLength = new FieldName('content_length')
const contentType = new FieldName('content_type')
const cookies = new FieldName('cookie')
const authorization = new FieldName('authorization')
const proxyAuthorization = new FieldName('proxy_authorization')
const forwardedFor = new FieldName('x_forwarded_for')
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i

export const requestVariables: Readonly<Record<string, VariableMaker>> = {
  request: plain(requestLine),
  // A subrequest's own method is nobody's to see: the client's request is asked for.
  request_method: plain(exchange => (exchange.parent === null ? exchange : mainOf(exchange)).method),
  request_uri: plain(requestUri),
  server_protocol: plain(exchange => protocol(exchange.request.version)),
  uri: plain(exchange => exchange.uri),
  document_uri: plain(exchange => exchange.uri),
  args: plain(args),
  query_string: plain(args),
  is_args: plain(exchange => (exchange.args === '' ? '' : '?')),
  host: plain(exchange => exchange.host || exchange.server.name),
  request_port: plain(exchange => exchange.request.port),
  is_request_port: plain(exchange => (exchange.request.port === '' ? '' : ':')),
  content_length: plain(({ request }) => {
    const field = fieldValue(request.fields, contentLength, ', ')
    // HTTP/2 bodies may have a length that no field told.
    return field ?? (request.length > 0 ? String(request.length) : undefined)
  }),
  content_type: plain(({ request }) => fieldValue(request.fields, contentType, ', ')),
  remote_user: plain(exchange => exchange.remoteUser || basicUser(exchange)),
  proxy_add_x_forwarded_for: plain(exchange => {
    const chain = fieldValue(exchange.request.fields, forwardedFor, ', ')
    return chain === undefined ? exchange.remoteAddress : chain + ', ' + exchange.remoteAddress
  }),
  request_body: plain(requestBody),
  request_body_file: plain(exchange => exchange.body.file || undefined),
  request_length: plain(exchange => String(exchange.requestBytes)),
  request_time: ({ table }) => {
    const { now } = table.ports
    return exchange => seconds(now() - exchange.startedMs)
  },
}

export const requestFamilies: Readonly<Record<string, FamilyMaker>> = {
  http_: name => {
    const field = new FieldName(name)
    const between = name === 'cookie' ? '; ' : ', '
    if (name !== 'host') return exchange => fieldValue(exchange.request.fields, field, between)
    // In HTTP/2 the authority stands in the place of a Host field.
    return ({ request }) =>
      fieldValue(request.fields, field, between) ?? (request.version >= 20 ? request.authority || undefined : undefined)
  },
  cookie_: name => exchange => {
    const field = fieldValue(exchange.request.fields, cookies, '; ')
    return field === undefined ? undefined : cookie(field, name)
  },
  arg_: name => exchange => (exchange.args === '' || name === '' ? undefined : argument(exchange.args, name)),
}

/** As it came. A line that could not be read has no method, and stands in the target as a whole. */
export function requestLine({ request }: Exchange): string | undefined {
  if (request.method === '') return request.target || undefined
  return request.method + ' ' + request.target + ' ' + protocol(request.version)
}

/** Path and query as they came; of an absolute form without scheme and authority. */
export function requestUri({ request }: Exchange): string | undefined {
  if (request.target.startsWith('/')) return request.target
  const uri = request.hasQuery ? request.path + '?' + request.query : request.path
  return uri === '' ? undefined : uri
}

function protocol(version: number): string {
  if (version === 11) return 'HTTP/1.1'
  return 'HTTP/' + Math.trunc(version / 10) + '.' + (version % 10)
}

/** A `?` with nothing behind it is no arguments, in logs too. */
function args(exchange: Exchange): string | undefined {
  return exchange.args || undefined
}

/** The name in a Basic authorization, checked by nobody here. */
function basicUser({ request }: Exchange): string | undefined {
  const name = request.method === 'CONNECT' ? proxyAuthorization : authorization
  const field = fieldValue(request.fields, name, ', ')
  const match = field === undefined ? null : BASIC.exec(field)
  if (match === null) return undefined
  const user = Buffer.from(match[1]!, 'base64').toString('latin1')
  const end = user.indexOf(':')
  return end < 0 ? undefined : user.slice(0, end)
}

function requestBody({ body }: Exchange): string | undefined {
  if (body.length === UNKNOWN_LENGTH && !body.collected) return undefined
  const bytes = body.bytes()
  if (bytes === undefined || bytes.length === 0) return undefined
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
