/**
 * The worker threads together: all of them get each configuration, one that dies is replaced, and their number
 * follows the configuration.
 *
 * In the log each generation in each worker is "worker process N": tools count those lines to see that a reload is
 * over, and a generation that has retired is what an old worker's exit is in nginx.
 */
import type { LogLevel, ListenAddress } from '../../model/model.ts'
import type { SpanBatch } from '../../worker/span-batches.ts'
import { codeLabel, codeOf } from '../../model/code.ts'
import { allUpstreams } from '../../model/stream/stream.ts'
import type { UpstreamPlan } from '../../model/plan.ts'
import type { TlsMaterial } from '../../model/settings/tls-settings.ts'
import type { Answer, Configuration, FromWorker, MovedListener, Question, WorkerBirth } from '../../worker/messages.ts'
import { Beats } from '../../shared/beats.ts'
import { Answers } from '../answers.ts'
import { Departures, PATIENCE_MS } from './departures.ts'
import { addressText, listenAddresses } from '../listening/listeners.ts'
import { ListeningShares } from '../listening/listening-shares.ts'
import { retiringOf } from './retiring.ts'
import type { RetiringView } from '../status/view.ts'
import { Watchdog } from './watchdog.ts'
import { WorkerThread, type Carrier } from './worker-thread.ts'

export interface CrewOptions {
  readonly carrier: (birth: WorkerBirth) => Carrier
  readonly birth: Omit<WorkerBirth, 'index' | 'workers'>
  readonly log: (level: LogLevel, text: string) => void
  /** A worker died: what it held in shared memory is to be freed before its place is taken. */
  readonly died: (index: number) => void
  /** The number of the user's code that a worker runs now, from 1; 0: none. */
  readonly running: (index: number) => number
  /** A client wants to know something, or to change it. Never throws. */
  /** Resolves when the spans have arrived somewhere or were given up. */
  readonly exportSpans: (batch: SpanBatch) => Promise<void>
  readonly asked: (question: Question) => Answer
  /**
   * Has sockets bound for that worker by somebody with more rights, but for those it `has`; does nothing where it binds
   * itself. Each is to be given in the turn that it comes.
   */
  readonly provide: (
    index: number,
    configuration: Configuration,
    has: readonly ListenAddress[],
    give: (listener: MovedListener) => void,
  ) => Promise<void>
  /** First pause before a dead worker is replaced; doubled each time that one does not live long. */
  readonly backOffMs?: number
  /** How long a worker's event loop may stand still before it is replaced. */
  readonly stallSeconds: number
  /** Places in shared memory for workers, those that are still leaving included. */
  readonly columns: number
}

export type Memory = Extract<FromWorker, { kind: 'memory' }>

export class Crew {
  readonly #options: CrewOptions
  readonly #watchdog: Watchdog
  /** The first one is never dismissed: it owns what cannot be moved. */
  readonly #threads: WorkerThread[] = []
  /** Places of all that are alive, those that are leaving included. */
  readonly #places = new Set<number>()
  #configuration: Configuration | null = null
  #pause = 0
  #serial = 0
  /** Workers that ended unexpectedly and were replaced. */
  respawned = 0
  #closing = false
  readonly #answers = new Answers()
  readonly #shares = new ListeningShares(this.#answers)
  readonly #departures = new Departures(this.#answers)

  constructor(options: CrewOptions) {
    this.#options = options
    this.#watchdog = new Watchdog(new Beats(options.birth.beats), options.stallSeconds)
  }

  get size(): number {
    return this.#threads.length
  }

  /** Places in shared memory of those that take new connections. */
  get workers(): readonly number[] {
    return this.#threads.map(thread => thread.index)
  }

  /** The oldest generation that any worker still serves. */
  get oldest(): number {
    const all = [...this.#threads, ...this.#departures.threads]
    const serving = all.flatMap(thread => [...thread.serving.keys()])
    return serving.length === 0 ? (this.#configuration?.generation ?? 0) : Math.min(...serving)
  }

  /** Generations that are on their way out, in any worker. */
  get retiring(): readonly RetiringView[] {
    return retiringOf(this.#threads, this.#departures.threads, this.#configuration?.generation ?? 0)
  }

  /**
   * Makes a configuration live in that many workers; answers what is wrong with it, and then some workers may have it:
   * the caller gives them the one before again. `kept` are the addresses that the one before has as well.
   */
  async configure(configuration: Configuration, workers: number, kept: readonly ListenAddress[]): Promise<string[]> {
    const first = this.#configuration === null
    const more = workers - this.#threads.length
    if (more > this.#options.columns - this.#places.size) return [`there is room for ${this.#options.columns} workers`]
    this.#configuration = configuration
    const leaving = this.#threads.splice(workers)
    const old = this.#threads.slice()
    const fresh: WorkerThread[] = []
    while (old.length + fresh.length < workers) fresh.push(this.#start(this.#freePlace(), workers))
    this.#threads.push(...fresh)
    const given = await this.#shares.handOut(old, fresh, kept)
    const answers = await Promise.all(
      this.#threads.map(thread => this.#makeLive(thread, configuration, given.get(thread) ?? [])),
    )
    // A thread that dies on a reload is an accident, to be mended by its replacement; at the start it is a reason not to go on.
    const problems = answers.flat().filter(problem => first || problem !== DIED)
    await this.#shares.handBack(leaving, this.#threads, kept)
    // Their connections may last as long as they like: the reload does not wait for them. A client that is about to send
    // on an idle one finds it open, and is told that it was the last time.
    for (const thread of leaving) {
      this.#departures.begin(thread, configuration.model.process.shutdownTimeoutMs, IDLE_MS)
    }
    return [...new Set(problems)]
  }

  /** Replaces those that are stuck. Called every second. */
  watch(): void {
    const watched = this.#threads.filter(thread => thread.alive && !thread.busy)
    const stuck = this.#watchdog.look(watched.map(thread => thread.index))
    for (const thread of watched) {
      if (stuck.includes(thread.index)) thread.kill(this.#stall(thread.index))
    }
  }

  #stall(index: number): string {
    const number = this.#options.running(index)
    const code = this.#configuration === null ? undefined : codeOf(this.#configuration.model)[number - 1]
    const where = code === undefined ? '' : ` in ${codeLabel(code.ref)}`
    return `its event loop stood still for ${this.#options.stallSeconds} s${where}`
  }

  /** Some upstreams of the live configuration have other peers; the configuration is the one with them. */
  replan(configuration: Configuration, plans: readonly UpstreamPlan[]): void {
    this.#configuration = configuration
    const { model, peerPages } = configuration
    const upstreams = new Map(allUpstreams(model)?.upstreams.map(upstream => [upstream.name, upstream]))
    for (const plan of plans) {
      const upstream = upstreams.get(plan.name)
      const message = { kind: 'replan', plan, model: upstream!, peerPages: peerPages! } as const
      for (const thread of this.#threads) thread.post(message)
    }
  }

  /** Files of TLS changed: workers take them, and those that come later begin with them. */
  recertify(tls: TlsMaterial): void {
    if (this.#configuration !== null) this.#configuration = { ...this.#configuration, tls }
    for (const thread of this.#threads) thread.post({ kind: 'recertify', tls })
  }

  reopen(): void {
    for (const thread of this.#threads) thread.post({ kind: 'reopen' })
  }

  /** A listening socket of another process; false: nothing of this configuration listens there. */
  adopt(listener: MovedListener): boolean {
    const text = addressText(listener.address)
    const model = this.#configuration?.model
    if (model === undefined || this.#threads.length === 0 || this.#closing) return false
    if (!listenAddresses(model).some(address => addressText(address) === text)) return false
    this.#shares.take(this.#threads, listener)
    return true
  }

  /** All listening sockets go to another process; connections stay. */
  handOver(addresses: readonly ListenAddress[], pass: (listener: MovedListener) => Promise<boolean>): Promise<void> {
    return this.#shares.handOver(this.#threads, addresses, pass)
  }

  /** Nothing new is taken; resolves when the rest is finished. Somebody `goesOn`: idle clients may ask once more. */
  async drain(timeoutMs: number, goesOn = false): Promise<void> {
    this.#closing = true
    this.#departures.hurry(timeoutMs)
    this.rest(timeoutMs, goesOn)
    await this.#departures.over()
  }

  /** All workers finish and leave; the next configuration starts new ones. */
  rest(timeoutMs: number, goesOn = false): void {
    for (const thread of this.#threads.splice(0)) this.#departures.begin(thread, timeoutMs, goesOn ? IDLE_MS : 0)
  }

  /** What each worker that carries traffic holds, after a forced collection where the process allows one. */
  async measure(): Promise<Memory[]> {
    const asked = this.#threads.map(thread => {
      const answer = this.#answers.next(thread, message => message.kind === 'memory')
      thread.post({ kind: 'measure' })
      return answer
    })
    return (await Promise.all(asked)).filter(message => message?.kind === 'memory')
  }

  /** Everything is dropped. */
  async stop(): Promise<void> {
    this.#closing = true
    const all = [...this.#threads.splice(0), ...this.#departures.threads]
    await Promise.all(all.map(thread => thread.stop(PATIENCE_MS)))
  }

  #freePlace(): number {
    let place = 0
    while (this.#places.has(place)) place++
    return place
  }

  #start(index: number, workers: number): WorkerThread {
    this.#places.add(index)
    return new WorkerThread({ ...this.#options.birth, index, workers }, this.#options.carrier, {
      told: (thread, message) => this.#told(thread, message),
      ended: (thread, reason) => this.#ended(thread, reason),
    })
  }

  async #makeLive(
    thread: WorkerThread,
    configuration: Configuration,
    has: readonly ListenAddress[] = [],
  ): Promise<readonly string[]> {
    const { generation } = configuration
    await this.#options.provide(thread.index, configuration, has, listener => this.#shares.give(thread, listener))
    const answer = this.#answers.next(thread, message => {
      return (message.kind === 'live' || message.kind === 'refused') && message.generation === generation
    })
    thread.busy = true
    thread.post({ kind: 'configure', configuration })
    const message = await answer
    thread.busy = false
    if (message === null) return [DIED]
    return message.kind === 'refused' ? message.problems : []
  }

  #told(thread: WorkerThread, message: FromWorker): void {
    if (message.kind === 'live' && !thread.serving.has(message.generation)) {
      thread.serving.set(message.generation, ++this.#serial)
      this.#options.log('notice', `start worker process ${this.#serial}`)
    } else if (message.kind === 'retired') this.#retire(thread, message.generation)
    else if (message.kind === 'ask') this.#asked(thread, message)
    else if (message.kind === 'spans') void this.#export(thread, message.batch)
    else if (message.kind === 'retiring') thread.retiring = message.runtimes
    this.#answers.told(thread, message)
  }

  #asked(thread: WorkerThread, { id, question }: Extract<FromWorker, { kind: 'ask' }>): void {
    thread.post({ kind: 'answer', id, answer: this.#options.asked(question) })
  }

  async #export(thread: WorkerThread, batch: SpanBatch): Promise<void> {
    await this.#options.exportSpans(batch)
    thread.post({ kind: 'spans_settled' })
  }

  #retire(thread: WorkerThread, generation: number): void {
    const serial = thread.serving.get(generation)
    if (serial === undefined) return
    thread.serving.delete(generation)
    this.#options.log('notice', `worker process ${serial} exited with code 0`)
  }

  #ended(thread: WorkerThread, reason: string): void {
    if (thread.leaving || this.#closing)
      for (const generation of thread.serving.keys()) this.#retire(thread, generation)
    this.#answers.told(thread, null)
    this.#shares.forget([thread])
    this.#options.died(thread.index)
    this.#places.delete(thread.index)
    if (thread.leaving || this.#closing || !this.#threads.includes(thread)) return
    // At the start nobody replaces it: who starts is told, and gives up.
    if (thread.serving.size === 0 && this.#serial === 0) {
      this.#options.log('error', `worker ${thread.index} ended before it was ready: ${reason.replaceAll('\n', ' ')}`)
      return
    }
    this.#pause = performance.now() - thread.bornMs > STEADY_MS ? 0 : this.#nextPause()
    const when = this.#pause === 0 ? 'at once' : `in ${this.#pause} ms`
    const serial = Math.max(0, ...thread.serving.values())
    const why = reason.replaceAll('\n', ' ')
    this.#options.log('error', `worker process ${serial} ended unexpectedly (${why}); it is replaced ${when}`)
    this.#places.add(thread.index)
    setTimeout(() => this.#replace(thread), this.#pause)
  }

  #nextPause(): number {
    return this.#pause === 0 ? (this.#options.backOffMs ?? BACK_OFF_MS) : Math.min(this.#pause * 2, LONGEST_PAUSE_MS)
  }

  #replace(dead: WorkerThread): void {
    const configuration = this.#configuration
    const at = this.#threads.indexOf(dead)
    if (at < 0) this.#places.delete(dead.index)
    if (this.#closing || configuration === null || at < 0) return
    const thread = this.#start(dead.index, this.#threads.length)
    this.#threads[at] = thread
    this.respawned++
    void this.#makeLive(thread, configuration).then(problems => {
      for (const problem of problems) if (problem !== DIED) this.#options.log('error', problem)
    })
  }
}

const DIED = 'a worker ended before it was ready'
/** How long idle connections of a dismissed worker stay open for one request more. */
const IDLE_MS = 5_000
const BACK_OFF_MS = 100
const LONGEST_PAUSE_MS = 5_000
/** Who lived that long did not die of its configuration. */
const STEADY_MS = 10_000
