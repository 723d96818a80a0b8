/**
 * A request that Node's own server received, served by the balancer: for Express, Fastify, Connect, Vite, Next and plain
 * `createServer`. One object stands between the two, and slows whichever side is faster.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Hosted, HostedAnswer, HostedAsk, HostedUser } from '../../worker/hosting.ts'
import { requestText } from './request-text.ts'

/** What a server of requests asks of the worker it has; null: none is live. */
export type Host = (ask: HostedAsk, user: HostedUser, mayPass: boolean) => Hosted | 'passed' | null

/** Called when no location is for the request, or with what keeps it from being served. */
export type Next = (error?: unknown) => void

export function serveNode(host: Host, request: IncomingMessage, response: ServerResponse, next?: Next): void {
  const user = new NodeUser(request, response)
  let hosted: Hosted | 'passed' | null
  try {
    user.check()
    hosted = host(askOf(request, requestText(request, user.untold)), user, next !== undefined)
  } catch (error) {
    return refuse(response, next, error, 500)
  }
  if (hosted === 'passed') return next?.()
  if (hosted === null) return refuse(response, next, new Error('the balancer is closed'), 503)
  user.begin(hosted)
}

export function askOf(request: IncomingMessage, head: string): HostedAsk {
  const { socket } = request
  return {
    head,
    remoteAddress: socket.remoteAddress ?? 'unix:',
    remotePort: socket.remotePort ?? 0,
    localAddress: socket.localAddress ?? '',
    localPort: socket.localPort ?? 0,
    secure: isSecure(socket),
  }
}

export function isSecure(socket: Socket): boolean {
  return 'encrypted' in socket && socket.encrypted === true
}

function refuse(response: ServerResponse, next: Next | undefined, error: unknown, status: number): void {
  if (next !== undefined) return next(error)
  response.statusCode = status
  response.end(`${error instanceof Error ? error.message : String(error)}\n`)
}

class NodeUser implements HostedUser {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #old: boolean
  #hosted: Hosted | null = null
  #reading = false
  #resumed = false

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request
    this.#response = response
    this.#old = request.httpVersionMajor < 2
  }

  /** It has a body whose length no field tells: only HTTP/2 can leave that open. */
  get untold(): boolean {
    const { headers } = this.#request
    if (this.#old || headers['content-length'] !== undefined) return false
    const { stream } = this.#request as IncomingMessage & { readonly stream?: { readonly endAfterHeaders?: boolean } }
    return stream?.endAfterHeaders !== true
  }

  /** Throws when the body has gone elsewhere. */
  check(): void {
    const { headers, readableDidRead } = this.#request
    const body = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
    if (readableDidRead && body)
      throw new Error(
        'the body of the request was read before it came here: let the balancer stand before body parsers',
      )
  }

  begin(hosted: Hosted): void {
    const response = this.#response
    this.#hosted = hosted
    // It may have been answered, or its body wanted, before there was anything to hold.
    response.on('drain', () => hosted.resume())
    response.on('close', () => {
      if (!response.writableFinished) hosted.leave()
    })
    if (response.destroyed) hosted.leave()
    if (this.#resumed) this.#read()
  }

  interim(status: number, fields: readonly string[]): void {
    if (status !== 103 || this.#response.headersSent) return
    this.#response.writeEarlyHints(grouped(fields))
  }

  head({ status, reason, fields, keep }: HostedAnswer): void {
    const response = this.#response
    if (response.headersSent || response.destroyed) return
    response.sendDate = false
    for (const [name, value] of Object.entries(grouped(fields))) response.setHeader(name, value)
    if (!keep && this.#old) response.setHeader('Connection', 'close')
    if (reason === '' || !this.#old) response.writeHead(status)
    else response.writeHead(status, reason)
  }

  body(part: Uint8Array): boolean {
    // The part is the balancer's again when this returns.
    return this.#response.destroyed || this.#response.write(Buffer.from(part))
  }

  end(trailers: readonly string[]): void {
    const response = this.#response
    if (trailers.length > 0 && response.hasHeader('Trailer'))
      response.addTrailers(grouped(trailers) as NodeJS.Dict<string>)
    response.end()
  }

  abort(): void {
    this.#response.destroy()
  }

  wantBody(): void {
    this.#resumed = true
    if (this.#hosted !== null) this.#read()
  }

  pauseBody(): void {
    this.#resumed = false
    if (this.#reading) this.#request.pause()
  }

  #read(): void {
    const request = this.#request
    const hosted = this.#hosted!
    if (!this.#reading) {
      this.#reading = true
      request.on('data', (bytes: Uint8Array) => hosted.data(bytes))
      request.on('end', () => hosted.dataEnds())
      request.on('error', () => hosted.dataBreaks())
    }
    request.resume()
  }
}

/** Fields of one name together, as Node wants them. */
function grouped(fields: readonly string[]): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>
  const names = new Map<string, string>()
  for (let at = 0; at < fields.length; at += 2) {
    const lower = fields[at]!.toLowerCase()
    const name = names.get(lower) ?? fields[at]!
    names.set(lower, name)
    const before = found[name]
    const value = fields[at + 1]!
    found[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
  }
  return found
}
