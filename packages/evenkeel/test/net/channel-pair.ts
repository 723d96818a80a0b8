/** Two ends of one connection, for tests: over TCP or a Unix socket, with the channels of the given buffers. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Channel } from '../../src/net/channel.ts'
import { dial } from '../../src/net/dial.ts'
import { openListener, type Listener, type SocketAddress } from '../../src/net/listen.ts'
import type { ReadBuffers } from '../../src/net/read-buffers.ts'

export type Transport = 'tcp' | 'unix'

export class Pairs {
  readonly #buffers: ReadBuffers
  readonly #listener: Listener
  readonly #folder: string
  readonly #accepted: Channel[] = []
  readonly #all: Channel[] = []
  #wake: () => void = () => {}
  #last: Promise<unknown> = Promise.resolve()

  static async open(buffers: ReadBuffers, transport: Transport): Promise<Pairs> {
    const folder = mkdtempSync(join(tmpdir(), 'channel-'))
    const address: SocketAddress =
      transport === 'unix' ? { path: join(folder, 'socket') } : { host: '127.0.0.1', port: 0 }
    let pairs: Pairs
    const listener = await openListener({ address, buffers }, channel => pairs.#take(channel))
    pairs = new Pairs(buffers, listener, folder)
    return pairs
  }

  private constructor(buffers: ReadBuffers, listener: Listener, folder: string) {
    this.#buffers = buffers
    this.#listener = listener
    this.#folder = folder
  }

  get address(): SocketAddress {
    return this.#listener.address
  }

  /** Both paused, without users. One after the other, so that the two belong together. */
  connect(): Promise<{ near: Channel; far: Channel }> {
    const connected = this.#last.then(() => this.#connect())
    this.#last = connected
    return connected
  }

  async #connect(): Promise<{ near: Channel; far: Channel }> {
    const near = await new Promise<Channel>((connected, reject) => {
      const failed = (error: string): void => reject(new Error(error))
      dial(this.#listener.address, { buffers: this.#buffers }, { connected, failed })
    })
    this.#all.push(near)
    return { near, far: await this.accepted() }
  }

  /** The next one accepted. */
  async accepted(): Promise<Channel> {
    while (this.#accepted.length === 0) await new Promise<void>(resolve => (this.#wake = resolve))
    return this.#accepted.shift()!
  }

  close(): void {
    for (const channel of this.#all) channel.destroy()
    this.#listener.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #take(channel: Channel): void {
    this.#all.push(channel)
    this.#accepted.push(channel)
    this.#wake()
  }
}
