/**
 * One worker: the listeners it has open, the runtime that serves new connections, and older ones that are on their way
 * out. What it does is said by the main thread (messages.ts); connections come from the kernel.
 *
 * A reload compiles the new model beside the old one, opens what is newly listened on, and swaps one pointer a
 * listener. A listening socket that both have is never closed, so no connection waiting in its queue is lost.
 */
import type { Channel } from '../net/channel.ts'
import { openListener, type Listener } from '../net/listen.ts'
import type { ListenModel } from '../model/model.ts'
import { ServerConnection } from '../proxy/http1/server-connection.ts'
import { addressKey } from './address-key.ts'
import { compileRuntime } from './compile-runtime.ts'
import { layGround, type WorkerGround } from './ground.ts'
import type { Configuration, FromWorker, MovedListener, ToWorker, WorkerBirth } from './messages.ts'
import type { ListenerLife, Runtime } from './runtime.ts'

interface Door {
  listener: Listener | null
  /** Who serves what comes in here. */
  serving: ListenerLife
}

export class WorkerLife {
  readonly #birth: WorkerBirth
  readonly #tell: (message: FromWorker) => void
  readonly #exit: () => void
  readonly #ground: WorkerGround
  readonly #doors = new Map<string, Door>()
  readonly #old = new Set<Runtime>()
  #runtime: Runtime | null = null
  #draining = false
  /** Configurations are made live one after the other. */
  #busy: Promise<void> = Promise.resolve()

  constructor(birth: WorkerBirth, tell: (message: FromWorker) => void, exit: () => void) {
    this.#birth = birth
    this.#tell = tell
    this.#exit = exit
    this.#ground = layGround(birth)
  }

  told(message: ToWorker): void {
    switch (message.kind) {
      case 'configure':
        this.#busy = this.#busy.then(() => this.#configure(message.configuration, message.listeners))
        return
      case 'replan':
        this.#runtime?.upstreams.replan(message.plan)
        return
      case 'adopt':
        return this.#adopt(message.listener)
      case 'release': {
        const door = this.#doors.get(addressKey(message.address))
        if (door?.listener == null) return
        const server = door.listener.release()
        door.listener = null
        return this.#tell({ kind: 'released', listener: { address: message.address, server } })
      }
      case 'reopen':
        return this.#ground.logs.reopen()
      case 'drain':
        return this.#drain(message.timeoutMs)
      case 'stop':
        return this.#stop()
      case 'measure':
        return this.#measure()
    }
  }

  async #configure(configuration: Configuration, moved: readonly MovedListener[]): Promise<void> {
    const { generation, model, plans } = configuration
    try {
      this.#ground.logs.configure(model)
      const runtime = compileRuntime(generation, model, plans, this.#ground)
      await this.#open(runtime, model.http?.servers.flatMap(server => server.listens) ?? [], moved)
      this.#swap(runtime, model.process.shutdownTimeoutMs)
      this.#tell({ kind: 'live', generation })
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#tell({ kind: 'refused', generation, problems: [text] })
    }
  }

  /** Opens what is new; nothing that is open is touched, so that failing changes nothing. */
  async #open(runtime: Runtime, listens: readonly ListenModel[], moved: readonly MovedListener[]): Promise<void> {
    const opened: [string, Door][] = []
    try {
      for (const [key, serving] of runtime.listeners) {
        if (this.#doors.get(key)?.listener != null) continue
        const server = moved.find(found => addressKey(found.address) === key)?.server
        const unix = 'path' in serving.address
        // A Unix socket can't be shared by threads: the first worker has it.
        if (unix && this.#birth.index !== 0 && server === undefined) continue
        const door: Door = { listener: null, serving }
        const options = listens.find(listen => addressKey(listen.address) === key && (listen.backlog !== null || listen.ipv6Only !== null))
        door.listener = await openListener(
          {
            address: serving.address,
            backlog: options?.backlog ?? null,
            ipv6Only: options?.ipv6Only ?? null,
            reusePort: !unix,
            buffers: this.#ground.ports.buffers,
            admission: this.#ground.admission,
            moved: server ?? null,
          },
          channel => this.#accept(channel, door),
        )
        opened.push([key, door])
      }
    } catch (error) {
      for (const [, door] of opened) door.listener?.close()
      throw error
    }
    for (const [key, door] of opened) this.#doors.set(key, door)
  }

  #swap(runtime: Runtime, shutdownTimeoutMs: number): void {
    const before = this.#runtime
    this.#runtime = runtime
    for (const [key, door] of this.#doors) {
      const serving = runtime.listeners.get(key)
      if (serving !== undefined) door.serving = serving
      else {
        door.listener?.close()
        this.#doors.delete(key)
      }
    }
    if (before !== null) this.#retire(before, shutdownTimeoutMs)
  }

  #retire(runtime: Runtime, shutdownTimeoutMs: number): void {
    this.#old.add(runtime)
    const timer = shutdownTimeoutMs > 0 ? setTimeout(() => runtime.cut(), shutdownTimeoutMs) : undefined
    runtime.retire(() => {
      clearTimeout(timer)
      this.#old.delete(runtime)
      if (this.#old.size === 0) this.#ground.logs.sweep()
      this.#tell({ kind: 'retired', generation: runtime.generation })
    })
  }

  #accept(channel: Channel, door: Door): void {
    this.#ground.ports.wheel.touch()
    new ServerConnection(channel, door.serving, this.#ground.ports)
  }

  #adopt(moved: MovedListener): void {
    const door = this.#doors.get(addressKey(moved.address))
    if (door?.listener != null) door.listener.adopt(moved.server)
  }

  #drain(timeoutMs: number): void {
    if (this.#draining) return
    this.#draining = true
    this.#closeDoors()
    const runtimes = [...this.#old]
    if (this.#runtime !== null) runtimes.push(this.#runtime)
    const timer = timeoutMs > 0 ? setTimeout(() => runtimes.forEach(runtime => runtime.cut()), timeoutMs) : undefined
    let left = runtimes.length
    const done = (): void => {
      clearTimeout(timer)
      void this.#ground.logs.flush().then(() => this.#tell({ kind: 'drained' }))
    }
    if (left === 0) return done()
    for (const runtime of runtimes) {
      runtime.drain()
      runtime.retire(() => {
        if (--left === 0) done()
      })
    }
  }

  #stop(): void {
    this.#closeDoors()
    for (const runtime of [...this.#old, this.#runtime]) runtime?.cut()
    this.#ground.logs.close()
    this.#ground.ports.wheel.stop()
    this.#exit()
  }

  #closeDoors(): void {
    for (const door of this.#doors.values()) door.listener?.close()
    this.#doors.clear()
  }

  #measure(): void {
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    let connections = this.#runtime?.connections ?? 0
    for (const runtime of this.#old) connections += runtime.connections
    this.#tell({ kind: 'memory', heapUsed, external, connections })
  }
}
