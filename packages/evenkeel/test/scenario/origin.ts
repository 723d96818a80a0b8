/**
 * Origins: what really answers behind a peer. `startOrigin` is scripted, byte by byte; `httpOrigin` answers by itself.
 *
 * Both are on a port of their own choosing, count every connection they were given, and never speak unless told, so "no
 * byte reached the origin" is `origin.accepted === 0` after the answer, without waiting.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { Connection, type Request } from './connection.ts'
import { Ports } from './ports.ts'
import { until } from './wait.ts'

export class Origin {
  readonly port: number
  readonly #server: Server
  readonly #connections: Connection[] = []
  readonly #onConnection: ((connection: Connection) => void) | undefined
  #handedOut = 0

  constructor(server: Server, onConnection?: (connection: Connection) => void) {
    const address = server.address()
    this.port = typeof address === 'object' && address !== null ? address.port : 0
    this.#server = server
    this.#onConnection = onConnection
    server.on('connection', (socket: Socket) => this.#accepted(socket))
  }

  /** `127.0.0.1:PORT`, for a `server` line. */
  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** How many connections were made to it in all. */
  get accepted(): number {
    return this.#connections.length
  }

  /** How many of them are open now. */
  get open(): number {
    return this.#connections.filter(connection => !connection.socket.destroyed).length
  }

  /** The next connection, in the order they came. */
  async accept(): Promise<Connection> {
    const index = this.#handedOut++
    return until(
      () => `connection ${index + 1} to the origin; it has had ${this.accepted}`,
      () => this.#connections[index],
    )
  }

  /** From now on connections are refused; those that are open stay. */
  refuse(): void {
    this.#server.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await Promise.all(this.#connections.map(connection => connection[Symbol.asyncDispose]()))
  }

  #accepted(socket: Socket): void {
    const connection = new Connection(socket)
    this.#connections.push(connection)
    this.#onConnection?.(connection)
  }
}

/** An origin that does what the test says on each connection it accepts. */
export async function startOrigin(host = '127.0.0.1'): Promise<Origin> {
  return new Origin(await listening(host))
}

/** A status, header lines and a body, or bytes sent just as they are. */
export type Answer =
  | string
  | Uint8Array
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }

export class HttpOrigin extends Origin {
  /** All requests it has answered or is about to. */
  readonly requests: Request[]

  constructor(server: Server, answer: (request: Request, number: number) => Answer) {
    const requests: Request[] = []
    super(server, connection => void converse(connection, requests, answer))
    this.requests = requests
  }
}

/**
 * An origin that answers each request, on connections it keeps. Given a text, that is the body of a 200; a string that
 * begins with `HTTP/` is sent as it is.
 */
export async function httpOrigin(
  answer: string | ((request: Request, number: number) => Answer),
  host = '127.0.0.1',
): Promise<HttpOrigin> {
  return new HttpOrigin(await listening(host), typeof answer === 'string' ? () => answer : answer)
}

async function converse(
  connection: Connection,
  requests: Request[],
  answer: (request: Request, number: number) => Answer,
): Promise<void> {
  while (!connection.socket.destroyed) {
    let request: Request
    try {
      request = await connection.receive()
    } catch {
      // The proxy closed, or is idle for longer than any test lasts.
      return connection.close()
    }
    requests.push(request)
    const bytes = written(answer(request, requests.length), request.method === 'HEAD')
    connection.send(bytes)
    const closing = request.startLine.endsWith('HTTP/1.0') || request.get('connection') === 'close'
    if (closing) return connection.close()
  }
}

function written(answer: Answer, bodyless: boolean): string | Uint8Array {
  if (answer instanceof Uint8Array || (typeof answer === 'string' && answer.startsWith('HTTP/'))) return answer
  const { status = 200, headers = {}, body = '' } = typeof answer === 'string' ? { body: answer } : answer
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = Buffer.byteLength(body, 'latin1')
  return `HTTP/1.1 ${status} Whatever\r\n${lines.join('')}Content-Length: ${length}\r\n\r\n${bodyless ? '' : body}`
}

/** On a port that stays its own when it refuses connections: one of the kernel's choice would be the next one's then. */
async function listening(host: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true })
  const port = (await Ports.reserve(1)).byName['origin']!
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => resolve(server))
  })
}
