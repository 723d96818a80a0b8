/**
 * The configuration that runs: planned, given to the workers, and changed in place by what is no reload: a name that
 * stands for other addresses, servers edited through the API, certificates replaced on disk.
 */
import { availableParallelism } from 'node:os'
import { lookupAll } from '../net/lookup.ts'
import type { ListenAddress, Model, UpstreamModel } from '../model/model.ts'
import { allUpstreams } from '../model/stream/stream.ts'
import type { Answer, Configuration, MovedListener, Question, WorkerBirth } from '../worker/messages.ts'
import { AcmeFiles } from './acme/files.ts'
import { AcmeKeeper } from './acme/keeper.ts'
import { FaultShares } from './api/fault-shares.ts'
import { ServerChanges } from './api/server-changes.ts'
import { CacheKeeper } from './cache-keeper.ts'
import { Crew } from './workers/crew.ts'
import type { ErrorLog } from './files/error-log.ts'
import { addressText, listenAddresses } from './listening/listeners.ts'
import { LiveView } from './status/live-view.ts'
import type { Lookup } from './names/name-asking.ts'
import type { Paths } from './files/paths.ts'
import { probeTls } from './probe-tls.ts'
import { Roster, type Replanned } from './roster.ts'
import { SharedMemory } from './workers/shared-memory.ts'
import { StrainWatch } from './workers/strain-watch.ts'
import { Beats } from '../shared/beats.ts'
import { Total } from '../shared/totals.ts'
import { writeState } from './files/state-files.ts'
import { answerStatus, type StatusPorts } from './status/status.ts'
import { Ticker } from './ticker.ts'
import { TlsFiles } from './files/tls-files.ts'
import { TraceSender } from './trace-sender.ts'
import { resolveTrusted } from './names/trusted-names.ts'
import type { UpstreamView } from './status/view.ts'
import { ownVersion } from './version.ts'
import type { Carrier } from './workers/worker-thread.ts'

export interface LiveConfigurationOptions {
  readonly paths: Paths
  readonly log: ErrorLog
  readonly carrier: (birth: WorkerBirth) => Carrier
  readonly stallSeconds: number
  readonly lookup: Lookup | undefined
  /** Whether changes may be made now: it is up, no reload runs and it is not ending. */
  readonly settled: () => boolean
  /** A worker died: what its place held is free. */
  readonly died: (index: number) => void
  readonly provide: (
    index: number,
    model: Model,
    has: readonly ListenAddress[],
    give: (listener: MovedListener) => void,
  ) => Promise<void>
}

export class LiveConfiguration {
  readonly crew: Crew
  readonly #options: LiveConfigurationOptions
  readonly #log: ErrorLog
  readonly #shared = new SharedMemory()
  readonly #caches: CacheKeeper
  readonly #roster: Roster
  readonly #view: LiveView
  readonly #statusPorts: StatusPorts
  readonly #tls: TlsFiles
  readonly #acme: AcmeKeeper
  readonly #traces: TraceSender
  readonly #strainWatch: StrainWatch
  #tlsWatch: NodeJS.Timeout | null = null
  #ticker: Ticker | null = null
  #current: Configuration | null = null
  #generation = 0

  constructor(options: LiveConfigurationOptions) {
    const { paths, log, carrier, stallSeconds, lookup } = options
    this.#options = options
    this.#log = log
    const { rows, totals, counters, columns, buffers } = this.#shared
    this.#roster = new Roster({
      rows,
      counters,
      lookup: lookup ?? lookupAll,
      tls: probeTls(paths.confPrefix, () => this.#current?.tls),
      log: (level, text) => log.write(level, text),
      changed: () => this.replan(),
    })
    this.#view = new LiveView({
      rows,
      totals,
      counters,
      monitor: this.#roster.monitor,
      current: () => this.#current,
      workers: () => this.crew.workers,
      respawned: () => this.crew.respawned,
      caches: () => this.#caches.sizes(),
      retiring: () => this.crew.retiring,
    })
    this.#statusPorts = {
      view: this.#view,
      faults: new FaultShares(),
      changes: new ServerChanges({
        model: () => this.model,
        apply: edited => this.#edit(edited),
      }),
      log: text => log.write('alert', text),
    }
    const acmeFiles = new AcmeFiles(paths.prefix, paths.confPrefix)
    this.#tls = new TlsFiles(paths.confPrefix, Date.now, acmeFiles)
    this.#acme = new AcmeKeeper({
      files: acmeFiles,
      board: buffers.challenges,
      log: (level, text) => log.write(level, text),
      changed: () => this.#recertify(),
    })
    this.#strainWatch = new StrainWatch(new Beats(buffers.beats), () => this.model?.process ?? null)
    this.#caches = new CacheKeeper({
      prefix: paths.prefix,
      owner: columns + 1,
      nowMs: Date.now,
      log: (level, text) => log.write(level, text),
    })
    const { prefix, confPrefix } = paths
    this.#traces = new TraceSender({
      confPrefix,
      version: ownVersion(),
      log: (level, text) => log.write(level, text),
      nowMs: Date.now,
    })
    this.crew = new Crew({
      carrier,
      birth: { prefix, confPrefix, ...buffers, pid: process.pid, version: ownVersion() },
      columns,
      stallSeconds,
      log: (level, text) => log.write(level, text),
      died: index => {
        options.died(index)
        this.#shared.clearPlace(index)
      },
      running: index => this.#shared.totals.of(index, Total.code),
      asked: question => this.ask(question),
      exportSpans: batch => this.#traces.send(batch),
      provide: (index, { model }, has, give) => options.provide(index, model, has, give),
    })
  }

  /** What runs; null until something does. */
  get model(): Model | null {
    return this.#current?.model ?? null
  }

  /** Every upstream of http as it is now. */
  get upstreams(): readonly UpstreamView[] {
    return this.#view.upstreams('http')
  }

  /** The API and metrics, for who has no location to ask. */
  ask(question: Question): Answer {
    return answerStatus(question, this.#statusPorts)
  }

  /** Reads what a model needs for TLS; null, or what is wrong with it. */
  loadTls(model: Model): string | null {
    return this.#tls.load(model)
  }

  /** The clock of the workers ticks from here on. */
  tick(): void {
    this.#ticker = new Ticker(this.#shared.buffers.clock, () => this.#eachSecond())
  }

  /** Files of TLS are looked at from here on. */
  watchTls(): void {
    this.#tlsWatch = setInterval(() => this.#recertify(), TLS_WATCH_MS).unref()
  }

  /** Plans a model and gives it to the workers; answers what is wrong with it. */
  async make(written: Model): Promise<readonly string[]> {
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
    const tallies = this.#shared.counters.provideTallies(model)
    const peerPages = this.#shared.counters.providePages(plans)
    const codeCounters = this.#shared.counters.provideCode(model)
    const stories = this.#shared.counters.provideStories(model)
    const faults = this.#statusPorts.faults.provide(model.http)
    const counted = {
      faults,
      ...(stories === null ? {} : { stories }),
      zones,
      statusZones,
      tallies,
      peerPages,
      codeCounters,
    }
    const configuration: Configuration = { generation, model, plans, ...counted, ...(tls === undefined ? {} : { tls }) }
    const before = new Set(this.#current === null ? [] : listenAddresses(this.#current.model).map(addressText))
    const kept = listenAddresses(model).filter(address => before.has(addressText(address)))
    this.#roster.monitor.hold(model, plans)
    const refused = await this.crew.configure(configuration, count, kept)
    if (refused.length > 0) return refused
    this.#current = configuration
    this.#caches.keep(model, configuration.zones)
    this.#acme.keep(model)
    this.#traces.keep(model)
    this.#roster.monitor.watch(model, plans)
    return []
  }

  /** Names that nobody says any more are not watched. */
  keepNames(): void {
    this.#roster.names.keep(this.#current === null ? null : allUpstreams(this.#current.model))
  }

  /** A name stands for other addresses: whoever names it gets other peers. While a reload runs, that sees to it. */
  replan(): void {
    const before = this.#current
    if (before === null || !this.#options.settled()) return
    const changed = this.#roster.replan(before)
    if (changed !== null && typeof changed !== 'string') this.#use(changed)
  }

  async close(): Promise<void> {
    this.#roster.close()
    this.#caches.close()
    this.#acme.close()
    await this.crew.stop()
    await this.#traces.close()
    this.#ticker?.stop()
    this.#strainWatch.close()
    clearInterval(this.#tlsWatch ?? undefined)
  }

  /** Servers of an upstream are other ones from here on; a text is why they cannot be. */
  #edit(edited: UpstreamModel): string | null {
    const before = this.#current
    if (before === null || !this.#options.settled()) return 'a reload is under way'
    const changed = this.#roster.replan(before, edited)
    if (typeof changed === 'string') return changed
    if (changed !== null) this.#use(changed)
    const unsaved = writeState(edited, this.#options.paths.prefix)
    if (unsaved !== null) this.#log.write('error', unsaved)
    return null
  }

  #use({ configuration, plans }: Replanned): void {
    this.#current = configuration
    this.crew.replan(configuration, plans)
    this.#roster.monitor.watch(configuration.model, configuration.plans)
  }

  /** Certificates that were replaced on disk are taken without a reload, which reads them itself. */
  #recertify(): void {
    if (this.#current === null || !this.#options.settled()) return
    const tls = this.#tls.refresh(text => this.#log.write('warn', text))
    if (tls === null) return
    this.#current = { ...this.#current, tls }
    this.crew.recertify(tls)
    this.#log.write('info', 'certificates and ticket keys were given to the workers anew')
  }

  #eachSecond(): void {
    this.crew.watch()
    this.#caches.tick()
    this.#view.look()
    // While a plan is being made its generation is newer than what runs: nothing may be taken back then.
    if (this.#current !== null && this.#options.settled()) {
      this.#roster.sweep(this.crew.oldest, this.#current.generation)
    }
  }
}

/** How often files of TLS are looked at. */
const TLS_WATCH_MS = 2_000
/** A name server that does not answer must not keep the rest from service: what it names comes when it does. */
const NAMES_PATIENCE_MS = 2_000
const STRICT_PATIENCE_MS = 30_000
