/** Datagrams in the hands of a test: a client or an origin that says what it is told to and waits for what it names. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { until } from '../scenario/wait.ts'

/**
 * Where proxies under test listen for datagrams: ports.ts holds the UDP port of 127.0.0.1 as its lock, another loopback
 * address is free.
 */
export const UDP_HOST = '127.0.0.2'

export class Datagrams {
  readonly #socket: Socket
  readonly #arrived: { readonly text: string; readonly from: RemoteInfo }[] = []
  /** How many have come in all. */
  received = 0

  private constructor(socket: Socket, answer: ((text: string) => string | null) | null) {
    this.#socket = socket
    socket.on('message', (bytes, from) => {
      this.received += 1
      const text = bytes.toString('latin1')
      const reply = answer?.(text) ?? null
      if (reply === null) this.#arrived.push({ text, from })
      else socket.send(reply, from.port, from.address)
    })
    // A refusal is found by what does not come.
    socket.on('error', () => {})
  }

  /** On a port of its own; with `answer` it answers what that makes of each, null: it keeps silent. */
  static async open(answer: ((text: string) => string | null) | null = null): Promise<Datagrams> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Datagrams(socket, answer)
  }

  get port(): number {
    return this.#socket.address().port
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  send(text: string, port: number, host: string = UDP_HOST): this {
    this.#socket.send(text, port, host)
    return this
  }

  /** The next that came, in order. */
  async next(boundMs?: number): Promise<{ readonly text: string; readonly from: RemoteInfo }> {
    return until(
      () => 'a datagram',
      () => this.#arrived.shift(),
      boundMs,
    )
  }

  async text(): Promise<string> {
    return (await this.next()).text
  }

  /** Answers a datagram that came. */
  reply(text: string, to: RemoteInfo): this {
    this.#socket.send(text, to.port, to.address)
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close()
    await once(this.#socket, 'close')
  }
}
