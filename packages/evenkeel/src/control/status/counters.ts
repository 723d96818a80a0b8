/**
 * The counters of status zones and peers, on the main thread: made for each configuration, kept over reloads by name
 * and row, summed when somebody asks.
 */
import { codeLabel, codeOf } from '../../model/code.ts'
import type { HttpModel, Model } from '../../model/model.ts'
import { resolveServers, type ResolvedLocation, type ResolvedServer } from '../../model/resolve.ts'
import type { UpstreamPlan } from '../../model/plan.ts'
import { statusZoneKey, statusZonesOf, type StatusZoneKind } from '../../model/status-zones.ts'
import { tallyKey, tallyKeysOf, type TallyKind } from '../../model/tallies.ts'
import { CodeCounters, createCodeCounters, type CodeSums } from '../../shared/code-counters.ts'
import { createPeerPage, PeerCounters, peerPageOf, type PeerSums } from '../../shared/peer-counters.ts'
import { createStories, StoryRing } from '../../shared/story-ring.ts'
import { createTally, Tally } from '../../shared/tally.ts'
import { createZoneCounters, ZoneCounters, type ZoneSums } from '../../shared/zone-counters.ts'

export class Counters {
  readonly #columns: number
  #zones: ReadonlyMap<string, SharedArrayBuffer> = new Map()
  readonly #pages = new Map<number, SharedArrayBuffer>()
  readonly #peers = new PeerCounters(0)
  #tallies: ReadonlyMap<string, SharedArrayBuffer> = new Map()
  #stories: SharedArrayBuffer | null = null
  #code: ReadonlyMap<string, SharedArrayBuffer> = new Map()

  constructor(columns: number) {
    this.#columns = columns
  }

  /** Buffers for the zones of a model; what no model names any more is let go. */
  provideZones(model: Pick<Model, 'http' | 'stream'>): ReadonlyMap<string, SharedArrayBuffer> {
    const { servers, locations, streams } = statusZonesOf(model)
    const keys = [
      ...[...servers].map(name => statusZoneKey('server', name)),
      ...[...locations].map(name => statusZoneKey('location', name)),
      ...[...streams].map(name => statusZoneKey('stream', name)),
    ]
    this.#zones = new Map(keys.map(key => [key, this.#zones.get(key) ?? createZoneCounters(this.#columns)]))
    return this.#zones
  }

  /** Buffers for what is counted of limits and caches. */
  provideTallies(model: Pick<Model, 'http'>): ReadonlyMap<string, SharedArrayBuffer> {
    const keys = tallyKeysOf(model)
    this.#tallies = new Map(keys.map(key => [key, this.#tallies.get(key) ?? createTally(this.#columns)]))
    return this.#tallies
  }

  /** null: nothing of that name is counted. */
  tally(kind: TallyKind, name: string): readonly number[] | null {
    const buffer = this.#tallies.get(tallyKey(kind, name))
    return buffer === undefined ? null : new Tally(buffer, 0).sums()
  }

  /** Room for explained requests; null: no location asks for it. */
  provideStories(model: Model): SharedArrayBuffer | null {
    this.#stories = explains(model.http) ? (this.#stories ?? createStories(this.#columns)) : null
    return this.#stories
  }

  stories(): StoryRing | null {
    return this.#stories === null ? null : new StoryRing(this.#stories, 0)
  }

  /** Buffers for the user's code of a model, by its label. */
  provideCode(model: Model): ReadonlyMap<string, SharedArrayBuffer> {
    const labels = codeOf(model).map(({ ref }) => codeLabel(ref))
    this.#code = new Map(labels.map(label => [label, this.#code.get(label) ?? createCodeCounters(this.#columns)]))
    return this.#code
  }

  code(label: string): CodeSums | null {
    const buffer = this.#code.get(label)
    return buffer === undefined ? null : new CodeCounters(buffer, 0).sums()
  }

  /** Pages for the peers of these plans. They are never given back: there are as many as there were peers at once. */
  providePages(plans: readonly UpstreamPlan[]): ReadonlyMap<number, SharedArrayBuffer> {
    const wanted = new Set(plans.flatMap(plan => plan.peers.map(({ row }) => peerPageOf(row))))
    const pages = new Map([...wanted].map(page => [page, this.#pages.get(page) ?? createPeerPage(this.#columns)]))
    for (const [page, buffer] of pages) this.#pages.set(page, buffer)
    this.#peers.learn(pages)
    return pages
  }

  /** The row is given to another peer. */
  openPeer(row: number): void {
    this.#peers.clear(row)
  }

  peer(row: number): PeerSums {
    return this.#peers.sums(row)
  }

  zone(kind: StatusZoneKind, name: string): ZoneSums | null {
    const buffer = this.#zones.get(statusZoneKey(kind, name))
    return buffer === undefined ? null : new ZoneCounters(buffer, 0).sums()
  }

  freeDead(column: number): void {
    for (const buffer of this.#zones.values()) new ZoneCounters(buffer, column).clearColumn(column)
  }
}

function explains(http: HttpModel | null): boolean {
  if (http === null) return false
  const asks = ({ settings, locations }: ResolvedServer | ResolvedLocation): boolean =>
    settings.explain !== 'off' || locations.some(asks)
  return resolveServers(http).some(asks)
}
