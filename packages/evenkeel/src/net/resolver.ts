/**
 * The `resolver` directive: names asked for while requests wait, without the system's resolver and its four threads.
 *
 * Concurrent questions for a name are one question; answers are kept for their TTL, bounded in number. Numeric hosts,
 * `localhost` and the hosts file are the caller's.
 */
import { randomInt } from 'node:crypto'
import { LRU } from './lru.ts'
import { maxAliases, type DnsReply, type DnsService, type QueryType } from './dns-message.ts'
import { query, type DnsServer, type QueryResult } from './dns-query.ts'

export type ResolveErrorCode = 'NXDOMAIN' | 'SERVFAIL' | 'FORMERR' | 'REFUSED' | 'TIMEOUT' | 'NODATA'

export class ResolveError {
  readonly code: ResolveErrorCode

  constructor(code: ResolveErrorCode) {
    this.code = code
  }
}

export interface ResolverOptions {
  /** Numeric addresses; asked in rotation. */
  readonly servers: readonly DnsServer[]
  /** Patience with a name in all. Default 30 s, as nginx. */
  readonly timeoutMs?: number
  /** Patience with one server before the next is asked. Default 2 s. */
  readonly attemptMs?: number
  /** `valid=`: takes the place of every TTL. */
  readonly validMs?: number | null
  /** Names kept. Default 10,000. */
  readonly maxNames?: number
  /** Names asked for at a time; more are refused as SERVFAIL. Default 1,000. */
  readonly maxQueries?: number
  /** Milliseconds, monotonic. */
  readonly clock?: () => number
  /** Told of exceptions in `done`; without it they are thrown into the event loop. */
  readonly onBug?: (error: unknown) => void
}

export interface Families {
  readonly ipv4: boolean
  readonly ipv6: boolean
}

/** `ttlMs`: how long the answer holds. */
export type Resolved = (result: readonly string[] | ResolveError, ttlMs: number) => void
export type ServicesResolved = (result: readonly DnsService[] | ResolveError, ttlMs: number) => void

export interface Resolving {
  /** `done` will not be called. */
  cancel(): void
}

export class Resolver {
  readonly #options: ResolverOptions
  readonly #clock: () => number
  readonly #cache: LRU<string, Answer>
  readonly #waiting = new Map<string, Asking>()
  #rotation = 0

  constructor(options: ResolverOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
    this.#cache = new LRU(options.maxNames ?? 10_000)
  }

  /** Calls `done` once, never from inside; IPv4 addresses come first. */
  resolve(name: string, families: Families, done: Resolved): Resolving {
    const types: QueryType[] = []
    if (families.ipv4) types.push('A')
    if (families.ipv6) types.push('AAAA')
    return this.#all(name, types, answers => {
      const addresses = answers.flatMap(answer => answer.addresses)
      tell(answers, addresses, done)
    })
  }

  /** SRV records, as they stand. */
  resolveServices(name: string, done: ServicesResolved): Resolving {
    return this.#all(name, ['SRV'], answers => {
      const services = answers.flatMap(answer => answer.services)
      tell(answers, services, done)
    })
  }

  #all(name: string, types: readonly QueryType[], done: (answers: readonly Answer[]) => void): Resolving {
    const lower = name.toLowerCase()
    const answers: Answer[] = []
    let left = types.length
    let cancelled = false
    const finish = (): void => {
      if (cancelled) return
      try {
        done(answers)
      } catch (error) {
        if (this.#options.onBug === undefined) throw error
        this.#options.onBug(error)
      }
    }
    // No family wanted: no address either.
    if (left === 0) process.nextTick(finish)
    types.forEach((type, i) =>
      this.#one(lower, type, answer => {
        answers[i] = answer
        left -= 1
        if (left === 0) finish()
      }),
    )
    return {
      cancel: () => {
        cancelled = true
      },
    }
  }

  #one(name: string, type: QueryType, done: (answer: Answer) => void): void {
    const key = type + ' ' + name
    const cached = this.#cache.get(key)
    if (cached !== undefined) {
      if (cached.untilMs > this.#clock()) {
        process.nextTick(done, cached)
        return
      }
      this.#cache.delete(key)
    }
    const asking = this.#waiting.get(key)
    if (asking !== undefined) {
      asking.done.push(done)
      return
    }
    if (this.#waiting.size >= (this.#options.maxQueries ?? 1000)) {
      process.nextTick(done, failed('SERVFAIL', 0))
      return
    }
    this.#waiting.set(key, { done: [done] })
    this.#ask(key, name, type, 0, Infinity)
  }

  #ask(key: string, name: string, type: QueryType, hops: number, ttlSeconds: number): void {
    const { servers, timeoutMs = 30_000, attemptMs = 2000 } = this.#options
    const first = this.#rotation++ % Math.max(servers.length, 1)
    query(name, type, { servers, first, timeoutMs, attemptMs, randomId }, result => {
      // Servers that do not follow an alias themselves leave that to us.
      if (typeof result !== 'string' && result.alias !== '' && hops < maxAliases)
        return this.#ask(key, result.alias, type, hops + 1, Math.min(ttlSeconds, result.ttlSeconds))
      this.#settle(key, this.#answer(result, ttlSeconds))
    })
  }

  #answer(result: QueryResult, ttlSeconds: number): Answer {
    if (typeof result === 'string') return failed(result, 0)
    const now = this.#clock()
    const { addresses, services } = result
    const found = addresses.length > 0 || services.length > 0
    if (!found && result.code !== 0 && result.code !== 3) return failed(errorOf(result), 0)
    const heldMs = found
      ? (this.#options.validMs ?? Math.min(result.ttlSeconds, ttlSeconds, maxTtlSeconds) * 1000)
      : Math.min(negativeMs(result), this.#options.validMs ?? Infinity)
    return {
      addresses,
      services,
      error: found ? null : new ResolveError(errorOf(result)),
      untilMs: now + heldMs,
      heldMs,
    }
  }

  #settle(key: string, answer: Answer): void {
    const asking = this.#waiting.get(key)
    this.#waiting.delete(key)
    if (answer.heldMs > 0) this.#cache.set(key, answer)
    for (const done of asking?.done ?? []) done(answer)
  }
}

interface Answer {
  readonly addresses: readonly string[]
  readonly services: readonly DnsService[]
  readonly error: ResolveError | null
  readonly untilMs: number
  readonly heldMs: number
}

interface Asking {
  readonly done: ((answer: Answer) => void)[]
}

const maxTtlSeconds = 86_400
/** A name that is missing may be about to appear: never believed for long. */
const maxNegativeSeconds = 60
const negativeWithoutSoaSeconds = 5

function negativeMs(reply: DnsReply): number {
  return Math.min(reply.ttlSeconds < 0 ? negativeWithoutSoaSeconds : reply.ttlSeconds, maxNegativeSeconds) * 1000
}

function errorOf(reply: DnsReply): ResolveErrorCode {
  if (reply.code === 0) return 'NODATA'
  if (reply.code === 1) return 'FORMERR'
  if (reply.code === 3) return 'NXDOMAIN'
  if (reply.code === 5) return 'REFUSED'
  return 'SERVFAIL'
}

function failed(code: ResolveErrorCode, untilMs: number): Answer {
  return { addresses: [], services: [], error: new ResolveError(code), untilMs, heldMs: 0 }
}

/** One family is enough; of two errors, the one that says most. */
function tell<Found>(
  answers: readonly Answer[],
  found: readonly Found[],
  done: (result: readonly Found[] | ResolveError, ttlMs: number) => void,
): void {
  const good = answers.filter(answer => answer.error === null)
  const counted = found.length > 0 ? good : answers
  const ttlMs = counted.length === 0 ? 0 : Math.min(...counted.map(answer => answer.heldMs))
  if (found.length > 0) return done(found, ttlMs)
  const codes = answers.map(answer => answer.error?.code ?? 'NODATA')
  const telling = codes.includes('NXDOMAIN') ? 'NXDOMAIN' : (codes.find(code => code !== 'NODATA') ?? 'NODATA')
  done(new ResolveError(telling), ttlMs)
}

function randomId(): number {
  return randomInt(65_536)
}
