/**
 * The first half of an exchange at the cache: finds what is stored for it, waits for whoever is fetching it already, and
 * sends it. What becomes of an answer of the origin is the other half's (visit.ts); they are one object, since both
 * work on the same claim and the same entry, and a request must not cost more than one.
 */
import type { CacheStatus } from '../../exchange/cache.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import type { Failure } from '../../exchange/failure.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { Action } from '../../exchange/route.ts'
import { settledSource, type Source } from '../../exchange/sink.ts'
import { ABSENT, readCacheControl, type CacheControl } from '../../filter/cache/cache-control.ts'
import { ageOf, headOf, type Entry } from '../../filter/cache/entry.ts'
import { closeEntry, sendEntry } from '../../filter/cache/send-entry.ts'
import { variantOf } from '../../filter/cache/vary.ts'
import type { CacheZone, OpenEntry } from '../../filter/cache/zone.ts'
import { Deadline, type TimerWheel } from '../../net/timer-wheel.ts'
import type { CacheSettings } from './cache-settings.ts'
import { entryName, variantName } from './names.ts'

/** How often a request that waits for another worker looks whether it is done. */
const POLL_MS = 20
/** Times that an entry may come and go while it is looked at. */
const MOST_TURNS = 4
/** Who refreshes an entry for longer than that has died. */
const UPDATE_AGE_MS = 60_000

/** What of the shared index this visit has to give back. */
type Claim = 'filling' | 'updating' | null

export abstract class CacheLookup extends Deadline implements Source {
  status: CacheStatus = ''
  readonly key: string
  storable = true
  protected readonly exchange: Exchange
  protected readonly settings: CacheSettings
  protected readonly zone: CacheZone
  protected readonly forward: Action
  protected readonly wheel: TimerWheel
  protected readonly background: boolean
  protected readonly asked: CacheControl | null
  protected readonly primary: string
  /** The entry this is about: that of the key, or of another response to it. */
  protected name: string
  /** The one of the key, if it was read. */
  protected first: Entry | null = null
  protected claim: Claim = null
  /** What is stored and stale, while the origin is asked. */
  protected held: OpenEntry | null = null
  /** Of what was looked up. */
  protected version = 0
  protected turns = 0
  protected waitedSinceMs = 0
  protected source: Source | null = null
  protected gone = false
  /** Nothing more is asked of it. */
  protected over = false
  protected readonly wake = (): void => this.lookAgain()

  constructor(
    exchange: Exchange,
    settings: CacheSettings,
    zone: CacheZone,
    forward: Action,
    wheel: TimerWheel,
    key: string,
    background: boolean,
  ) {
    super()
    this.exchange = exchange
    this.settings = settings
    this.zone = zone
    this.forward = forward
    this.wheel = wheel
    this.background = background
    this.key = key
    this.primary = entryName(key)
    this.name = this.primary
    const asked = exchange.request.fields.getAll('cache-control')
    this.asked = asked.length === 0 ? null : readCacheControl(asked)
  }

  start(): void {
    const { bypass } = this.settings
    if (bypass(this.exchange)) {
      this.status = 'BYPASS'
      return this.fetch()
    }
    this.status = 'MISS'
    this.exchange.work = this
    this.look(this.zone.use(this.name, this.wheel.now))
  }

  /** The method to ask the origin with. */
  get method(): string {
    const { method } = this.exchange
    return method === 'HEAD' && this.settings.convertHead ? 'GET' : method
  }

  // Source: the client
  abstract pause(): void
  abstract resume(): void
  abstract cancel(problem: Failure): void

  /** Asks the origin. */
  protected abstract fetch(): void

  /** The entry is stale and a client has it: asks the origin for another, behind it. */
  protected abstract refreshBehind(found: OpenEntry): void

  /** Nobody in this worker said that it is there: perhaps another one has it. */
  override expired(): void {
    this.zone.leave(this.name, this.wake)
    this.lookAgain()
  }
  // === looking

  protected get now(): number {
    return this.wheel.now / 1000
  }

  protected look(found: ReturnType<CacheZone['use']>): void {
    if (found.error !== 0 && found.errorUntil >= Math.floor(this.now)) {
      this.status = 'HIT'
      const { error } = found
      this.pass()
      return this.proceed({ kind: 'reply', status: error })
    }
    const { version, uses } = found
    this.version = version
    if (found.exists) {
      const kept = this.zone.recall(this.name, version)
      if (kept !== null) return this.have(kept)
      if (!found.written) return this.wait(false)
    } else if (this.zone.index.loaded) return this.missing(uses)
    const known = found.exists
    this.zone.open(this.name, this.key, version, entry => {
      if (this.gone) {
        if (entry !== null) closeEntry(entry)
        return
      }
      this.wheel.touch()
      if (entry === null) {
        if (known) this.zone.drop(this.name)
        return this.missing(uses)
      }
      if (!known) this.zone.index.add(this.name, entry.bodyStart + entry.entry.length, this.wheel.now, [])
      this.have(entry)
    })
  }

  protected have(found: OpenEntry): void {
    const { entry } = found
    const { request } = this.exchange
    if (variantOf(entry.lifetime.vary, request.fields) !== entry.variant) return this.other(found)
    if (this.name === this.primary) this.first = entry
    // What HEAD was answered has no body to give.
    if (entry.method !== 'GET' && entry.method !== this.method) {
      closeEntry(found)
      return this.absent(this.settings.minUses)
    }
    const now = this.now
    const { freshUntil } = entry.lifetime
    if (now < freshUntil && this.clientTakes(entry, now)) {
      this.status = 'HIT'
      return this.send(found)
    }
    this.stale(found, now)
  }

  /** The response to the key was selected by other fields: there may be one for these. */
  protected other(found: OpenEntry): void {
    const { entry } = found
    closeEntry(found)
    if (this.name !== this.primary) return this.absent(this.settings.minUses)
    this.first = entry
    this.name = variantName(this.key, entry.family, variantOf(entry.lifetime.vary, this.exchange.request.fields))
    this.look(this.zone.use(this.name, this.wheel.now))
  }

  protected stale(found: OpenEntry, now: number): void {
    const { entry } = found
    const { lifetime } = entry
    const { useStale, backgroundUpdate } = this.settings
    const asked = this.asked
    const late = now - lifetime.freshUntil
    if (late >= 0 && asked !== null && asked.maxStale !== ABSENT && late <= asked.maxStale && !lifetime.neverStale) {
      this.status = 'STALE'
      return this.send(found)
    }
    if (asked?.onlyIfCached === true) {
      closeEntry(found)
      return this.proceed({ kind: 'reply', status: 504 })
    }
    // RFC 5861, 3: whose response names that time asks for it to be refreshed behind what is sent.
    const behind = late < lifetime.staleWhileRevalidate
    const usable = !lifetime.neverStale && (behind || useStale.has('updating'))
    const mine = this.zone.index.claim(this.name, 'updating', this.wheel.now, UPDATE_AGE_MS)
    if (mine) this.claim = 'updating'
    if (usable && late >= 0 && (!mine || behind || backgroundUpdate)) {
      this.status = mine ? 'STALE' : 'UPDATING'
      if (mine) this.refreshBehind(found)
      return this.send(found)
    }
    this.status = 'EXPIRED'
    this.held = found
    this.fetch()
  }

  /** It was not there; since that was looked for somebody may have stored it, or found its file at the start. */
  protected missing(uses: number): void {
    const again = this.zone.index.look(this.name)
    if (again !== null && again.exists && ++this.turns < MOST_TURNS) return this.look(again)
    this.version = again?.version ?? 0
    this.absent(uses)
  }

  protected absent(uses: number): void {
    const { lock, lockAgeMs, lockTimeoutMs, minUses } = this.settings
    if (this.asked?.onlyIfCached === true) return this.proceed({ kind: 'reply', status: 504 })
    if (uses < minUses) this.storable = false
    else if (lock) {
      const { now } = this.wheel
      if (this.zone.index.claim(this.name, 'filling', now, lockAgeMs)) {
        this.claim = 'filling'
        const found = this.zone.index.look(this.name)
        if (found !== null && found.exists && found.version !== this.version && ++this.turns < MOST_TURNS) {
          this.release()
          return this.look(found)
        }
      }
      if (this.claim === null && lockTimeoutMs > 0) return this.wait(true)
      if (this.claim === null) this.storable = false
    }
    this.fetch()
  }

  // === waiting for somebody who fetches it

  protected wait(first: boolean): void {
    if (this.waitedSinceMs === 0) this.waitedSinceMs = this.wheel.now
    const left =
      this.waitedSinceMs + (first || this.settings.lock ? this.settings.lockTimeoutMs : UNWRITTEN_MS) - this.wheel.now
    if (left <= 0) {
      // As in nginx, who could not wait any longer does not store what it gets.
      if (first) this.storable = false
      else this.zone.drop(this.name)
      return this.fetch()
    }
    this.zone.wait(this.name, this.wake)
    this.wheel.arm(this, Math.min(POLL_MS, left))
  }

  protected lookAgain(): void {
    this.wheel.disarm(this)
    this.wheel.touch()
    const found = this.zone.index.look(this.name)
    if (found === null) return this.absent(this.settings.minUses)
    if (found.exists || found.error !== 0) return this.look(found)
    if (found.filling && !this.mayClaim()) return this.wait(true)
    // It was found that it can't be stored: waiting one for the other would help nobody.
    if (this.claim === null && found.passedMs >= this.waitedSinceMs) return this.fetch()
    if (this.claim !== null) return this.fetch()
    this.absent(this.settings.minUses)
  }

  protected mayClaim(): boolean {
    const { lockAgeMs } = this.settings
    if (!this.zone.index.claim(this.name, 'filling', this.wheel.now, lockAgeMs)) return false
    this.claim = 'filling'
    return true
  }
  // === the client

  /** Whether what is fresh for us is so for the client: what it asks for beyond that is heeded where it costs nobody. */
  protected clientTakes(entry: Entry, now: number): boolean {
    const asked = this.asked
    if (asked === null || !this.settings.heedsRequests) return true
    if (asked.noCache) return false
    const age = ageOf(entry, now)
    if (asked.maxAge !== ABSENT && age >= asked.maxAge && age - asked.maxAge >= Math.max(asked.maxStale, 0))
      return false
    return asked.minFresh === ABSENT || entry.lifetime.freshUntil - now >= asked.minFresh
  }

  protected send(found: OpenEntry): void {
    const exchange = this.exchange
    const settings = this.settings
    this.held = found
    this.over = true
    if (exchange.ended || this.background) {
      closeEntry(found)
      if (this.background) exchange.ended = true
      return
    }
    const head = headOf(found.entry, settings.hiddenFields)
    head.addServer = settings.addServer
    head.addDate = settings.addDate
    head.fields.remove('age')
    head.fields.add('Age', String(Math.max(0, Math.floor(ageOf(found.entry, this.now)))))
    settings.adjust(exchange, head)
    exchange.work = null
    const outcome = sendEntry(exchange, found, head, settings.client, exchange.connection.serial)
    if (outcome !== undefined) this.proceed(outcome)
  }

  protected proceed(outcome: Exclude<Outcome, undefined>): void {
    // What is answered instead, an error page perhaps, is not the response to this key.
    this.pass()
    if (this.exchange.ended) return
    this.exchange.work = null
    this.exchange.loop.proceed(this.exchange, outcome)
  }
  // === giving back

  protected settled(stored: boolean): void {
    const { index } = this.zone
    if (this.claim !== null) index.release(this.name, this.claim, stored ? 0 : this.wheel.now)
    this.claim = null
    this.zone.wake(this.name)
  }

  protected release(): void {
    if (this.claim !== null) this.zone.index.release(this.name, this.claim)
    this.claim = null
  }

  /** What comes now is not the cache's business. */
  protected pass(): void {
    if (this.over) return
    this.over = true
    this.dropHeld()
    this.settled(false)
    if (this.background) this.source = settledSource
  }

  protected dropHeld(): void {
    if (this.held !== null) closeEntry(this.held)
    this.held = null
  }
}

/** How long another worker may take to write a small entry that it has in memory. */
const UNWRITTEN_MS = 500
