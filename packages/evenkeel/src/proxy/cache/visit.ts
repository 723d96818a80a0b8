/**
 * One exchange at the cache: looks its response up, and answers from there; or goes on to the origin, and keeps what that
 * answers, or answers with what is stored when it does not.
 *
 *     look ─▶ fresh ─▶ sent                        (HIT)
 *       │  └▶ stale ─▶ sent, refreshed behind it   (STALE, UPDATING)
 *       │        └───▶ forwarded ─▶ 304 ─▶ sent    (REVALIDATED)
 *       │                      └──▶ failed ─▶ sent (STALE)
 *       └▶ absent ─▶ forwarded ─▶ stored           (MISS), perhaps after waiting for who is fetching it already
 */
import type { CacheUse } from '../../exchange/cache.ts'
import { failures, isFailure, failure, type Failure } from '../../exchange/failure.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { CRIT } from '../../exchange/log-level.ts'
import type { Source } from '../../exchange/sink.ts'
import { clientPart, makeUnchanged } from '../../filter/cache/client-part.ts'
import { ageOf, type Entry } from '../../filter/cache/entry.ts'
import { EntryWriter } from '../../filter/cache/entry-writer.ts'
import { lifetimeOf, validFor } from '../../filter/cache/freshness.ts'
import { makeEntry, mergeHead } from '../../filter/cache/make-entry.ts'
import { cut } from '../../filter/cache/send-entry.ts'
import { StoringSink } from '../../filter/cache/storing-sink.ts'
import { variantOf } from '../../filter/cache/vary.ts'
import type { OpenEntry } from '../../filter/cache/zone.ts'
import type { ByteRange } from '../../filter/ranges/ranges.ts'
import { backgroundOf } from './background.ts'
import { CacheLookup } from './lookup.ts'
import { variantName } from './names.ts'

export class CacheVisit extends CacheLookup implements CacheUse, Source {
  /** The origin is asked for a stored response that a client was given as it is: who found it stale has the claim. */
  refresh(name: string, held: OpenEntry, first: Entry | null): void {
    this.name = name
    this.held = held
    this.first = first
    this.claim = 'updating'
    this.status = 'EXPIRED'
    this.fetch()
  }
  // === CacheUse

  get age(): number {
    return this.held === null ? -1 : Math.floor(ageOf(this.held.entry, this.now))
  }

  get lastModified(): string {
    return this.asksWhetherChanged ? this.held!.entry.lastModified : ''
  }

  get etag(): string {
    return this.asksWhetherChanged ? this.held!.entry.etag : ''
  }

  takes(head: ResponseHead): boolean {
    const held = this.held
    if (this.over || held === null || this.status !== 'EXPIRED') return false
    if (head.status === 304 && this.asksWhetherChanged) {
      this.revalidated(held, head)
      return true
    }
    if (!this.mayStandIn(held.entry, `http_${head.status}`, STALE_IF_ERROR.has(head.status))) return false
    this.status = 'STALE'
    return true
  }

  serve(): void {
    const held = this.held!
    this.release()
    this.send(held)
  }

  replaced(head: ResponseHead): void {
    if (this.over) return
    if (this.storable && head.status >= 300 && !head.fields.has('x-accel-redirect')) {
      const lifetime = lifetimeOf(this.received(head), this.settings.store)
      if (lifetime !== null) this.zone.index.remember(this.name, head.status, Math.floor(lifetime.freshUntil))
    }
    this.pass()
  }

  keeps(head: ResponseHead, answer: ResponseHead): void {
    if (this.over) return
    const exchange = this.exchange
    const entry = this.entryOf(head)
    if (entry === null) {
      this.pass()
      if (this.gone) this.source?.cancel(failure('client_gone'))
      return
    }
    const target = this.place(entry)
    // Nothing of what is stored is needed any more.
    this.dropHeld()
    this.over = true
    const part = this.gone ? 'all' : clientPart(exchange, answer, this.settings.client, false)
    const refused = part === 'failed' ? 412 : part === 'unsatisfiable' ? 416 : 0
    let range: ByteRange | null = { start: 0, end: Number.MAX_SAFE_INTEGER }
    if (part === 'unchanged') makeUnchanged(answer)
    else if (typeof part !== 'string') range = cut(answer, part, answer.length, 0)[0] as ByteRange
    else if (answer.status === 200 && answer.length >= 0) answer.fields.set('Accept-Ranges', 'bytes')
    if (part === 'unchanged' || exchange.method === 'HEAD') range = null
    exchange.reply = new StoringSink(
      exchange.reply,
      range,
      !this.gone && refused === 0,
      head.length,
      events => new EntryWriter(this.zone, target, entry, () => this.wheel.now, events),
      {
        settled: stored => this.settled(stored),
        failed: error => exchange.route.errorLog.tell(exchange, CRIT, `response could not be cached (${error})`),
      },
    )
    if (refused === 0) return
    const sink = exchange.reply
    exchange.work = null
    exchange.loop.proceed(exchange, { kind: 'reply', status: refused })
    exchange.reply = sink
  }

  failed(problem: Failure): boolean {
    if (this.over) return false
    const held = this.held
    if (held !== null && this.status === 'EXPIRED' && !this.gone) {
      const { side, condition } = failures[problem.code]
      const kind = condition === 'none' ? 'error' : condition
      if (side !== 'client' && this.mayStandIn(held.entry, kind, true)) {
        this.status = 'STALE'
        this.release()
        this.send(held)
        return true
      }
    }
    const { status } = failures[problem.code]
    const seconds =
      this.storable && (status === 502 || status === 504) ? validFor(this.settings.store.valid, status) : 0
    if (seconds > 0) this.zone.index.remember(this.name, status, Math.floor(this.now + seconds))
    this.pass()
    return false
  }

  guard(source: Source): Source {
    this.source = source
    return this.storable && !this.over ? this : source
  }

  // === Source: the client

  override pause(): void {
    this.source?.pause()
  }

  override resume(): void {
    this.source?.resume()
  }

  /** Who left is not answered; what may be stored is fetched all the same, as in nginx. */
  override cancel(problem: Failure): void {
    this.gone = true
    if (this.source !== null) {
      if (!this.storable) this.source.cancel(problem)
      return
    }
    this.zone.leave(this.name, this.wake)
    this.wheel.disarm(this)
    this.pass()
  }

  // === the origin

  protected fetch(): void {
    const exchange = this.exchange
    if (this.status !== 'BYPASS' && this.isBeyondOffset()) this.storable = false
    // What a client does not want stored is not.
    if (this.asked?.noStore === true) this.storable = false
    if (exchange.work === this) exchange.work = null
    const outcome = this.forward(exchange)
    if (outcome === undefined || outcome instanceof Promise) return
    if (!isFailure(outcome) || !this.failed(outcome)) this.proceed(outcome)
  }

  protected isBeyondOffset(): boolean {
    const { maxRangeOffset } = this.settings
    if (maxRangeOffset === null || !this.storable) return false
    const range = this.exchange.request.fields.get('range')
    if (range === undefined) return false
    if (maxRangeOffset === 0) return true
    const [, first] = /^bytes= *(-|\d*)/i.exec(range) ?? []
    return first !== undefined && (first === '-' || Number(first) >= maxRangeOffset)
  }

  protected entryOf(head: ResponseHead): Omit<Entry, 'length'> | null {
    const { buffering, noCache, store } = this.settings
    const unbuffered = !buffering || head.fields.get('x-accel-buffering')?.toLowerCase() === 'no'
    if (!this.storable || unbuffered || noCache(this.exchange)) return null
    const lifetime = lifetimeOf(this.received(head), store)
    if (lifetime === null) return null
    const variant = variantOf(lifetime.vary, this.exchange.request.fields)
    const first = this.first
    const family = first !== null && first.lifetime.vary === lifetime.vary ? first.family : `${this.wheel.now}`
    return makeEntry({ key: this.key, method: this.method, head, now: this.now, lifetime, variant, family })
  }

  /** The first response to a key has its place; those selected otherwise stand beside it. */
  protected place(entry: Omit<Entry, 'length'>): string {
    const first = this.first
    const beside = first !== null && first.lifetime.vary === entry.lifetime.vary && first.variant !== entry.variant
    return beside ? variantName(this.key, first.family, entry.variant) : this.primary
  }

  protected received(head: ResponseHead): Parameters<typeof lifetimeOf>[0] {
    const authorized = this.exchange.request.fields.has('authorization')
    return { status: head.status, fields: head.fields, now: this.now, authorized }
  }

  protected get asksWhetherChanged(): boolean {
    return this.settings.revalidate && this.storable && this.status === 'EXPIRED' && this.held !== null
  }

  protected revalidated(held: OpenEntry, head: ResponseHead): void {
    const { entry } = held
    const fields = mergeHead(entry.fields, head.fields)
    const received = { ...this.received(head), status: entry.status, fields }
    const lifetime = lifetimeOf(received, this.settings.store)
    this.status = 'REVALIDATED'
    if (lifetime === null) return
    const renewed = makeEntry({
      key: this.key,
      method: entry.method,
      head: { status: entry.status, reason: entry.reason, fields },
      now: this.now,
      lifetime: { ...lifetime, vary: entry.lifetime.vary },
      variant: entry.variant,
      family: entry.family,
    })
    const whole = { ...renewed, length: entry.length }
    this.zone.refresh(this.name, whole, held.body, () => this.wheel.now)
    this.held = { ...held, entry: whole }
  }

  protected mayStandIn(entry: Entry, condition: string, error: boolean): boolean {
    const { neverStale, freshUntil, staleIfError } = entry.lifetime
    if (neverStale) return false
    return this.settings.useStale.has(condition) || (error && this.now < freshUntil + staleIfError)
  }

  /** The claim goes over to a request of its own, which reads the entry anew where it is in a file. */
  protected refreshBehind(found: OpenEntry): void {
    this.claim = null
    const copy = backgroundOf(this.exchange, this.wheel.now)
    const visit = new CacheVisit(copy, this.settings, this.zone, this.forward, this.wheel, this.key, true)
    copy.cache = visit
    // A descriptor has one owner: the refreshed entry is written by its name, its body is not needed here.
    visit.refresh(this.name, { ...found, fd: -1 }, this.first)
  }
}

/** Statuses that stale-if-error is about (RFC 5861, 4). */
const STALE_IF_ERROR: ReadonlySet<number> = new Set([500, 502, 503, 504])
