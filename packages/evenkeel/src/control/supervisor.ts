/**
 * The main thread's part of a running balancer: one configuration after the other made live in the workers, signals
 * obeyed, the clock ticked, dead workers replaced. It carries no traffic.
 */
import { availableParallelism } from 'node:os'
import { lookupAll } from '../net/lookup.ts'
import type { ListenAddress, Model, UpstreamModel } from '../model/model.ts'
import { allUpstreams } from '../model/stream.ts'
import type { Answer, Configuration, MovedListener, Question } from '../worker/messages.ts'
import { Crew, type Memory } from './crew.ts'
import { ErrorLog } from './error-log.ts'
import { CacheKeeper } from './cache-keeper.ts'
import { makeFolders, makeTemporary, removeTemporary } from './folders.ts'
import { addressText, datagramAddresses, listenAddresses, waitForAddresses } from './listeners.ts'
import { loadConfiguration, type ProblemEars } from './loading.ts'
import { logFiles, openLogFiles } from './log-files.ts'
import { preferLinearMatching } from './linear-regex.ts'
import { limitOpenFiles } from './open-files.ts'
import { under } from './paths.ts'
import type { ProcessOptions } from './process-options.ts'
import { removePidFile, writePidFile } from './pid-file.ts'
import { ServerChanges } from './api/server-changes.ts'
import { LiveView } from './live-view.ts'
import { needsRoot, startPrivileged, type Privileged } from './privileged.ts'
import { becomeIdentity, chooseIdentity, type Identity } from './rights.ts'
import { SharedMemory } from './shared-memory.ts'
import type { SignalTask } from './signals.ts'
import { probeTls } from './probe-tls.ts'
import { TlsFiles } from './tls-files.ts'
import { Ticker } from './ticker.ts'
import { NGINX_VERSION, ownVersion } from './version.ts'
import { Roster, type Replanned } from './roster.ts'
import { writeState } from './state-files.ts'
import { answerStatus, type StatusPorts } from './status.ts'
import type { UpstreamView } from './view.ts'
import { resolveTrusted } from './trusted-names.ts'
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
  readonly #log: ErrorLog
  readonly #temporary: string
  readonly #shared = new SharedMemory()
  readonly #caches: CacheKeeper
  readonly #roster: Roster
  readonly #view: LiveView
  readonly #statusPorts: StatusPorts
  readonly #crew: Crew
  readonly #bound: MovedListener[]
  readonly #tls: TlsFiles
  #tlsWatch: NodeJS.Timeout | null = null
  #current: Configuration | null = null
  #generation = 0
  #pidPath: string | null = null
  #identity: Identity | null = null
  #privileged: Privileged | null = null
  #ticker: Ticker | null = null
  #up = false
  readonly #waiting: SignalTask[] = []
  #reloading = false
  #reloadAgain = false
  #mostFiles: number | null = null
  #ending: 'no' | 'gracefully' | 'now' = 'no'

  constructor(options: ProcessOptions) {
    const { promise, resolve } = Promise.withResolvers<number>()
    this.ended = promise
    this.#end = resolve
    this.#options = options
    this.#bound = [...(options.bound ?? [])]
    this.#log = new ErrorLog(options.say)
    this.#temporary = makeTemporary()
    const { paths } = options.source
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
    this.#tls = new TlsFiles(paths.confPrefix)
    this.#caches = new CacheKeeper({
      prefix: paths.prefix,
      owner: columns + 1,
      nowMs: Date.now,
      log: (level, text) => this.#log.write(level, text),
    })
    this.#crew = new Crew({
      carrier: options.carrier ?? threadCarrier(options.workerUrl ?? workerUrl),
      birth: {
        prefix: paths.prefix,
        confPrefix: paths.confPrefix,
        ...buffers,
        pid: process.pid,
        version: ownVersion(),
      },
      columns,
      stallSeconds: options.stallSeconds ?? STALL_SECONDS,
      log: (level, text) => this.#log.write(level, text),
      died: index => this.#clearPlace(index),
      asked: question => this.ask(question),
      provide: async (index, { model }, has, give) => {
        if (index === 0) for (const listener of this.#bound.splice(0)) give(listener)
        await this.#privileged?.provide(index, listenAddresses(model), has, give)
      },
    })
  }

  /** False: it was refused, and why has been said. */
  async start(): Promise<boolean> {
    if (await this.#start()) return true
    await this.#leave()
    return false
  }

  /** What runs; null until something does. */
  get model(): Model | null {
    return this.#current?.model ?? null
  }

  /** Reads the configuration anew and makes it live; what is wrong is logged and answered, and then nothing changes. */
  async reload(): Promise<readonly string[]> {
    // A storm of signals is one reload after the one that runs.
    this.#reloadAgain = true
    if (this.#reloading || this.#ending !== 'no') return []
    this.#reloading = true
    let problems: string[] = []
    this.#log.ear = text => problems.push(text)
    while (this.#reloadAgain && this.#ending === 'no') {
      this.#reloadAgain = false
      problems = []
      try {
        await this.#reloadOnce()
      } catch (error) {
        const text = `the reload failed, the configuration before goes on: ${String(error)}`
        problems.push(text)
        this.#log.write('error', text)
      }
    }
    this.#log.ear = null
    this.#reloading = false
    this.#roster.names.keep(this.#current === null ? null : allUpstreams(this.#current.model))
    this.#replan()
    this.#options.reloaded?.(problems)
    return problems
  }

  /** Every upstream of http as it is now. */
  get upstreams(): readonly UpstreamView[] {
    return this.#view.upstreams('http')
  }

  /** New names for the logs that were moved away. */
  async reopen(): Promise<void> {
    const { prefix } = this.#options.source.paths
    if (this.#current !== null) await this.#privileged?.createLogs(logFiles(this.#current.model, prefix))
    this.#log.reopen()
    this.#crew.reopen()
  }

  /** The API and metrics, for who has no location to ask. */
  ask(question: Question): Answer {
    return answerStatus(question, this.#statusPorts)
  }

  /** What each worker holds, for those who look for leaks. */
  measure(): Promise<Memory[]> {
    return this.#crew.measure()
  }

  /** Finishes what has begun and takes nothing new. */
  async quit(): Promise<void> {
    if (this.#ending !== 'no') return
    this.#ending = 'gracefully'
    await this.#crew.drain(this.#current?.model.process.shutdownTimeoutMs ?? 0)
    await this.#finish()
  }

  /** Drops everything. */
  async stop(): Promise<void> {
    if (this.#ending === 'now') return
    this.#ending = 'now'
    await this.#finish()
  }

  async #start(): Promise<boolean> {
    const { source, signals } = this.#options
    // The flag is the whole process's: where that is somebody else's program, it is left alone.
    if (signals !== null) preferLinearMatching()
    const { prefix, errorLog } = source.paths
    this.#openFirstLog(errorLog)
    signals?.deliver(
      task => this.#obey(task),
      (level, text) => this.#log.write(level, text),
    )
    const loaded = await loadConfiguration(source, this.#temporary, this.#ears(this.#options.say))
    if (loaded === null) return false
    const { model } = loaded
    const identity = chooseIdentity(model.process.user, process.getuid?.() === 0)
    if (typeof identity === 'string') return this.#refuse(identity)
    this.#identity = identity
    const unusable = this.#tls.load(model)
    if (unusable !== null) return this.#refuse(unusable)
    if (!this.#takeFiles(model)) return false
    const bound = new Set(this.#bound.map(({ address }) => addressText(address)))
    const addresses = listenAddresses(model).filter(address => !bound.has(addressText(address)))
    if (!(await this.#canListen(addresses, datagramAddresses(model)))) return false
    this.#log.write(
      'notice',
      `nginx/${NGINX_VERSION} configuration language, evenkeel/${ownVersion()}, node ${process.version}`,
    )
    this.#raiseLimit(model.process.maxOpenFiles)
    this.#pidPath = this.#options.pidFile === false ? null : under(prefix, model.process.pid)
    if (identity !== null) {
      this.#privileged = await startPrivileged({ identity, logs: logFiles(model, prefix), pidPath: this.#pidPath })
      becomeIdentity(identity)
    }
    this.#ticker = new Ticker(this.#shared.buffers.clock, () => this.#eachSecond())
    const problems = await this.#makeLive(model)
    if (this.#ending !== 'no') return false
    for (const problem of problems) this.#log.write('emerg', problem)
    if (problems.length > 0) return false
    const wrong = this.#pidPath === null ? null : await this.#writePid(this.#pidPath)
    if (wrong !== null) return this.#refuse(wrong)
    this.#tlsWatch = setInterval(() => this.#recertify(), TLS_WATCH_MS).unref()
    this.#log.hush()
    this.#up = true
    this.#replan()
    for (const task of this.#waiting.splice(0)) this.#obey(task)
    return this.#ending === 'no'
  }

  async #reloadOnce(): Promise<void> {
    const before = this.#current
    if (before === null) return
    this.#log.write('notice', 'reconfiguring')
    const loaded = await loadConfiguration(this.#options.source, this.#temporary, this.#ears(null))
    if (loaded === null) return
    const { model } = loaded
    const unusable = this.#tls.load(model)
    if (unusable !== null) return void this.#refuse(unusable)
    const kept = new Set(listenAddresses(before.model).map(addressText))
    const added = listenAddresses(model).filter(address => !kept.has(addressText(address)))
    const keptUdp = new Set(datagramAddresses(before.model).map(addressText))
    const addedUdp = datagramAddresses(model).filter(address => !keptUdp.has(addressText(address)))
    if (!(await this.#canListen(added, addedUdp))) return
    await this.#privileged?.createLogs(logFiles(model, this.#options.source.paths.prefix))
    if (!this.#takeFiles(model)) return
    this.#raiseLimit(model.process.maxOpenFiles)
    const problems = await this.#makeLive(model)
    if (problems.length === 0) return
    for (const problem of problems) this.#log.write('emerg', problem)
    // Some workers may have taken it: all go back to the one before, as a generation of its own.
    this.#tls.load(before.model)
    await this.#makeLive(before.model)
  }

  #canListen(added: readonly ListenAddress[], datagrams: readonly ListenAddress[]): Promise<boolean> {
    if (this.#options.listens === false) return Promise.resolve(true)
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
    const statusZones = this.#shared.counters.provideZones(model.http)
    const peerPages = this.#shared.counters.providePages(plans)
    const counted = { zones, statusZones, peerPages }
    const configuration: Configuration = { generation, model, plans, ...counted, ...(tls === undefined ? {} : { tls }) }
    const before = new Set(this.#current === null ? [] : listenAddresses(this.#current.model).map(addressText))
    const kept = listenAddresses(model).filter(address => before.has(addressText(address)))
    this.#roster.monitor.hold(model.http, plans)
    const refused = await this.#crew.configure(configuration, count, kept)
    if (refused.length > 0) return refused
    this.#current = configuration
    this.#caches.keep(model, configuration.zones)
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
    this.#roster.monitor.watch(configuration.model.http, configuration.plans)
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
    // WINCH is for a daemon whose successor has taken over; a terminal sends it whenever its window changes.
    else if (this.#current?.model.process.daemon === true) {
      this.#crew.rest(this.#current.model.process.shutdownTimeoutMs)
    }
  }

  async #finish(): Promise<void> {
    await this.#crew.stop()
    await this.#leave()
    this.#end(0)
  }

  async #leave(): Promise<void> {
    this.#roster.close()
    this.#caches.close()
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
    if (explain === null) return { log: (level, text) => this.#log.write(level, text), explain }
    return { log: (level, text) => this.#log.record(level, text), explain }
  }

  #refuse(text: string): false {
    this.#log.write('emerg', text)
    return false
  }
}

const BIND_TRIES = 5
/** How often files of TLS are looked at. */
const TLS_WATCH_MS = 2_000
/** Long enough for a slow disk, short enough for the clients of a worker that will not come back. */
const STALL_SECONDS = 10
/** A name server that does not answer must not keep the rest from service: what it names comes when it does. */
const NAMES_PATIENCE_MS = 2_000
const STRICT_PATIENCE_MS = 30_000
