/**
 * A web-standard Request, served by the balancer: for Hono, route handlers of Next, and tests without a port. The Response
 * streams, and a reader who cancels it ends what stands behind.
 */
import type { Hosted, HostedAnswer, HostedUser } from '../../worker/hosting.ts'
import type { Host } from './node-handler.ts'
import { line } from './request-text.ts'

export interface FetchOptions {
  /** Of the client, numeric: a Request does not know. Default 127.0.0.1. */
  readonly remoteAddress?: string
}

/** Rejects with a TypeError when there is no answer, as fetch does. */
export async function serveFetch(host: Host, request: Request, options: FetchOptions = {}): Promise<Response> {
  request.signal.throwIfAborted()
  const url = new URL(request.url)
  const secure = url.protocol === 'https:'
  const user = new FetchUser(request)
  const ask = {
    head: headText(request, url),
    remoteAddress: options.remoteAddress ?? '127.0.0.1',
    remotePort: 0,
    localAddress: '127.0.0.1',
    localPort: Number(url.port) || (secure ? 443 : 80),
    secure,
  }
  const hosted = host(ask, user, false)
  if (hosted === null || hosted === 'passed') throw new TypeError('the balancer is closed')
  user.begin(hosted)
  return user.response
}

function headText(request: Request, url: URL): string {
  let text = line(`${request.method} ${url.pathname}${url.search} HTTP/1.1`)
  if (!request.headers.has('host')) text += line(`Host: ${url.host}`)
  for (const [name, value] of request.headers) if (name !== 'expect') text += line(`${name}: ${value}`)
  const told = request.headers.has('content-length') || request.headers.has('transfer-encoding')
  if (request.body !== null && !told) text += 'Transfer-Encoding: chunked\r\n'
  return `${text}\r\n`
}

/** Bytes that wait for the reader of the Response; more, and the balancer is told to wait. */
const ROOM = 64 * 1024
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

class FetchUser implements HostedUser {
  readonly response: Promise<Response>
  readonly #resolve: (response: Response) => void
  readonly #reject: (error: unknown) => void
  readonly #request: Request
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null
  #hosted: Hosted | null = null
  #body: ReadableStreamDefaultController<Uint8Array> | null = null
  #wanted = false
  #reading = false
  #stop: () => void = () => {}

  constructor(request: Request) {
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    this.response = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#request = request
  }

  begin(hosted: Hosted): void {
    this.#hosted = hosted
    const { signal } = this.#request
    const aborted = (): void => {
      hosted.leave()
      this.#fail(signal.reason)
    }
    this.#stop = () => signal.removeEventListener('abort', aborted)
    signal.addEventListener('abort', aborted, { once: true })
    if (this.#wanted) void this.#read()
  }

  interim(): void {}

  head({ status, reason, fields }: HostedAnswer): void {
    const headers = new Headers()
    for (let at = 0; at < fields.length; at += 2) headers.append(fields[at]!, fields[at + 1]!)
    const empty = bodiless.has(status) || this.#request.method === 'HEAD'
    const body = empty ? null : this.#stream()
    this.#resolve(new Response(body, { status, statusText: reason, headers }))
  }

  body(part: Uint8Array): boolean {
    if (this.#body === null) return true
    // The part is the balancer's again when this returns.
    this.#body.enqueue(new Uint8Array(part))
    return (this.#body.desiredSize ?? 0) > 0
  }

  end(): void {
    this.#stop()
    const body = this.#body
    this.#body = null
    body?.close()
  }

  abort(code: string): void {
    this.#fail(new TypeError(`the request failed: ${code}`))
  }

  wantBody(): void {
    this.#wanted = true
    if (this.#hosted !== null) void this.#read()
  }

  pauseBody(): void {
    this.#wanted = false
  }

  #stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: controller => void (this.#body = controller),
        pull: () => this.#hosted?.resume(),
        cancel: () => {
          this.#body = null
          this.#stop()
          this.#hosted?.leave()
        },
      },
      { highWaterMark: ROOM, size: bytes => bytes.byteLength },
    )
  }

  #fail(error: unknown): void {
    this.#stop()
    this.#reject(error)
    const body = this.#body
    this.#body = null
    body?.error(error)
  }

  async #read(): Promise<void> {
    const hosted = this.#hosted
    const { body } = this.#request
    if (this.#reading || hosted === null || body === null) return
    this.#reading = true
    try {
      this.#reader ??= body.getReader()
      while (this.#wanted) {
        const { value, done } = await this.#reader.read()
        if (value !== undefined) hosted.data(value)
        if (done) {
          hosted.dataEnds()
          return
        }
      }
    } catch {
      hosted.dataBreaks()
    } finally {
      this.#reading = false
    }
  }
}
