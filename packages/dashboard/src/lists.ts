/** The tables besides upstreams: zones, caches and limits. Each is there when there is something in it. */
import { formatBytes, formatCount, formatPercent, formatRate } from './format.ts'
import type { Moment } from './history.ts'
import { growth, secondsBetween } from './rates.ts'
import type { Cache, Limit, Zone } from './snapshot.ts'
import { Table, type Column } from './table.ts'

export interface Places {
  readonly zones: HTMLElement
  readonly caches: HTMLElement
  readonly limits: HTMLElement
}

interface ZoneRow {
  readonly zone: Zone
  readonly perSecond: number
}

interface LimitRow {
  readonly limit: Limit
  readonly rejectedPerSecond: number
}

export class Lists {
  readonly #places: Places
  readonly #zones = new Table<ZoneRow>('Zones', zoneColumns, ({ zone }) => `${zone.kind} ${zone.name}`)
  readonly #caches = new Table<Cache>('Caches', cacheColumns, ({ name }) => name)
  readonly #limits = new Table<LimitRow>('Limits', limitColumns, ({ limit }) => `${limit.kind} ${limit.name}`)

  constructor(places: Places) {
    this.#places = places
    places.zones.append(this.#zones.element)
    places.caches.append(this.#caches.element)
    places.limits.append(this.#limits.element)
  }

  show({ now, before }: Moment): void {
    const { zones, caches, limits } = this.#places
    const seconds = secondsBetween(now, before)
    const perSecond = (count: number, old: number | undefined): number =>
      old === undefined || seconds <= 0 ? 0 : growth(count, old) / seconds
    const oldZones = new Map(before?.zones.map(zone => [`${zone.kind} ${zone.name}`, zone.requests]))
    const oldLimits = new Map(before?.limits.map(limit => [`${limit.kind} ${limit.name}`, limit.rejected]))
    this.#zones.show(
      now.zones.map(zone => ({ zone, perSecond: perSecond(zone.requests, oldZones.get(`${zone.kind} ${zone.name}`)) })),
    )
    this.#caches.show(now.caches)
    this.#limits.show(
      now.limits.map(limit => ({
        limit,
        rejectedPerSecond: perSecond(limit.rejected, oldLimits.get(`${limit.kind} ${limit.name}`)),
      })),
    )
    zones.hidden = now.zones.length === 0
    caches.hidden = now.caches.length === 0
    limits.hidden = now.limits.length === 0
  }
}

const zoneColumns: readonly Column<ZoneRow>[] = [
  { title: 'Zone', kind: 'name', show: ({ zone }) => zone.name },
  { title: 'Counts', kind: 'text', show: ({ zone }) => (zone.kind === 'stream' ? 'TCP and UDP server' : zone.kind) },
  { title: 'Per second', kind: 'number', show: ({ perSecond }) => formatRate(perSecond) },
  { title: 'Requests', kind: 'number', show: ({ zone }) => formatCount(zone.requests) },
  // Of locations it is not counted.
  {
    title: 'In flight',
    kind: 'number',
    show: ({ zone }) => (zone.kind === 'location' ? '–' : formatCount(zone.processing)),
  },
  ...[2, 3, 4, 5].map((digit): Column<ZoneRow> => ({
    title: `${digit}xx`,
    kind: 'number',
    show: ({ zone }) => formatCount(zone.classes[digit - 1] ?? 0),
    tone: ({ zone }) => ((zone.classes[digit - 1] ?? 0) === 0 ? 'quiet' : digit > 3 ? 'warn' : ''),
  })),
  {
    title: 'Discarded',
    about: 'Ended without an answer',
    kind: 'number',
    show: ({ zone }) => formatCount(zone.discarded),
  },
  { title: 'Received', kind: 'number', show: ({ zone }) => formatBytes(zone.received) },
  { title: 'Sent', kind: 'number', show: ({ zone }) => formatBytes(zone.sent) },
]

const cacheColumns: readonly Column<Cache>[] = [
  { title: 'Cache', kind: 'name', show: ({ name }) => name },
  {
    title: 'Size',
    kind: 'number',
    show: ({ size, most }) => (most > 0 ? `${formatBytes(size)} of ${formatBytes(most)}` : formatBytes(size)),
  },
  { title: 'Hit ratio', kind: 'number', show: cache => showRatio(cache) },
  { title: 'Hits', kind: 'number', show: ({ hit }) => formatCount(hit) },
  { title: 'Stale', kind: 'number', show: ({ stale }) => formatCount(stale) },
  { title: 'Misses', kind: 'number', show: ({ miss }) => formatCount(miss) },
  { title: 'Bypassed', kind: 'number', show: ({ bypass }) => formatCount(bypass) },
  { title: 'State', kind: 'text', show: ({ cold }) => (cold ? 'loading' : 'ready') },
]

const limitColumns: readonly Column<LimitRow>[] = [
  { title: 'Limit', kind: 'name', show: ({ limit }) => limit.name },
  { title: 'Of', kind: 'text', show: ({ limit }) => limit.kind },
  { title: 'Passed', kind: 'number', show: ({ limit }) => formatCount(limit.passed) },
  { title: 'Delayed', kind: 'number', show: ({ limit }) => formatCount(limit.delayed) },
  {
    title: 'Rejected',
    kind: 'number',
    show: ({ limit }) => formatCount(limit.rejected),
    tone: ({ rejectedPerSecond }) => (rejectedPerSecond > 0 ? 'warn' : ''),
  },
  { title: 'Rejected per second', kind: 'number', show: ({ rejectedPerSecond }) => formatRate(rejectedPerSecond) },
  { title: 'In dry run', kind: 'number', show: ({ limit }) => formatCount(limit.dryRun) },
]

function showRatio({ hit, stale, miss, bypass }: Cache): string {
  const all = hit + stale + miss + bypass
  return all === 0 ? '–' : formatPercent((hit + stale) / all)
}
