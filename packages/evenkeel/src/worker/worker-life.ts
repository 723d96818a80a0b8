/**
 * One worker: the listeners it has open, the runtime that serves new connections, and older ones that are on their way
 * out. What it does is said by the main thread (messages.ts); connections come from the kernel.
 *
 * A reload compiles the new model beside the old one, opens what is newly listened on, and swaps one pointer a
 * listener. A listening socket that both have is never closed, so no connection waiting in its queue is lost.
 */
import { ERROR } from '../exchange/log-level.ts'
import type { TlsMaterial } from '../model/settings/tls-settings.ts'
import type { ListenModel } from '../model/model.ts'
import { RefusingRuntime } from '../proxy/entry/secure-runtime.ts'
import type { Socket } from 'node:net'
import { serveClient } from '../proxy/serve-client.ts'
import type { Channel } from '../net/channel.ts'
import type { Arrival } from '../proxy/entry/arrival.ts'
import type { ListenerRuntime } from '../proxy/listener-runtime.ts'
import { StreamListener } from '../proxy/stream/stream-listener.ts'
import { TcpSession } from '../proxy/stream/tcp-session.ts'
import { UdpSessions } from '../proxy/stream/udp-sessions.ts'
import type { CodeLoader } from './code/code-loader.ts'
import { openCode } from './code/code-units.ts'
import { compileRuntime } from './compile/compile-runtime.ts'
import { Doors, type OpenedDoors } from './doors.ts'
import { descriptorRoom, layGround, type WorkerGround } from './ground.ts'
import { failedRequest, hostConnection, hostRequest, isHosted } from './hosting.ts'
import type { FailedRequest, Hosted, HostedAsk, HostedUser } from './hosting.ts'
import type { Configuration, FromWorker, ToWorker, WorkerBirth } from './messages.ts'
import { Passes } from './passes.ts'
import { Retirement } from './retirement.ts'
import type { Runtime } from './runtime.ts'
import { UdpDoors, type OpenedUdpDoors } from './udp-doors.ts'

/** For a worker inside somebody's program. */
export interface WorkerHost {
  /** false: nothing is listened on, requests come from the program alone. */
  readonly listens: boolean
  /** Hears of every request that has failed. */
  readonly failed: (failed: FailedRequest) => void
}

export class WorkerLife {
  readonly #tell: (message: FromWorker) => void
  readonly #exit: () => void
  readonly #host: WorkerHost | null
  readonly #loader: CodeLoader | null
  readonly #ground: WorkerGround
  readonly #doors: Doors
  readonly #udpDoors: UdpDoors
  readonly #passes: Passes
  readonly #old = new Set<Runtime>()
  readonly #retirement: Retirement
  #runtime: Runtime | null = null
  /** Once it is to leave: those that have to end first. */
  #ending: Runtime[] | null = null
  /** Configurations are made live one after the other. */
  #busy: Promise<void> = Promise.resolve()

  /** `loader`: left out, modules of the user are loaded from disk. */
  constructor(
    birth: WorkerBirth,
    tell: (message: FromWorker) => void,
    exit: () => void,
    loader: CodeLoader | null = null,
    host: WorkerHost | null = null,
  ) {
    this.#host = host
    this.#loader = loader
    this.#tell = tell
    this.#exit = exit
    const ground = layGround(birth, tell, most => this.#endIdle(most))
    this.#ground = host === null ? ground : { ...ground, failed: exchange => host.failed(failedRequest(exchange)) }
    const { ports, admission } = this.#ground
    this.#doors = new Doors({ buffers: ports.buffers, admission }, birth.index === 0, (channel, serving, arrival) => {
      this.#serve(channel, serving, arrival)
    })
    this.#passes = new Passes(
      key => this.#runtime?.listeners.get(key),
      (socket, serving, tls) => this.#doors.take(socket, serving, tls),
    )
    this.#udpDoors = new UdpDoors(new UdpSessions(admission), ports)
    this.#retirement = new Retirement(() => this.#ending ?? this.#old, tell)
  }

  told(message: ToWorker): void {
    switch (message.kind) {
      case 'configure':
        this.#busy = this.#busy.then(() => this.#configure(message.configuration))
        return
      case 'replan':
        // In turn: it is about the configuration that was sent last, which may still be on its way.
        this.#busy = this.#busy.then(() => this.#replan(message))
        return
      case 'answer':
        return this.#ground.questions.answered(message.id, message.answer)
      case 'recertify':
        return this.#recertify(message.tls)
      case 'adopt':
        return this.#doors.adopt(message.listener)
      case 'release':
        return this.#tell({ kind: 'released', listener: this.#doors.release(message.address, message.spare) })
      case 'spans_settled':
        return this.#ground.spans.settled()
      case 'reopen':
        return this.#ground.logs.reopen()
      case 'drain':
        void this.#busy.then(() => this.#drain(message.timeoutMs, message.idleMs))
        return
      case 'stop':
        void this.#stop()
        return
      case 'measure':
        return this.#measure()
    }
  }

  /** A request of the program around; as hostRequest. */
  host(ask: HostedAsk, user: HostedUser, mayPass: boolean): Hosted | 'passed' | null {
    return hostRequest(this.#runtime, this.#ground.ports, ask, user, mayPass)
  }

  /** Whether a location is for it. */
  hosts(ask: HostedAsk): boolean {
    return isHosted(this.#runtime, this.#ground.ports, ask)
  }

  /** A connection of the program around; as hostConnection. */
  hostConnection(socket: Socket, unread: Buffer, secure: boolean): boolean {
    return hostConnection(this.#runtime, this.#ground.ports, socket, unread, secure)
  }

  async #configure(configuration: Configuration): Promise<void> {
    const { generation, model } = configuration
    try {
      this.#ground.admission.limit = descriptorRoom()
      this.#ground.logs.configure(model)
      this.#ground.spans.configure(model.http?.tracing?.exporter ?? null)
      this.#ground.overload.configure(model.process)
      const { confPrefix, code: guards } = this.#ground
      this.#loader?.use(model.code)
      this.#ground.room(configuration.stories ?? null)
      const code = await openCode(model, confPrefix, configuration.codeCounters ?? new Map(), guards)
      const runtime = compileRuntime(configuration, this.#ground, this.#passes.to, code)
      const listens: ListenModel[] = model.http?.servers.flatMap(server => server.listens) ?? []
      const streams: ListenModel[] = model.stream?.servers.flatMap(server => server.listens) ?? []
      const open = this.#host?.listens !== false
      const opened = await this.#doors.open(open ? runtime.listeners : new Map(), [
        ...listens,
        ...streams.filter(listen => listen.udp !== true),
      ])
      const openedUdp = open ? await this.#openUdp(runtime, streams, opened) : new Map()
      this.#swap(runtime, opened, openedUdp, model.process.shutdownTimeoutMs)
      this.#tell({ kind: 'live', generation })
    } catch (error) {
      this.#tell({ kind: 'refused', generation, problems: [reason(error)] })
    }
  }

  #replan({ plan, model, peerPages }: Extract<ToWorker, { kind: 'replan' }>): void {
    if (peerPages !== undefined) this.#ground.peerCounters.learn(peerPages)
    this.#runtime?.upstreams.replan(plan, model)
    this.#runtime?.stream?.upstreams.replan(plan, model)
  }

  /** The main thread has looked at the files: what still goes wrong here leaves the old ones in use. */
  #recertify(tls: TlsMaterial): void {
    try {
      this.#runtime?.recertify(tls)
    } catch (error) {
      this.#ground.ports.errorLog.write(ERROR, `certificates were not replaced: ${reason(error)}`)
    }
  }

  async #openUdp(runtime: Runtime, listens: readonly ListenModel[], opened: OpenedDoors): Promise<OpenedUdpDoors> {
    try {
      return await this.#udpDoors.open(runtime.stream?.udp ?? new Map(), listens)
    } catch (error) {
      this.#doors.discard(opened)
      throw error
    }
  }

  #serve(channel: Channel, serving: ListenerRuntime | StreamListener, arrival: Arrival | null): void {
    const { ports, admission, strain } = this.#ground
    ports.wheel.touch()
    // Either lives by the channel's calls.
    if (!(serving instanceof StreamListener)) {
      const runtime = admission.full ? new RefusingRuntime(serving, 'overloaded') : serving
      serveClient(channel, runtime, ports, arrival)
    } else if (admission.full || strain.shedding) channel.destroy()
    else void new TcpSession(channel, serving, ports, arrival)
  }

  /** Of all generations, those that are idle longest. */
  #endIdle(most: number): number {
    // Who has just come is about to ask.
    const beforeMs = this.#ground.ports.wheel.touch() - SILENT_MS
    const runtimes = [...this.#old, ...(this.#runtime === null ? [] : [this.#runtime])]
    const idle = runtimes.flatMap(runtime => runtime.idle(beforeMs))
    idle.sort((a, b) => (a.dueMs ?? 0) - (b.dueMs ?? 0))
    const ended = idle.slice(0, most)
    for (const connection of ended) connection.drain()
    return ended.length
  }

  #swap(runtime: Runtime, opened: OpenedDoors, openedUdp: OpenedUdpDoors, shutdownTimeoutMs: number): void {
    const before = this.#runtime
    this.#runtime = runtime
    this.#doors.use(runtime.listeners, opened)
    this.#udpDoors.use(runtime.stream?.udp ?? new Map(), openedUdp)
    if (before !== null) this.#retire(before, shutdownTimeoutMs)
  }

  #retire(runtime: Runtime, shutdownTimeoutMs: number): void {
    this.#old.add(runtime)
    this.#retirement.begin(runtime, shutdownTimeoutMs)
    const timer = shutdownTimeoutMs > 0 ? setTimeout(() => runtime.cut(), shutdownTimeoutMs) : undefined
    runtime.retire(() => {
      clearTimeout(timer)
      this.#old.delete(runtime)
      if (this.#old.size === 0) this.#ground.logs.sweep()
      this.#tell({ kind: 'retired', generation: runtime.generation })
    })
  }

  #drain(timeoutMs: number, idleMs: number): void {
    const again = this.#ending !== null
    const runtimes = (this.#ending ??= this.#runtime === null ? [...this.#old] : [...this.#old, this.#runtime])
    const each = (act: (runtime: Runtime) => void): void => runtimes.forEach(act)
    each(runtime => this.#retirement.begin(runtime, timeoutMs))
    // Neither timer keeps the thread: it is ended when it has said that it is done.
    if (timeoutMs > 0) setTimeout(() => each(runtime => runtime.cut()), timeoutMs).unref()
    if (idleMs > 0) setTimeout(() => each(runtime => runtime.drain()), idleMs).unref()
    else each(runtime => runtime.drain())
    if (again) return
    this.#doors.closeAll()
    this.#udpDoors.closeAll()
    let left = runtimes.length
    const done = (): void => {
      this.#ground.spans.flush()
      void this.#ground.logs.flush().then(() => this.#tell({ kind: 'drained' }))
    }
    if (left === 0) return done()
    each(runtime =>
      runtime.retire(() => {
        if (--left === 0) done()
      }),
    )
  }

  /** What was logged until now is written; a disk that does not take it in time is the main thread's to give up on. */
  async #stop(): Promise<void> {
    this.#doors.closeAll()
    this.#udpDoors.closeAll()
    for (const runtime of [...this.#old, this.#runtime]) runtime?.cut()
    await this.#ground.logs.flush()
    this.#retirement.close()
    this.#ground.close()
    this.#exit()
  }

  #measure(): void {
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    let connections = this.#runtime?.connections ?? 0
    for (const runtime of this.#old) connections += runtime.connections
    this.#tell({ kind: 'memory', heapUsed, external, connections })
  }
}

/** How long a client may be silent at first before it counts as idle. */
const SILENT_MS = 2_000

/** Of what the configuration asks for and can't be had the message says all; of a mistake in the program the place matters. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const bug = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
  return bug ? `bug: ${(error.stack ?? error.message).replaceAll('\n', ' ')}` : error.message
}
