/**
 * Two connections joined after an upgrade (101): bytes go both ways as they come, whatever they are.
 *
 * Each side slows the other; a FIN of one side is handed on, and the tunnel ends when both have ended, when either
 * connection breaks, or when nothing moved in either direction for proxy_read_timeout.
 */
import type { Exchange } from '../exchange/exchange.ts'
import { failure } from '../exchange/failure.ts'
import type { ResponseHead } from '../exchange/head.ts'
import type { Channel, ChannelUser } from '../net/channel.ts'
import { Deadline } from '../net/timer-wheel.ts'
import { ServerConnection } from './http1/server-connection.ts'
import type { Ports } from './ports.ts'

interface TunnelEnd {
  readonly channel: Channel
  /** Bytes that came with the heads, before the tunnel stood. */
  readonly unread: Buffer
}

/** Told how many bytes went to the origin and how many came from it. */
type Done = (up: number, down: number) => void

export function openTunnel(
  exchange: Exchange,
  head: ResponseHead,
  origin: TunnelEnd,
  idleMs: number,
  ports: Ports,
  done: Done,
): void {
  const connection = exchange.connection
  if (!(connection instanceof ServerConnection)) {
    origin.channel.destroy()
    done(0, 0)
    exchange.loop.proceed(exchange, failure('unasked_upgrade'))
    return
  }
  const client = connection.openTunnel(head)
  const tunnel = new Tunnel(client, origin, idleMs, ports, (up, down) => {
    done(up, down)
    connection.tunnelEnded(down)
  })
  tunnel.start(client.unread, origin.unread)
}

class Tunnel extends Deadline {
  readonly #ports: Ports
  readonly #idleMs: number
  readonly #done: Done
  readonly #up: Flow
  readonly #down: Flow
  #over = false

  constructor(client: TunnelEnd, origin: TunnelEnd, idleMs: number, ports: Ports, done: Done) {
    super()
    this.#ports = ports
    this.#idleMs = idleMs
    this.#done = done
    this.#up = new Flow(client.channel, origin.channel, this)
    this.#down = new Flow(origin.channel, client.channel, this)
    this.#up.opposite = this.#down
    this.#down.opposite = this.#up
  }

  start(clientUnread: Buffer, originUnread: Buffer): void {
    this.#ports.wheel.arm(this, this.#idleMs)
    this.#up.start(clientUnread)
    this.#down.start(originUnread)
  }

  moved(): void {
    this.#ports.wheel.touch()
    if (!this.#over) this.#ports.wheel.arm(this, this.#idleMs)
  }

  override expired(): void {
    this.over(false)
  }

  /** Ends both sides; with `reset` when one of them broke, so that the other sees it. */
  over(reset: boolean): void {
    if (this.#over) return
    this.#over = true
    this.#ports.wheel.disarm(this)
    this.#up.from.destroy(reset)
    this.#down.from.destroy(reset)
    this.#done(this.#up.bytes, this.#down.bytes)
  }

  halfOver(): void {
    if (this.#up.finished && this.#down.finished && !this.#up.to.backlogged && !this.#down.to.backlogged)
      this.over(false)
  }
}

/** One direction. It is the user of the channel it reads from, and is told when the other one's writes are through. */
class Flow implements ChannelUser {
  readonly from: Channel
  readonly to: Channel
  readonly #tunnel: Tunnel
  opposite: Flow | null = null
  bytes = 0
  finished = false

  constructor(from: Channel, to: Channel, tunnel: Tunnel) {
    this.from = from
    this.to = to
    this.#tunnel = tunnel
    from.attach(this)
    from.expectBulk(true)
  }

  start(unread: Buffer): void {
    if (unread.length > 0) this.#pass(unread)
    if (!this.to.backlogged) this.from.resume()
  }

  received(bytes: Buffer, end: number): void {
    this.#pass(bytes.subarray(0, end))
  }

  /** What the opposite direction wrote into `from` is out: its reader may go on. */
  drained(): void {
    const opposite = this.opposite!
    if (opposite.finished) this.#tunnel.halfOver()
    else opposite.from.resume()
  }

  ended(): void {
    this.finished = true
    this.to.end()
    this.#tunnel.halfOver()
  }

  closed(error: string): void {
    this.#tunnel.over(error !== '')
  }

  #pass(bytes: Buffer): void {
    this.bytes += bytes.length
    this.#tunnel.moved()
    if (!this.to.write(bytes)) this.from.pause()
  }
}
