/**
 * Clients that are connected for longer than a configuration lives, and the origin for them: WebSockets, event streams
 * and slow uploads. Everything that is not as it should be is kept as a failure, and everything that is, counted.
 */
import { Agent, createServer, get, request, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pass } from 'node:timers/promises'
import { WebSocket, WebSocketServer } from 'ws'

/** Answers `/` with its name, `/events` with numbers until the client leaves, `/upload` with the bytes it got, and echoes WebSockets. */
export async function startLastingOrigin(name: string): Promise<LastingOrigin> {
  const server = createServer((asked, answer) => {
    if (asked.url === '/events') {
      answer.writeHead(200, { 'Content-Type': 'text/event-stream' })
      let count = 0
      const timer = setInterval(() => answer.write(`data: ${count++}\n\n`), EVENT_MS)
      answer.on('close', () => clearInterval(timer))
      return
    }
    let bytes = 0
    asked.on('data', (part: Buffer) => (bytes += part.length))
    asked.on('end', () => {
      const body = asked.url === '/upload' ? String(bytes) : name
      answer.writeHead(200, { 'Content-Length': body.length }).end(body)
    })
    asked.on('error', () => {})
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', socket => {
    socket.on('message', (message: Buffer) => socket.send(message.toString()))
    socket.on('error', () => {})
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return new LastingOrigin(server, sockets)
}

export class LastingOrigin {
  readonly #server: Server
  readonly #sockets: WebSocketServer

  constructor(server: Server, sockets: WebSocketServer) {
    this.#server = server
    this.#sockets = sockets
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#sockets.close()
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}

export class LastingClients {
  readonly failures: string[] = []
  messages = 0
  events = 0
  uploads = 0
  readonly #port: number
  readonly #running: Promise<void>[] = []
  #stopping = false

  constructor(port: number, { sockets, streams, uploads }: { sockets: number; streams: number; uploads: number }) {
    this.#port = port
    for (let left = sockets; left > 0; left--) this.#running.push(this.#talk())
    for (let left = streams; left > 0; left--) this.#running.push(this.#listen())
    for (let index = 0; index < uploads; index++) this.#running.push(this.#upload(index % 2 === 0))
  }

  /** Each ends well, in its own way. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#running)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #fail(what: string): void {
    this.failures.push(what)
  }

  /** One connection from the first to the last moment, with a message after the other. */
  async #talk(): Promise<void> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.#port}/socket`)
    const state = { heard: '', over: '', wake: (): void => {} }
    const change = (): Promise<void> => new Promise(resolve => (state.wake = resolve))
    socket.on('message', (message: Buffer) => {
      state.heard = message.toString()
      state.wake()
    })
    const ended = (how: string): void => {
      state.over ||= how
      state.wake()
    }
    socket.on('open', () => state.wake())
    socket.on('error', error => ended(`WebSocket: ${error.message}`))
    socket.on('close', code => ended(`WebSocket closed with ${code}`))
    await change()
    for (let count = 0; !this.#stopping && state.over === ''; count++) {
      state.heard = ''
      socket.send(String(count))
      while (state.heard === '' && state.over === '') await change()
      if (state.heard === String(count)) this.messages++
      else this.#fail(state.over === '' ? `WebSocket: ${state.heard} in place of ${count}` : state.over)
      await pass(MESSAGE_MS)
    }
    if (state.over !== '') return
    socket.close()
    while (state.over === '') await change()
  }

  /** Numbers without a gap; one connection as well. */
  #listen(): Promise<void> {
    return new Promise(resolve => {
      let next = 0
      let rest = ''
      const asked = get({ port: this.#port, host: '127.0.0.1', path: '/events', agent: false }, answer => {
        if (answer.statusCode !== 200) this.#fail(`event stream: status ${answer.statusCode}`)
        answer.setEncoding('utf8')
        answer.on('data', (part: string) => {
          const lines = (rest + part).split('\n\n')
          rest = lines.pop()!
          for (const line of lines) {
            if (line !== `data: ${next}`) this.#fail(`event stream: "${line}" in place of ${next}`)
            next++
            this.events++
          }
          if (this.#stopping) asked.destroy()
        })
        answer.on('error', error => {
          if (!this.#stopping) this.#fail(`event stream: ${error.message}`)
        })
        answer.on('end', () => this.#fail('event stream: it ended'))
      })
      asked.on('error', error => {
        if (!this.#stopping) this.#fail(`event stream: ${error.message}`)
      })
      asked.on('close', () => resolve())
    })
  }

  /** One upload after the other, each longer than a reload takes; on a connection that is kept, or on new ones. */
  async #upload(keeps: boolean): Promise<void> {
    const agent = new Agent({ keepAlive: keeps, maxSockets: 1 })
    while (!this.#stopping) {
      const asked = request({
        port: this.#port,
        host: '127.0.0.1',
        path: '/upload',
        method: 'POST',
        agent,
        headers: { 'Content-Length': PARTS * PART },
      })
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        asked.on('response', resolve)
        asked.on('error', reject)
      })
      // Heard below.
      answered.catch(() => {})
      try {
        for (let left = PARTS; left > 0; left--) {
          asked.write(Buffer.alloc(PART))
          await pass(PART_MS)
        }
        asked.end()
        const answer = await answered
        let body = ''
        for await (const part of answer) body += String(part)
        if (answer.statusCode === 200 && body === String(PARTS * PART)) this.uploads++
        else this.#fail(`upload: status ${answer.statusCode}, ${body}`)
      } catch (error) {
        this.#fail(`upload: ${(error as Error).message}`)
      }
    }
    agent.destroy()
  }
}

const EVENT_MS = 20
const MESSAGE_MS = 20
const PARTS = 12
const PART = 16 * 1024
const PART_MS = 25
