/**
 * One listening socket for datagrams and the sessions of its clients, by address.
 *
 * It outlives configurations: after a reload a client's datagrams still go to the session it has, which ends with the
 * runtime it began with; only a new session finds the new one.
 */
import type { UdpListener } from '../../net/udp.ts'
import type { Ports } from '../ports.ts'
import type { StreamListener } from './stream-listener.ts'
import { UdpSession } from './udp-session.ts'
import type { UdpSessions } from './udp-sessions.ts'

export class UdpDoor {
  readonly #socket: UdpListener
  readonly #sessions = new Map<string, UdpSession>()
  readonly #all: UdpSessions
  readonly #ports: Ports
  /** Who serves those who come now; null: not yet. */
  serving: StreamListener | null = null

  constructor(socket: UdpListener, all: UdpSessions, ports: Ports) {
    this.#socket = socket
    this.#all = all
    this.#ports = ports
    socket.onMessage((bytes, from) => {
      try {
        this.#received(bytes, from.address, from.port)
      } catch (error) {
        ports.buffers.onBug(error)
      }
    })
  }

  send(bytes: Uint8Array, port: number, address: string): boolean {
    return this.#socket.send(bytes, port, address)
  }

  /** The session is over, or takes no more: the client's next datagram begins another one. */
  forget(key: string, session: UdpSession): void {
    if (this.#sessions.get(key) === session) this.#sessions.delete(key)
  }

  close(): void {
    for (const session of this.#sessions.values()) session.drain()
    this.#socket.close()
  }

  #received(bytes: Buffer, address: string, port: number): void {
    const key = `${address} ${port}`
    this.#ports.wheel.touch()
    const known = this.#sessions.get(key)
    if (known !== undefined) {
      this.#all.touch(known)
      return known.receivedFromClient(bytes)
    }
    if (this.serving === null) return
    this.#all.makeRoom()
    const session = new UdpSession(this, key, { host: address, port }, this.serving, this.#all, this.#ports)
    this.#sessions.set(key, session)
    this.#all.add(session)
    session.begin(bytes)
  }
}
