/**
 * The sockets for datagrams of one worker, and who serves what comes in at each.
 *
 * Unlike listening sockets they cannot be moved between threads; but what the kernel keeps for one that is closed is a few
 * datagrams, which may always be lost.
 */
import type { ListenModel } from '../model/model.ts'
import { openUdpListener } from '../net/udp.ts'
import type { Ports } from '../proxy/ports.ts'
import type { StreamListener } from '../proxy/stream/stream-listener.ts'
import { UdpDoor } from '../proxy/stream/udp-door.ts'
import type { UdpSessions } from '../proxy/stream/udp-sessions.ts'
import { addressKey } from './compile/address-key.ts'

/** Doors that are open but not in use yet. */
export type OpenedUdpDoors = ReadonlyMap<string, UdpDoor>

export class UdpDoors {
  readonly #doors = new Map<string, UdpDoor>()
  readonly #sessions: UdpSessions
  readonly #ports: Ports

  constructor(sessions: UdpSessions, ports: Ports) {
    this.#sessions = sessions
    this.#ports = ports
  }

  /** Opens what these listeners have and is not open yet; throws what can't be, and then nothing has changed. */
  async open(listeners: ReadonlyMap<string, StreamListener>, listens: readonly ListenModel[]): Promise<OpenedUdpDoors> {
    const opened = new Map<string, UdpDoor>()
    try {
      for (const [key, { address }] of listeners) {
        if (this.#doors.has(key) || 'path' in address) continue
        const listen = listens.find(one => one.udp === true && one.ipv6Only !== null && addressKey(one.address) === key)
        const socket = await openUdpListener({ address, reusePort: true, ipv6Only: listen?.ipv6Only ?? null })
        opened.set(key, new UdpDoor(socket, this.#sessions, this.#ports))
      }
    } catch (error) {
      for (const door of opened.values()) door.close()
      throw error
    }
    return opened
  }

  /** From now on these serve who comes; what they do not have is closed. */
  use(listeners: ReadonlyMap<string, StreamListener>, opened: OpenedUdpDoors): void {
    for (const [key, door] of opened) this.#doors.set(key, door)
    for (const [key, door] of this.#doors) {
      const serving = listeners.get(key)
      if (serving !== undefined) door.serving = serving
      else {
        door.close()
        this.#doors.delete(key)
      }
    }
  }

  closeAll(): void {
    for (const door of this.#doors.values()) door.close()
    this.#doors.clear()
  }
}
