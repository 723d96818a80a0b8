/**
 * The main thread's part of a running balancer: it is started, reloaded and ended here, and signals are obeyed. It
 * carries no traffic.
 */
import type { Model } from '../model/model.ts'
import type { Answer, MovedListener, Question } from '../worker/messages.ts'
import { Belongings } from './belongings.ts'
import type { Memory } from './crew.ts'
import { availableParallelism } from 'node:os'
import { lookupAll } from '../net/lookup.ts'
import type { ListenAddress, Model, UpstreamModel } from '../model/model.ts'
import { allUpstreams } from '../model/stream.ts'
import type { Answer, Configuration, MovedListener, Question } from '../worker/messages.ts'
import { AcmeFiles } from './acme/files.ts'
import { AcmeKeeper } from './acme/keeper.ts'
import { Crew, type Memory } from './crew.ts'
import { ErrorLog } from './error-log.ts'
import { CacheKeeper } from './cache-keeper.ts'
import { makeFolders, makeTemporary, removeTemporary } from './folders.ts'
import { addressText, datagramAddresses, listenAddresses, waitForAddresses } from './listeners.ts'
import { loadConfiguration, type ProblemEars } from './loading.ts'
import { logFiles, openLogFiles } from './log-files.ts'
import { preferLinearMatching } from './linear-regex.ts'
import { addressText, datagramAddresses, listenAddresses } from './listeners.ts'
import { LiveConfiguration } from './live-configuration.ts'
import { loadConfiguration, type ProblemEars } from './loading.ts'
import type { ProcessOptions } from './process-options.ts'
import type { SignalTask } from './signals.ts'
import { Succession } from './succession.ts'
import { NGINX_VERSION, ownVersion } from './version.ts'
import { threadCarrier, workerUrl } from './worker-thread.ts'

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
  readonly #tls: TlsFiles
  readonly #acme: AcmeKeeper
  #tlsWatch: NodeJS.Timeout | null = null
  #current: Configuration | null = null
  #generation = 0
  #pidPath: string | null = null
  #identity: Identity | null = null
  #privileged: Privileged | null = null
  #ticker: Ticker | null = null
  #up = false
  readonly #waiting: SignalTask[] = []
  #up = false
  #reloading = false
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
    const { rows, totals, counters, columns, buffers } = this.#shared
    this.#roster = new Roster({
      rows,
      counters,
      lookup: options.lookup ?? lookupAll,
      tls: probeTls(paths.confPrefix, () => this.#current?.tls),
      log: (level, text) => this.#log.write(level, text),
      changed: () => this.#replan(),
    })
    this.#view = new LiveView({
      rows,
      totals,
      counters,
      monitor: this.#roster.monitor,
      current: () => this.#current,
      workers: () => this.#crew.workers,
      respawned: () => this.#crew.respawned,
      caches: () => this.#caches.sizes(),
    })
    this.#statusPorts = {
      view: this.#view,
      changes: new ServerChanges({
        model: () => this.#current?.model ?? null,
        apply: edited => this.#edit(edited),
      }),
      log: text => this.#log.write('alert', text),
    }
    const acmeFiles = new AcmeFiles(paths.prefix, paths.confPrefix)
    this.#tls = new TlsFiles(paths.confPrefix, Date.now, acmeFiles)
    this.#acme = new AcmeKeeper({
      files: acmeFiles,
      board: buffers.challenges,
      log: (level, text) => this.#log.write(level, text),
      changed: () => this.#recertify(),
    })
    this.#caches = new CacheKeeper({
      prefix: paths.prefix,
      say: options.say,
      pidFile: options.pidFile !== false,
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
        await this.#belongings.provide(index, model, has, give)
      },
    })
    const parts = { belongings: this.#belongings, crew: this.#live.crew }
    this.#succession = new Succession(parts, options.signals === null)
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
    this.#live.keepNames()
    this.#live.replan()
    return problems
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
    const bound = new Set(this.#bound.map(({ address }) => addressText(address)))
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
    // Before the pid file, by which others know that the one before may be told to go.
    this.#succession.up()
    if (!(await belongings.writePid())) return false
    this.#live.watchTls()
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
    this.#tls.load(before.model)
    await this.#makeLive(before.model)
  }

  #canListen(added: readonly ListenAddress[], datagrams: readonly ListenAddress[]): Promise<boolean> {
    const mine = this.#privileged === null ? added : added.filter(address => !needsRoot(address))
    const tell = (level: 'emerg' | 'notice', text: string): void => this.#log.write(level, text)
    return waitForAddresses(mine, this.#options.bindTries ?? BIND_TRIES, tell, datagrams)
  }

  /** Plans a model and gives it to the workers; answers what is wrong with it. */
  async #makeLive(written: Model): Promise<readonly string[]> {
    const generation = ++this.#generation
    const { model, warnings: unknown } = await resolveTrusted(written, this.#options.lookup ?? lookupAll)
    for (const warning of unknown) this.#log.write('warn', warning)
    const named = allUpstreams(model)
    this.#roster.names.watch(named)
    await this.#roster.names.first(model.http?.strictResolve === true ? STRICT_PATIENCE_MS : NAMES_PATIENCE_MS)
    const { plans, warnings, problems } = this.#roster.plan(named, generation)
    for (const warning of warnings) this.#log.write('warn', warning)
    if (problems.length > 0) return problems
    const { workers } = model.process
    const count = workers === 'auto' ? availableParallelism() : workers
    const tls = this.#tls.material
    const zones = this.#shared.zones.provide(model.zones ?? [])
    const statusZones = this.#shared.counters.provideZones(model)
    const peerPages = this.#shared.counters.providePages(plans)
    const counted = { zones, statusZones, peerPages }
    const configuration: Configuration = { generation, model, plans, ...counted, ...(tls === undefined ? {} : { tls }) }
    const before = new Set(this.#current === null ? [] : listenAddresses(this.#current.model).map(addressText))
    const kept = listenAddresses(model).filter(address => before.has(addressText(address)))
    this.#roster.monitor.hold(model, plans)
    const refused = await this.#crew.configure(configuration, count, kept)
    if (refused.length > 0) return refused
    this.#current = configuration
    this.#caches.keep(model, configuration.zones)
    this.#roster.monitor.watch(model, plans)
    this.#acme.keep(model)
    this.#roster.monitor.watch(model.http, plans)
    return []
  }

  /** A name stands for other addresses: whoever names it gets other peers. While a reload runs, that sees to it. */
  #replan(): void {
    const before = this.#current
    if (before === null || !this.#up || this.#reloading || this.#ending !== 'no') return
    const changed = this.#roster.replan(before)
    if (changed !== null && typeof changed !== 'string') this.#use(changed)
  }

  /** Servers of an upstream are other ones from here on; a text is why they cannot be. */
  #edit(edited: UpstreamModel): string | null {
    const before = this.#current
    if (before === null || !this.#up || this.#reloading || this.#ending !== 'no') return 'a reload is under way'
    const changed = this.#roster.replan(before, edited)
    if (typeof changed === 'string') return changed
    if (changed !== null) this.#use(changed)
    const unsaved = writeState(edited, this.#options.source.paths.prefix)
    if (unsaved !== null) this.#log.write('error', unsaved)
    return null
  }

  #use({ configuration, plans }: Replanned): void {
    this.#current = configuration
    this.#crew.replan(configuration, plans)
    this.#roster.monitor.watch(configuration.model, configuration.plans)
  }

  /** Logs, folders and the like that a model names; false: something cannot be had, and it was said. */
  #takeFiles(model: Model): boolean {
    const { prefix } = this.#options.source.paths
    const owner = process.getuid?.() === 0 ? this.#identity : null
    const wrong =
      openLogFiles(logFiles(model, prefix), owner) ??
      makeFolders(model, prefix, this.#temporary, owner) ??
      this.#log.open(model.process.errorLogs, prefix)
    return wrong === null || this.#refuse(wrong)
  }

  /** Certificates that were replaced on disk are taken without a reload. */
  #recertify(): void {
    // A reload reads them itself.
    if (this.#reloading || this.#current === null || this.#ending !== 'no') return
    const tls = this.#tls.refresh(text => this.#log.write('warn', text))
    if (tls === null) return
    this.#current = { ...this.#current, tls }
    this.#crew.recertify(tls)
    this.#log.write('info', 'certificates and ticket keys were given to the workers anew')
  }

  #raiseLimit(most: number | null): void {
    if (most === null || most === this.#mostFiles) return
    this.#mostFiles = most
    const wrong = limitOpenFiles(most)
    if (wrong !== null) this.#log.write('warn', wrong)
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
    this.#roster.close()
    this.#caches.close()
    this.#acme.close()
    await this.#crew.stop()
    this.#ticker?.stop()
    clearInterval(this.#tlsWatch ?? undefined)
    if (this.#pidPath !== null && this.#privileged === null) removePidFile(this.#pidPath)
    this.#privileged?.close()
    removeTemporary(this.#temporary)
    if (this.#current !== null) this.#log.write('notice', 'exit')
    this.#log.close()
  }

  #clearPlace(index: number): void {
    this.#privileged?.forget(index)
    this.#shared.clearPlace(index)
  }

  #eachSecond(): void {
    this.#crew.watch()
    this.#caches.tick()
    this.#view.look()
    // While a plan is being made its generation is newer than what runs: nothing may be taken back then.
    if (!this.#reloading && this.#current !== null) this.#roster.sweep(this.#crew.oldest, this.#current.generation)
  }

  #writePid(path: string): Promise<string | null> {
    return this.#privileged === null ? Promise.resolve(writePidFile(path)) : this.#privileged.writePid()
  }

  /** Until the configuration names others, errors go to the log of -e. */
  #openFirstLog(path: string): void {
    if (path === 'stderr') return
    const wrong = this.#log.open([{ target: path, level: 'notice' }], '')
    if (wrong !== null) this.#log.write('warn', `could not open error log file: ${wrong}`)
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
