/**
 * One TCP connection in the hands of a test: says exactly the bytes it is told to, and expects exactly the bytes it names.
 *
 * The same verbs serve both sides, a client and what an origin accepted. Everything that waits has a deadline and then
 * fails with what did come, so no test sleeps and none hangs. What arrives is kept until a verb takes it; `expectClose`
 * fails when bytes were left over.
 */
import { connect as connectSocket, type Socket } from 'node:net'
import { fieldOf, type Head, type Message, readHead, readMessage } from './message.ts'

/** Long enough for a loaded machine: it is only ever reached by a test that fails. */
const deadlineMs = 100_000

export interface Response extends Message {
  readonly status: number
  /** The values of a field, joined; undefined when it is not there. */
  get(name: string): string | undefined
  /** The body as latin1. */
  readonly text: string
}

export interface Request extends Message {
  readonly method: string
  readonly target: string
  get(name: string): string | undefined
  readonly text: string
}

/** Opens a connection to a port of this machine; `host` may be another loopback address or a Unix socket's path. */
export async function connect(port: number, host = '127.0.0.1'): Promise<Connection> {
  const socket = host.startsWith('/')
    ? connectSocket({ path: host, allowHalfOpen: true })
    : connectSocket({ port, host, allowHalfOpen: true })
  const connection = new Connection(socket)
  await connection.opened()
  return connection
}

export class Connection {
  readonly socket: Socket
  #arrived: Buffer[] = []
  #ending: 'open' | 'fin' | 'reset' = 'open'
  #error: Error | undefined
  readonly #waiting = new Set<() => void>()

  constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('connect', () => this.#wake())
    socket.on('data', part => {
      this.#arrived.push(part as Buffer)
      this.#wake()
    })
    socket.on('end', () => this.#ended('fin'))
    socket.on('error', error => {
      this.#error = error
      this.#ended('reset')
    })
    socket.on('close', () => this.#ended('fin'))
  }

  /** Writes these bytes, in one piece, as latin1 when they are text. */
  send(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    return this
  }

  /** Half-closes: a FIN after what was sent. */
  end(): this {
    this.socket.end()
    return this
  }

  /** Sends a FIN and reads no more; what still comes is answered by the kernel with a reset. */
  close(): void {
    this.socket.destroySoon()
  }

  /** Drops the connection with an RST, and waits until it is gone here. */
  async reset(): Promise<void> {
    this.socket.resetAndDestroy()
    await this.#until('the connection to be gone here', () => (this.socket.closed ? true : undefined))
  }

  /** Stops reading, so that the kernel's buffers fill up and the other side is slowed. */
  pause(): this {
    this.socket.pause()
    return this
  }

  resume(): this {
    this.socket.resume()
    return this
  }

  /** What has arrived and no verb has taken yet, as latin1. */
  get unread(): string {
    return this.#bytes().toString('latin1')
  }

  /**
   * Text: the next bytes have to be exactly these; fails at the first that differs. A pattern: reads until it is found and
   * takes everything up to its end.
   */
  async expect(wanted: string | RegExp): Promise<string> {
    return this.#until(String(wanted), () => {
      const text = this.unread
      if (typeof wanted === 'string') {
        if (text.length >= wanted.length && text.startsWith(wanted)) return this.#take(wanted.length)
        if (!wanted.startsWith(text)) throw new Error('other bytes came')
        return undefined
      }
      const found = wanted.exec(text)
      return found === null ? undefined : this.#take(found.index + found[0].length)
    })
  }

  /** The next `count` bytes. */
  async read(count: number): Promise<Buffer> {
    return this.#until(`${count} bytes`, () =>
      this.#bytes().length >= count ? Buffer.from(this.#take(count), 'latin1') : undefined,
    )
  }

  /** Only the next head; its body is left to be read by other verbs. */
  async readHead(): Promise<Head & { get(name: string): string | undefined }> {
    const head = await this.#until('a head', () => readHead(this.#bytes()))
    this.#take(head.size)
    return { ...head, get: name => fieldOf(head.fields, name) }
  }

  /**
   * The next response, whole, or with `complete: false` when the connection ends before it does. Interim responses (1xx)
   * are responses of their own. For an answer to HEAD say so, since only the asker can know that no body follows.
   */
  async readResponse(options: { head?: boolean } = {}): Promise<Response> {
    const message = await this.#message(options.head ?? false)
    const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(message.startLine)?.[1]
    if (status === undefined) throw new Error(`not a status line: ${message.startLine}`)
    return {
      ...message,
      status: Number(status),
      get: name => fieldOf(message.fields, name),
      text: message.body.toString('latin1'),
    }
  }

  /** For origins: the next request with its body. */
  async receive(): Promise<Request> {
    const message = await this.#message(false)
    const [method = '', target = ''] = message.startLine.split(' ')
    return {
      ...message,
      method,
      target,
      get: name => fieldOf(message.fields, name),
      text: message.body.toString('latin1'),
    }
  }

  /** The other side ends with a FIN, and nothing is left unread. */
  async expectClose(): Promise<void> {
    await this.#until('the end of the connection', () => {
      if (this.unread !== '') throw new Error('bytes came instead of the end')
      if (this.#ending === 'reset') throw new Error(`reset instead of a clean end (${this.#error?.message})`)
      return this.#ending === 'fin' ? true : undefined
    })
  }

  /** The other side resets. Bytes that came before are allowed: a reset overtakes them or not, as the kernel likes. */
  async expectReset(): Promise<void> {
    await this.#until('a reset', () => {
      if (this.#ending === 'fin') throw new Error('closed cleanly instead of a reset')
      return this.#ending === 'reset' ? true : undefined
    })
  }

  /** The other side is gone, by FIN or reset: for when an origin cannot know which it will be. */
  async expectGone(): Promise<void> {
    await this.#until('the end of the connection', () => (this.#ending === 'open' ? undefined : true))
  }

  /** Resolves once connected. */
  async opened(): Promise<void> {
    await this.#until('a connection', () => (this.socket.connecting ? undefined : true))
    if (this.#error !== undefined) throw this.#error
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy()
    await this.#until('the connection to be gone here', () => (this.socket.closed ? true : undefined))
  }

  async #message(bodyless: boolean): Promise<Message> {
    const message = await this.#until('a message', () => readMessage(this.#bytes(), this.#ending, bodyless))
    this.#take(message.size)
    return message
  }

  #bytes(): Buffer {
    const [first] = this.#arrived
    if (this.#arrived.length > 1 || first === undefined) this.#arrived = [Buffer.concat(this.#arrived)]
    return this.#arrived[0] ?? Buffer.alloc(0)
  }

  #take(count: number): string {
    const bytes = this.#bytes()
    this.#arrived = [bytes.subarray(count)]
    return bytes.toString('latin1', 0, count)
  }

  #ended(how: 'fin' | 'reset'): void {
    if (this.#ending === 'open' || how === 'reset') this.#ending = how
    this.#wake()
  }

  #wake(): void {
    for (const resume of this.#waiting) resume()
    this.#waiting.clear()
  }

  /** Tries again whenever something happens, until it gives a value, throws, or time is up. */
  async #until<T>(what: string, attempt: () => T | undefined): Promise<T> {
    const expires = Date.now() + deadlineMs
    while (true) {
      let result: T | undefined
      const ended = this.socket.closed
      try {
        result = attempt()
      } catch (error) {
        throw this.#failed(what, (error as Error).message)
      }
      if (result !== undefined) return result
      if (ended || (this.#ending !== 'open' && this.socket.readableEnded)) throw this.#failed(what, this.#endedText())
      if (Date.now() >= expires) throw this.#failed(what, `nothing more within ${deadlineMs} ms`)
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, expires - Date.now())
        this.#waiting.add(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  #endedText(): string {
    return this.#ending === 'reset' ? `the connection failed: ${this.#error?.message}` : 'the connection was closed'
  }

  #failed(what: string, reason: string): Error {
    const came = this.unread
    const shown = came.length > 2000 ? `${came.slice(0, 2000)}… (${came.length} bytes)` : came
    return new Error(`expected ${what}: ${reason}; what came: ${JSON.stringify(shown)}`)
  }
}
