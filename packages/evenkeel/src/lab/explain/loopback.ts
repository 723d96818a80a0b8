/**
 * Connections without sockets, for a request that is only to be explained: a client that says one request and keeps
 * what it is answered, and an origin that keeps what it is sent and answers with a bare status.
 */
import type { Channel, ChannelUser } from '../../net/channel.ts'
import type { DialTarget, DialUser, Dialing } from '../../net/dial.ts'

export interface Ends {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
}

/** Keeps what is written to it, and hands over what it is given in turns of their own, as a socket would. */
abstract class Loopback implements Channel, Ends {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  bytesRead = 0
  bytesWritten = 0
  dead = false
  readonly backlogged = false
  /** Everything written to it, one character a byte. */
  written = ''
  #user: ChannelUser | null = null

  constructor(ends: Ends) {
    this.remoteAddress = ends.remoteAddress
    this.remotePort = ends.remotePort
    this.localAddress = ends.localAddress
    this.localPort = ends.localPort
  }

  attach(user: ChannelUser): void {
    this.#user = user
  }

  pause(): void {}

  resume(): void {}

  expectBulk(): void {}

  write(data: string | Uint8Array): boolean {
    if (this.dead) return false
    this.bytesWritten += data.length
    this.written += typeof data === 'string' ? data : Buffer.from(data).toString('latin1')
    this.heard()
    return true
  }

  end(): void {
    this.destroy()
  }

  destroy(): void {
    if (this.dead) return
    this.dead = true
    this.over()
    setImmediate(() => this.#user?.closed(''))
  }

  protected say(text: string): void {
    setImmediate(() => {
      if (this.dead) return
      const bytes = Buffer.from(text, 'latin1')
      this.bytesRead += bytes.length
      this.#user?.received(bytes, bytes.length)
    })
  }

  /** Something was written. */
  protected heard(): void {}

  protected over(): void {}
}

export class ExplainedClient extends Loopback {
  readonly #closed: () => void
  #request: string

  constructor(ends: Ends, request: string, closed: () => void) {
    super(ends)
    this.#request = request
    this.#closed = closed
  }

  override resume(): void {
    const request = this.#request
    this.#request = ''
    if (request !== '') this.say(request)
  }

  protected override over(): void {
    this.#closed()
  }
}

export class ExplainedOrigin extends Loopback {
  readonly target: DialTarget
  readonly #status: number
  #heads = 0

  constructor(target: DialTarget, status: number) {
    const host = 'path' in target ? '' : target.host
    super({
      remoteAddress: host,
      remotePort: 'path' in target ? 0 : target.port,
      localAddress: '',
      localPort: 0,
    })
    this.target = target
    this.#status = status
  }

  /** Of the requests that were sent here, in order. */
  get heads(): string[] {
    return this.written.split('\r\n\r\n').slice(0, -1)
  }

  protected override heard(): void {
    // Requests that are explained have no bodies: each head is a whole one.
    const { length } = this.heads
    if (length === this.#heads) return
    this.#heads = length
    this.say(`HTTP/1.1 ${this.#status} \r\nContent-Length: 0\r\n\r\n`)
  }
}

/** Connects at once, to an origin that is none. */
export function dialNobody(origin: ExplainedOrigin, user: DialUser): Dialing {
  let wanted = true
  setImmediate(() => {
    if (wanted) user.connected(origin)
  })
  return {
    cancel() {
      wanted = false
    },
  }
}
