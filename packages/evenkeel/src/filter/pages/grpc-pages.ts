/**
 * Our own errors in the words of gRPC, for clients that speak it: an answer that is nothing but trailers, with a status
 * they know. nginx answers them with a page and 502, out of which a client makes a status by itself; that one has no
 * message, and a deadline that passed looks to it like a server that is down.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { failures } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import type { Reply } from '../../exchange/outcome.ts'
import type { BuiltinPages } from './builtin-pages.ts'

const UNKNOWN = 2
const DEADLINE_EXCEEDED = 4
/** What clients make of a status of HTTP (gRPC over HTTP/2, "HTTP to gRPC status code mapping"); others are unknown. */
const STATUS: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  413: 8,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
}

const HTTP2 = 20
const grpc = /^application\/grpc(-web(?:-text)?)?(?:$|[+;])/i

export class GrpcPages {
  readonly #pages: Pick<BuiltinPages, 'replyFor'>

  constructor(pages: Pick<BuiltinPages, 'replyFor'>) {
    this.#pages = pages
  }

  replyFor(exchange: Exchange, status: number, fields?: Fields): Reply {
    const { request, failure } = exchange
    const type = request.fields.get('content-type')
    const found = type === undefined ? null : grpc.exec(type)
    // Pages may speak any version.
    const speaks = found !== null && (request.version === HTTP2 || found[1] !== undefined)
    if (type === undefined || !speaks || status < 400) return this.#pages.replyFor(exchange, status, fields)
    const late = failure?.code === 'deadline_exceeded'
    const told = fields ?? new Fields()
    told.before.push('content-type', type)
    told.add('grpc-status', String(late ? DEADLINE_EXCEEDED : (STATUS[status] ?? UNKNOWN)))
    told.add('grpc-message', failure === null ? `HTTP status ${status}` : failures[failure.code].text)
    return { kind: 'reply', status: 200, body: '', type: null, fields: told }
  }
}
