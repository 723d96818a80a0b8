/**
 * The listening sockets of one worker, and who serves what comes in at each.
 *
 * Closing one socket of a reusePort group resets the connections that wait in its queue, so sockets of workers that are
 * dismissed move here and stay beside the own one, until a worker more can use them.
 */
import type { ListenAddress, ListenModel } from '../model/model.ts'
import type { Channel } from '../net/channel.ts'
import { openListener, type Listener, type ListenerOptions } from '../net/listen.ts'
import { addressKey } from './address-key.ts'
import type { MovedListener } from './messages.ts'
import type { ListenerLife } from './runtime.ts'

type DoorOptions = Pick<ListenerOptions, 'admission'> & Pick<Parameters<typeof openListener>[0], 'buffers'>

interface Door {
  /** null: it was given away. */
  own: Listener | null
  readonly spare: Listener[]
  /** Who serves what comes in here. */
  serving: ListenerLife
}

/** Doors that are open but not in use yet. */
export interface OpenedDoors {
  readonly doors: ReadonlyMap<string, Door>
}

export class Doors {
  readonly #options: DoorOptions
  readonly #accept: (channel: Channel, serving: ListenerLife) => void
  readonly #doors = new Map<string, Door>()
  /** The worker that has what threads can't share. */
  readonly #first: boolean

  constructor(options: DoorOptions, first: boolean, accept: (channel: Channel, serving: ListenerLife) => void) {
    this.#options = options
    this.#first = first
    this.#accept = accept
  }

  /**
   * Opens what these listeners have and is not open yet; nothing that is open is touched, so that failing changes
   * nothing. Connections wait until `use`. Throws what can't be opened.
   */
  async open(
    listeners: ReadonlyMap<string, ListenerLife>,
    listens: readonly ListenModel[],
    moved: readonly MovedListener[],
  ): Promise<OpenedDoors> {
    const doors = new Map<string, Door>()
    const unused = new Set(moved)
    const opened: OpenedDoors = { doors }
    try {
      // Those that were moved here accept from now on, and whom they accept has to find somebody: they go first.
      for (const one of moved) {
        const key = addressKey(one.address)
        const serving = listeners.get(key)
        if (serving === undefined || doors.has(key) || this.#isOpen(key)) continue
        unused.delete(one)
        await this.#openDoor(doors, key, serving, listens, one)
      }
      for (const [key, serving] of listeners) {
        if (doors.has(key) || this.#isOpen(key)) continue
        if ('path' in serving.address && !this.#first) continue
        await this.#openDoor(doors, key, serving, listens, null)
      }
    } catch (error) {
      this.discard(opened)
      throw error
    } finally {
      for (const { server } of unused) server.close()
    }
    return opened
  }

  discard(opened: OpenedDoors): void {
    for (const door of opened.doors.values()) door.own?.close()
  }

  /** From now on these serve, what was opened for them is in use, and what they do not have is closed. */
  use(listeners: ReadonlyMap<string, ListenerLife>, opened: OpenedDoors): void {
    for (const [key, door] of opened.doors) this.#doors.set(key, door)
    for (const [key, door] of this.#doors) {
      const serving = listeners.get(key)
      if (serving !== undefined) door.serving = serving
      else {
        closeDoor(door)
        this.#doors.delete(key)
      }
    }
    for (const door of opened.doors.values()) door.own?.resumeAccepting()
  }

  /** Takes over a socket of another worker, beside its own. */
  adopt(moved: MovedListener): void {
    const door = this.#doors.get(addressKey(moved.address))
    // Nobody listens there any more.
    if (door === undefined) return void moved.server.close()
    void this.#listen(door, moved.address, null, moved).then(listener => door.spare.push(listener))
  }

  /** Gives a socket away; `spare`: only one that it can do without. */
  release(address: ListenAddress, spare: boolean): MovedListener | null {
    const door = this.#doors.get(addressKey(address))
    if (door === undefined) return null
    const listener = door.spare.pop() ?? (spare ? null : door.own)
    if (listener === null) return null
    if (listener === door.own) door.own = null
    return { address, server: listener.release() }
  }

  closeAll(): void {
    for (const door of this.#doors.values()) closeDoor(door)
    this.#doors.clear()
  }

  #isOpen(key: string): boolean {
    return this.#doors.get(key)?.own != null
  }

  async #openDoor(
    doors: Map<string, Door>,
    key: string,
    serving: ListenerLife,
    listens: readonly ListenModel[],
    moved: MovedListener | null,
  ): Promise<void> {
    const door: Door = { own: null, spare: [], serving }
    const options = listens.find(
      listen => addressKey(listen.address) === key && (listen.backlog !== null || listen.ipv6Only !== null),
    )
    door.own = await this.#listen(door, serving.address, options ?? null, moved)
    door.own.pauseAccepting()
    doors.set(key, door)
  }

  #listen(
    door: Door,
    address: ListenAddress,
    options: ListenModel | null,
    moved: MovedListener | null,
  ): Promise<Listener> {
    return openListener(
      {
        ...this.#options,
        address,
        backlog: options?.backlog ?? null,
        ipv6Only: options?.ipv6Only ?? null,
        reusePort: !('path' in address),
        moved: moved?.server ?? null,
      },
      channel => this.#accept(channel, door.serving),
    )
  }
}

function closeDoor(door: Door): void {
  door.own?.close()
  for (const listener of door.spare) listener.close()
}
