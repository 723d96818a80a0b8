/**
 * The main thread's part of a running balancer: it is started, reloaded and ended here, and signals are obeyed. It
 * carries no traffic.
 */
import type { Model } from '../model/model.ts'
import type { Answer, MovedListener, Question } from '../worker/messages.ts'
import { findActivated, openActivated, type Activated } from './succession/activated.ts'
import { Belongings } from './belongings.ts'
import type { Memory } from './workers/crew.ts'
import { preferLinearMatching } from './linear-regex.ts'
import { addressText, datagramAddresses, listenAddresses } from './listening/listeners.ts'
import { LiveConfiguration } from './live-configuration.ts'
import { loadConfiguration, type ProblemEars } from './loading.ts'
import { ServiceNotifier } from './succession/notify.ts'
import type { ProcessOptions } from './process-options.ts'
import type { SignalTask } from './signals.ts'
import { Succession } from './succession/succession.ts'
import { NGINX_VERSION, ownVersion } from './version.ts'
import type { UpstreamView } from './status/view.ts'
import { threadCarrier, workerUrl } from './workers/worker-thread.ts'

/** null: it could not be started, and why has been said. */
export async function startProcess(options: ProcessOptions): Promise<Supervisor | null> {
  const supervisor = new Supervisor(options)
  return (await supervisor.start()) ? supervisor : null
}

export class Supervisor {
  /** Resolves with the exit code when it has ended. */
  readonly ended: Promise<number>
  readonly #end: (code: number) => void
  readonly #options: ProcessOptions
  readonly #belongings: Belongings
  readonly #live: LiveConfiguration
  readonly #bound: MovedListener[]
  readonly #succession: Succession
  /** Left for workers that are yet to come. */
  readonly #activated: Activated[]
  readonly #notifier: ServiceNotifier | null
  readonly #waiting: SignalTask[] = []
  #up = false
  #reloading = false
  #reloads = 0
  #reloadAgain = false
  #ending: 'no' | 'gracefully' | 'now' = 'no'

  constructor(options: ProcessOptions) {
    const { promise, resolve } = Promise.withResolvers<number>()
    this.ended = promise
    this.#end = resolve
    this.#options = options
    this.#bound = [...(options.bound ?? [])]
    const { paths } = options.source
    this.#belongings = new Belongings({
      prefix: paths.prefix,
      say: options.say,
      pidFile: options.pidFile !== false,
      listens: options.listens !== false,
      bindTries: options.bindTries ?? BIND_TRIES,
    })
    this.#live = new LiveConfiguration({
      paths,
      log: this.#belongings.log,
      carrier: options.carrier ?? threadCarrier(options.workerUrl ?? workerUrl),
      stallSeconds: options.stallSeconds ?? STALL_SECONDS,
      lookup: options.lookup,
      settled: () => this.#up && !this.#reloading && this.#ending === 'no',
      died: index => this.#belongings.forget(index),
      provide: async (index, model, has, give) => {
        if (index === 0) for (const listener of this.#bound.splice(0)) give(listener)
        await this.#openActivated(give)
        await this.#belongings.provide(index, model, has, give)
      },
    })
    const alone = options.signals === null
    this.#activated = alone ? [] : findActivated()
    this.#notifier = alone ? null : ServiceNotifier.find(text => this.#belongings.log.write('warn', text))
    const parts = { belongings: this.#belongings, crew: this.#live.crew }
    this.#succession = new Succession(parts, alone)
  }

  /** False: it was refused, and why has been said. */
  async start(): Promise<boolean> {
    if (await this.#start()) return true
    await this.#leave()
    return false
  }

  /** What runs; null until something does. */
  get model(): Model | null {
    return this.#live.model
  }

  /** Reads the configuration anew and makes it live; what is wrong is logged and answered, and then nothing changes. */
  async reload(): Promise<readonly string[]> {
    // A storm of signals is one reload after the one that runs.
    this.#reloadAgain = true
    if (this.#reloading || this.#ending !== 'no') return []
    this.#reloading = true
    this.#notifier?.reloading()
    const { log } = this.#belongings
    let problems: string[] = []
    log.ear = text => problems.push(text)
    while (this.#reloadAgain && this.#ending === 'no') {
      this.#reloadAgain = false
      problems = []
      try {
        await this.#reloadOnce()
      } catch (error) {
        const text = `the reload failed, the configuration before goes on: ${String(error)}`
        problems.push(text)
        log.write('error', text)
      }
    }
    log.ear = null
    this.#reloading = false
    this.#notifier?.ready()
    if (this.model !== null) this.#belongings.record(++this.#reloads, problems, this.model)
    this.#live.keepNames()
    this.#live.replan()
    this.#options.reloaded?.(problems)
    return problems
  }

  /** Every upstream of http as it is now. */
  get upstreams(): readonly UpstreamView[] {
    return this.#live.upstreams
  }

  /** New names for the logs that were moved away. */
  async reopen(): Promise<void> {
    const { model } = this.#live
    if (model !== null) await this.#belongings.createLogs(model)
    this.#belongings.log.reopen()
    this.#live.crew.reopen()
  }

  /** The API and metrics, for who has no location to ask. */
  ask(question: Question): Answer {
    return this.#live.ask(question)
  }

  /** What each worker holds, for those who look for leaks. */
  measure(): Promise<Memory[]> {
    return this.#live.crew.measure()
  }

  /** Finishes what has begun and takes nothing new. */
  async quit(): Promise<void> {
    if (this.#ending !== 'no') return
    this.#ending = 'gracefully'
    const goesOn = this.model !== null && (await this.#succession.handOver(this.model))
    await this.#live.crew.drain(this.model?.process.shutdownTimeoutMs ?? 0, goesOn)
    await this.#finish()
  }

  /** Drops everything. */
  async stop(): Promise<void> {
    if (this.#ending === 'now') return
    this.#ending = 'now'
    if (this.#up && this.model !== null) await this.#succession.handOver(this.model)
    await this.#finish()
  }

  async #start(): Promise<boolean> {
    const { source, signals } = this.#options
    const belongings = this.#belongings
    const { log } = belongings
    // The flag is the whole process's: where that is somebody else's program, it is left alone.
    if (signals !== null) preferLinearMatching()
    belongings.openFirstLog(source.paths.errorLog)
    signals?.deliver(
      task => this.#obey(task),
      (level, text) => log.write(level, text),
    )
    const loaded = await loadConfiguration(source, belongings.temporary, this.#ears(this.#options.say))
    if (loaded === null) return false
    const { model } = loaded
    if (!belongings.chooseIdentity(model.process.user)) return false
    const unusable = this.#live.loadTls(model)
    if (unusable !== null) return belongings.refuse(unusable)
    if (!belongings.takeFiles(model)) return false
    const bound = new Set([...this.#bound, ...this.#activated].map(({ address }) => addressText(address)))
    const addresses = listenAddresses(model).filter(
      address => !bound.has(addressText(address)) && !this.#succession.inherits(address),
    )
    const datagrams = datagramAddresses(model).filter(address => !this.#succession.inheritsUdp(address))
    if (!(await belongings.canListen(addresses, datagrams))) return false
    log.write(
      'notice',
      `nginx/${NGINX_VERSION} configuration language, evenkeel/${ownVersion()}, node ${process.version}`,
    )
    belongings.raiseLimit(model.process.maxOpenFiles)
    await belongings.dropRights(model)
    this.#live.tick()
    const problems = await this.#live.make(model)
    if (this.#ending !== 'no') return false
    for (const problem of problems) log.write('emerg', problem)
    if (problems.length > 0) return false
    for (const left of this.#activated.splice(0)) {
      // More sockets than workers: the kernel deals connections to all of them.
      await openActivated(left, one => void (this.#live.crew.adopt(one) || one.server.close()))
    }
    // Before the pid file, by which others know that the one before may be told to go.
    this.#succession.up()
    if (!(await belongings.writePid())) return false
    if (this.model !== null) belongings.record(this.#reloads, [], this.model)
    this.#live.watchTls()
    this.#notifier?.ready()
    log.hush()
    this.#up = true
    this.#live.replan()
    for (const task of this.#waiting.splice(0)) this.#obey(task)
    return this.#ending === 'no'
  }

  async #reloadOnce(): Promise<void> {
    const before = this.model
    if (before === null) return
    const belongings = this.#belongings
    belongings.log.write('notice', 'reconfiguring')
    const loaded = await loadConfiguration(this.#options.source, belongings.temporary, this.#ears(null))
    if (loaded === null) return
    const { model } = loaded
    const unusable = this.#live.loadTls(model)
    if (unusable !== null) return void belongings.refuse(unusable)
    if (!(await belongings.canListenAlso(before, model))) return
    await belongings.createLogs(model)
    if (!belongings.takeFiles(model)) return
    belongings.raiseLimit(model.process.maxOpenFiles)
    const problems = await this.#live.make(model)
    if (problems.length === 0) return
    for (const problem of problems) belongings.log.write('emerg', problem)
    // Some workers may have taken it: all go back to the one before, as a generation of its own.
    this.#live.loadTls(before)
    await this.#live.make(before)
  }

  /** One of each address for a worker: where there are several, each worker has its own. */
  async #openActivated(give: (listener: MovedListener) => void): Promise<void> {
    const had = new Set<string>()
    for (const activated of this.#activated.slice()) {
      const name = addressText(activated.address)
      if (had.has(name)) continue
      had.add(name)
      this.#activated.splice(this.#activated.indexOf(activated), 1)
      await openActivated(activated, give)
    }
  }

  #obey(task: SignalTask): void {
    // What comes while it is starting is done once it is up, but for its end.
    if (!this.#up && (task === 'stop' || task === 'quit')) void this.stop()
    else if (!this.#up) this.#waiting.push(task)
    else if (task === 'stop') void this.stop()
    else if (task === 'quit') void this.quit()
    else if (task === 'reload') void this.reload()
    else if (task === 'reopen') void this.reopen()
    else if (task === 'upgrade') void this.#upgrade()
    else void this.#rest()
  }

  async #upgrade(): Promise<void> {
    if (this.model !== null && this.#ending === 'no') await this.#succession.begin(this.model)
  }

  /** WINCH is for a daemon whose successor has taken over; a terminal sends it whenever its window changes. */
  async #rest(): Promise<void> {
    const { model } = this
    if (model?.process.daemon !== true) return
    const goesOn = await this.#succession.handOver(model)
    this.#live.crew.rest(model.process.shutdownTimeoutMs, goesOn)
  }

  async #finish(): Promise<void> {
    await this.#notifier?.stopping()
    await this.#live.crew.stop()
    await this.#leave()
    this.#end(0)
  }

  async #leave(): Promise<void> {
    await this.#live.close()
    this.#succession.close()
    this.#belongings.close()
    if (this.model !== null) this.#belongings.log.write('notice', 'exit')
    this.#belongings.log.close()
  }

  /** At the terminal a problem is shown with its place and remedy; the log has one line of it. */
  #ears(explain: ((text: string) => void) | null): ProblemEars {
    const { log } = this.#belongings
    if (explain === null) return { log: (level, text) => log.write(level, text), explain }
    return { log: (level, text) => log.record(level, text), explain }
  }
}

const BIND_TRIES = 5
/** Long enough for a slow disk, short enough for the clients of a worker that will not come back. */
const STALL_SECONDS = 10
