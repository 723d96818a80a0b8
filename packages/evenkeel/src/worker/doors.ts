/**
 * The listening sockets of one worker, and who serves what comes in at each.
 *
 * Closing one socket of a reusePort group resets the connections that wait in its queue, so sockets of workers that are
 * dismissed move here and stay beside the own one, until a worker more can use them.
 */
import type { Server, Socket } from 'node:net'
import type { ClientTls } from '../exchange/client-tls.ts'
import type { ListenAddress, ListenModel } from '../model/model.ts'
import type { Channel } from '../net/channel.ts'
import { makeChannel } from '../net/channels.ts'
import { openSocketListener, type Listener, type ListenerOptions } from '../net/listen.ts'
import { addressKey } from './compile/address-key.ts'
import type { MovedListener } from './messages.ts'
import type { ReadBuffers } from '../net/read-buffers.ts'
import type { Arrival, Entry } from '../proxy/entry/arrival.ts'
import type { ListenerRuntime } from '../proxy/listener-runtime.ts'
import type { StreamListener } from '../proxy/stream/stream-listener.ts'
import type { ListenerLife } from './runtime.ts'

type DoorOptions = Pick<ListenerOptions, 'admission'> & { readonly buffers: ReadBuffers }

/** Who serves connections: http or stream. */
type Serving = ListenerLife | StreamListener

/** Takes a connection over that is ready for its protocol. */
type Serve = (channel: Channel, serving: ListenerRuntime | StreamListener, arrival: Arrival | null) => void

interface Door {
  /** null: it was given away. */
  own: Listener | null
  readonly spare: Listener[]
  /** Who serves what comes in here. */
  serving: Serving
}

/** Doors that are open but not in use yet. */
export type OpenedDoors = ReadonlyMap<string, Door>

/** A socket that came before there is a configuration for it; what it accepts waits. */
interface Early {
  readonly listener: Listener
  door: Door | null
}

export class Doors {
  readonly #options: DoorOptions
  readonly #serve: Serve
  readonly #doors = new Map<string, Door>()
  readonly #early = new Map<string, Early>()
  /** The worker that has what threads can't share. */
  readonly #first: boolean

  constructor(options: DoorOptions, first: boolean, serve: Serve) {
    this.#options = options
    this.#first = first
    this.#serve = serve
  }

  /**
   * Opens what these listeners have and is not open yet; nothing that is open is touched, so that failing changes
   * nothing. Connections wait until `use`. Throws what can't be opened.
   */
  async open(listeners: ReadonlyMap<string, Serving>, listens: readonly ListenModel[]): Promise<OpenedDoors> {
    const opened = new Map<string, Door>()
    try {
      for (const [key, serving] of listeners) {
        if (this.#doors.get(key)?.own != null || ('path' in serving.address && !this.#first)) continue
        const door: Door = { own: null, spare: [], serving }
        const early = this.#early.get(key)
        if (early !== undefined) {
          this.#early.delete(key)
          early.door = door
          door.own = early.listener
        } else {
          const options = listens.find(listen => addressKey(listen.address) === key && hasOptions(listen))
          door.own = await this.#open(serving.address, options ?? null, null, () => door)
          door.own.pauseAccepting()
        }
        opened.set(key, door)
      }
    } catch (error) {
      this.discard(opened)
      throw error
    } finally {
      for (const { listener } of this.#early.values()) listener.close()
      this.#early.clear()
    }
    return opened
  }

  discard(opened: OpenedDoors): void {
    for (const door of opened.values()) door.own?.close()
  }

  /** From now on these serve, what was opened for them is in use, and what they do not have is closed. */
  use(listeners: ReadonlyMap<string, Serving>, opened: OpenedDoors): void {
    for (const [key, door] of opened) this.#doors.set(key, door)
    for (const [key, door] of this.#doors) {
      const serving = listeners.get(key)
      if (serving !== undefined) door.serving = serving
      else {
        closeDoor(door)
        this.#doors.delete(key)
      }
    }
    for (const door of opened.values()) door.own?.resumeAccepting()
  }

  /** Takes over a socket: beside the own one if there is one, else for the next configuration. */
  adopt({ address, server }: MovedListener): void {
    const key = addressKey(address)
    const door = this.#doors.get(key)
    if (door !== undefined) {
      void this.#open(address, null, server, () => door).then(listener => door.spare.push(listener))
      return
    }
    let early: Early | null = null
    void this.#open(address, null, server, () => early?.door ?? null).then(listener => {
      listener.pauseAccepting()
      this.#early.get(key)?.listener.close()
      this.#early.set(key, (early = { listener, door: null }))
    })
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

  /** Serves a socket that has just come, or is to be taken for one; `tls` is what it has agreed on before, if it has. */
  take(socket: Socket, serving: Serving, tls: ClientTls | null): void {
    if (serving.entry !== null) return (serving.entry as Entry<Serving>).take(socket, serving, this.#serve)
    const arrival = tls === null ? null : { proxied: null, tls, unread: null }
    this.#serve(makeChannel(socket, this.#options.buffers), serving, arrival)
  }

  #open(
    address: ListenAddress,
    options: ListenModel | null,
    moved: Server | null,
    doorOf: () => Door | null,
  ): Promise<Listener> {
    const { buffers } = this.#options
    return openSocketListener(
      {
        ...this.#options,
        address,
        backlog: options?.backlog ?? null,
        ipv6Only: options?.ipv6Only ?? null,
        reusePort: !('path' in address),
        replaces: true,
        moved,
      },
      buffers.onBug,
      socket => {
        const serving = doorOf()?.serving
        if (serving === undefined) socket.on('error', ignore).destroy()
        else this.take(socket, serving, null)
      },
    )
  }
}

function ignore(): void {}

function hasOptions(listen: ListenModel): boolean {
  return listen.backlog !== null || listen.ipv6Only !== null
}

function closeDoor(door: Door): void {
  door.own?.close()
  for (const listener of door.spare) listener.close()
}
