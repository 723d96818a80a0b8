/** Clients of a soak: some behave, most leave in the middle of something, in every way there is. */
import { connect, type Socket } from 'node:net'
import { setTimeout as pass } from 'node:timers/promises'

export class SoakClients {
  done = 0
  readonly #port: number
  readonly #visits: readonly Visit[]
  #paused = false
  #stopping = false
  #active = 0
  #random = 1
  readonly #running: Promise<void>[]

  constructor(port: number, count: number, visits: readonly Visit[] = httpVisits) {
    this.#port = port
    this.#visits = visits
    this.#running = Array.from({ length: count }, () => this.#run())
  }

  /** Resolves when nobody is connected. */
  async pause(): Promise<void> {
    this.#paused = true
    while (this.#active > 0) await pass(5)
  }

  resume(): void {
    this.#paused = false
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#running)
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      if (this.#paused) {
        await pass(5)
        continue
      }
      this.#active++
      await this.#visit()
      this.#active--
      this.done++
    }
  }

  async #visit(): Promise<void> {
    const socket = connect({ port: this.#port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    socket.on('error', () => {})
    socket.setEncoding('latin1')
    const visit = this.#visits[this.#below(this.#visits.length)]!
    await Promise.race([visit(socket, many => this.#below(many)), gone(socket), pass(5_000, undefined, { ref: false })])
    if (this.#below(4) === 0) socket.resetAndDestroy()
    else socket.destroy()
    await gone(socket)
  }

  /** The same every time: a leak that was seen can be seen again. */
  #below(many: number): number {
    this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) >>> 0
    return (this.#random >>> 8) % many
  }
}

export type Visit = (socket: Socket, below: (many: number) => number) => Promise<unknown>

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`

const httpVisits: readonly Visit[] = [
  // A few requests on one connection.
  async (socket, below) => {
    for (let left = 1 + below(8); left > 0; left--) {
      socket.write(get(['/', '/chunked', '/slow', '/own', '/missing'][below(5)]!))
      await data(socket)
    }
  },
  // An answer of which only the beginning is read.
  async socket => {
    socket.write(get('/big'))
    await data(socket)
  },
  // Gone while the origin works, or before it is asked.
  async (socket, below) => {
    socket.write(get(below(2) === 0 ? '/hang' : '/slow'))
    await pass(below(20))
  },
  // The origin breaks off.
  async (socket, below) => {
    socket.write(get(['/reset', '/cut', '/garbage'][below(3)]!))
    await data(socket)
  },
  // Half-closed after the request.
  async socket => {
    socket.end(get('/'))
    await gone(socket)
  },
  // Half a head, half a body, a body that is refused.
  async (socket, below) => {
    socket.write(
      ['GET / HT', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n${'y'.repeat(20_000)}`][below(2)]!,
    )
    await pass(below(20))
  },
  async (socket, below) => {
    const size = 1 + below(100_000)
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n${'z'.repeat(size)}`)
    await data(socket)
  },
  // Not HTTP.
  async socket => {
    socket.write('\x16\x03\x01\x02\x00\x01 nonsense\r\n\r\n')
    await gone(socket)
  },
  // Pipelined.
  async socket => {
    socket.write(get('/') + get('/own') + get('/chunked'))
    await data(socket)
    await pass(5)
  },
  // An upgraded connection that says a few things.
  async (socket, below) => {
    socket.write(get('/ws', 'Connection: Upgrade\r\nUpgrade: other\r\n'))
    await data(socket)
    for (let left = below(6); left > 0; left--) {
      socket.write('ping')
      await data(socket)
    }
    if (below(2) === 0) socket.end()
  },
]

export function data(socket: Socket): Promise<unknown> {
  return new Promise(resolve => socket.once('data', resolve))
}

export function gone(socket: Socket): Promise<unknown> {
  return socket.closed ? Promise.resolve() : new Promise(resolve => socket.once('close', resolve))
}
