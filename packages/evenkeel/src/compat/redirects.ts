/**
 * Following redirects of a target. A body may be wanted again by the next one, so it is kept while it is short; a longer
 * one ends the chase, and the client gets the redirect itself.
 */
import { request as plainRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as secureRequest, type RequestOptions } from 'node:https'
import { isSecureProtocol } from './options.ts'

const MOST = 20
const KEPT = 1024 * 1024

export interface Chase {
  readonly target: URL
  readonly outgoing: RequestOptions
  /** Each further request, before it is sent. */
  sent(request: ClientRequest): void
  answered(answer: IncomingMessage): void
}

/** Keeps what goes through, up to a length; null: it was longer. */
export class KeptBody {
  #parts: Buffer[] | null = []
  #length = 0

  add(part: Uint8Array): void {
    this.#length += part.length
    if (this.#length > KEPT) this.#parts = null
    else this.#parts?.push(Buffer.from(part))
  }

  get bytes(): Buffer | null {
    return this.#parts === null ? null : Buffer.concat(this.#parts)
  }
}

export function follow(answer: IncomingMessage, body: KeptBody, chase: Chase, left: number = MOST): void {
  const { location } = answer.headers
  const status = answer.statusCode ?? 0
  const next = location === undefined ? null : URL.parse(location, chase.target)
  const kept = body.bytes
  const again = status === 307 || status === 308
  const follows = again || status === 301 || status === 302 || status === 303
  if (!follows || next === null || !/^https?:$/.test(next.protocol) || left === 0 || (again && kept === null))
    return chase.answered(answer)
  answer.resume()
  const headers = { ...chase.outgoing.headers } as Record<string, string | string[] | undefined>
  headers['host'] = next.host
  let { method } = chase.outgoing
  if (!again && method !== 'HEAD') {
    method = 'GET'
    for (const name of ['content-length', 'content-type', 'transfer-encoding']) delete headers[name]
  }
  const away = next.host !== chase.target.host || (chase.target.protocol === 'https:' && next.protocol !== 'https:')
  // What was for one host is not shown to another.
  if (away) for (const name of ['authorization', 'cookie', 'proxy-authorization']) delete headers[name]
  const { auth, socketPath: _, agent, ...same } = chase.outgoing
  const outgoing: RequestOptions = {
    ...same,
    ...(away || auth === undefined ? {} : { auth }),
    ...(next.protocol === chase.target.protocol && agent !== undefined ? { agent } : { agent: false }),
    method: method ?? 'GET',
    host: next.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(next.port) || (isSecureProtocol(next.protocol) ? 443 : 80),
    path: next.pathname + next.search,
    headers,
  }
  const request = (isSecureProtocol(next.protocol) ? secureRequest : plainRequest)(outgoing)
  chase.sent(request)
  request.on('response', answer => follow(answer, body, { ...chase, target: next, outgoing }, left - 1))
  request.end(again ? kept : undefined)
}
