/**
 * Clients that ask without a pause and keep account of everything that is not a whole 200: some on connections they
 * keep, some with a new connection for each request. One that is told `Connection: close` opens another, as clients do.
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as pass } from 'node:timers/promises'

export interface LoadOptions {
  readonly port: number
  readonly kept: number
  readonly fresh: number
  /** On kept connections as well, but with a pause before each request: theirs are idle when something is changed. */
  readonly pausing?: number
}

export class Load {
  answers = 0
  /** Answers that said they were the last of their connection, though the client would have gone on. */
  lasts = 0
  readonly failures: string[] = []
  /** Bodies, and how often each came. */
  readonly bodies: Map<string, number> = new Map()
  readonly #options: LoadOptions
  readonly #running: Promise<void>[] = []
  #stopping = false

  constructor(options: LoadOptions) {
    this.#options = options
    for (let index = 0; index < options.kept; index++) this.#running.push(this.#client(true))
    for (let index = 0; index < options.fresh; index++) this.#running.push(this.#client(false))
    for (let index = 0; index < (options.pausing ?? 0); index++) this.#running.push(this.#client(true, 1 + index))
  }

  /** Ends after the answers that are under way. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#running)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #client(keeps: boolean, pauseMs = 0): Promise<void> {
    while (!this.#stopping) {
      const socket = connect({ port: this.#options.port, host: '127.0.0.1', noDelay: true })
      try {
        await this.#converse(socket, keeps, pauseMs)
      } catch (error) {
        this.failures.push((error as Error).message)
      }
      socket.destroy()
    }
  }

  async #converse(socket: Socket, keeps: boolean, pauseMs: number): Promise<void> {
    const reader = new AnswerReader(socket)
    const request = `GET / HTTP/1.1\r\nHost: localhost\r\n${keeps ? '' : 'Connection: close\r\n'}\r\n`
    while (!this.#stopping) {
      if (pauseMs > 0) await pass(pauseMs)
      socket.write(request)
      const { status, body, last } = await reader.next()
      if (status !== 200) throw new Error(`status ${status}`)
      this.answers++
      this.bodies.set(body, (this.bodies.get(body) ?? 0) + 1)
      if (last && keeps) this.lasts++
      if (last) return
    }
  }
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly last: boolean
}

/** Reads answers that have a Content-Length; anything else, or an end before the whole, is an error. */
class AnswerReader {
  #text = ''
  #ended = ''
  #wake: (() => void) | null = null

  constructor(socket: Socket) {
    socket.setEncoding('latin1')
    socket.on('data', (part: string) => {
      this.#text += part
      this.#wake?.()
    })
    const ended = (how: string): void => {
      this.#ended ||= how
      this.#wake?.()
    }
    socket.on('error', error => ended(error.message))
    socket.on('close', () => ended('closed without an answer'))
  }

  async next(): Promise<Answer> {
    for (;;) {
      const answer = this.#take()
      if (answer !== undefined) return answer
      if (this.#ended !== '') throw new Error(this.#text === '' ? this.#ended : `${this.#ended} after ${this.#text}`)
      await new Promise<void>(resolve => (this.#wake = resolve))
    }
  }

  #take(): Answer | undefined {
    const end = this.#text.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const head = this.#text.slice(0, end)
    const length = /^content-length: (\d+)/im.exec(head)?.[1]
    if (length === undefined) throw new Error(`no length: ${head}`)
    const size = end + 4 + Number(length)
    if (this.#text.length < size) return undefined
    const body = this.#text.slice(end + 4, size)
    this.#text = this.#text.slice(size)
    return { status: Number(head.slice(9, 12)), body, last: /^connection: close/im.test(head) }
  }
}
