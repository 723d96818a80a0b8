/**
 * What tests of a way of balancing are made of: a table of peers whose state can be set, requests, chance that repeats
 * itself, time that passes when it is told to, and the shares that a policy gives. No server, no socket, no waiting.
 */
import { policyOf } from '../balance/policies.ts'
import type { AnswerTimes, PeerTable, PickInput, Picker, Policy, PolicyState, TimedPolicy } from '../balance/policy.ts'
import { seeded } from '../shared/seeded.ts'

export interface TablePeer {
  readonly name?: string
  /** Default 1. */
  readonly weight?: number
  readonly down?: boolean
}

/** So many peers of weight 1, or one for each that is given: a number is its weight. */
export function peers(given: number | readonly (number | TablePeer)[]): Table {
  if (typeof given === 'number') return new Table(Array.from({ length: given }, () => ({})))
  return new Table(given.map(one => (typeof one === 'number' ? { weight: one } : one)))
}

/** A table whose requests in flight, times and ramps can be set. */
export class Table implements PeerTable {
  readonly length: number
  /** Requests in flight at each. */
  readonly busy: number[]
  /** Averages, windows without a look, waits and costs of each peer. */
  readonly header: number[]
  readonly lastByte: number[]
  readonly unseen: number[]
  readonly waits: number[]
  readonly costs: number[]
  readonly times: AnswerTimes
  /** What each is worth; null: all of its weight. */
  ramps: readonly number[] | null = null
  readonly #peers: readonly TablePeer[]

  constructor(given: readonly TablePeer[]) {
    this.#peers = given
    this.length = given.length
    const none = (): number[] => given.map(() => 0)
    this.busy = none()
    this.header = none()
    this.lastByte = none()
    this.unseen = none()
    this.waits = none()
    this.costs = none()
    this.times = {
      average: (index, until) => (until === 'header' ? this.header : this.lastByte)[index]!,
      windows: index => this.unseen[index]!,
      sampleWait: index => this.waits[index]!,
      cost: index => this.costs[index]!,
    }
  }

  get ramping(): boolean {
    return this.ramps !== null
  }

  ramp(index: number): number {
    return this.ramps?.[index] ?? 1
  }

  weight(index: number): number {
    return this.#peers[index]!.weight ?? 1
  }

  name(index: number): string {
    return this.#peers[index]!.name ?? `10.0.0.${index}:80`
  }

  down(index: number): boolean {
    return this.#peers[index]!.down ?? false
  }

  inflight(index: number): number {
    return this.busy[index]!
  }
}

/** State of one worker alone; counts how often it was locked. */
export class AloneState implements PolicyState {
  readonly words: Int32Array = new Int32Array(16)
  readonly current: Int32Array
  readonly lost: Int32Array
  readonly rest: Int32Array
  locks = 0
  depth = 0

  constructor(length: number) {
    this.current = new Int32Array(length)
    this.lost = new Int32Array(length)
    this.rest = new Int32Array(length)
  }

  lock(): void {
    this.locks++
    this.depth++
  }

  unlock(): void {
    this.depth--
  }
}

export interface Request {
  readonly key?: string
  /** 4 or 16 bytes. */
  readonly address?: readonly number[]
  /** Somebody failed, is full or was tried by it already: the policy has to ask who is eligible. */
  readonly disturbed?: boolean
}

export function request(given: Request = {}): PickInput {
  return {
    hashKey: () => given.key ?? '',
    address: () => Uint8Array.from(given.address ?? []),
    memory: null,
    undisturbed: given.disturbed !== true,
  }
}

/** Time in ms that stands still until it is moved. */
export class VirtualClock {
  nowMs: number

  constructor(startMs = 1_000_000) {
    this.nowMs = startMs
  }

  /** To be handed to what asks for a clock. */
  readonly now: () => number = () => this.nowMs

  advance(ms: number): void {
    this.nowMs += ms
  }
}

/** A policy by its words in a configuration: `least_conn`, `random two least_conn`, `hash consistent`. Throws what is wrong. */
export function policyNamed(words: string): Policy {
  const [name = '', ...rest] = words.trim().split(/\s+/)
  const policy = policyOf({ name, arguments: rest })
  if (typeof policy === 'string') throw new TypeError(policy)
  return policy
}

export interface DistributionOptions {
  /** Default: three of weight 1. */
  readonly table?: Table
  readonly seed?: number
  /** The time that the policy sees; moved by `chosen`, if by anybody. */
  readonly clock?: VirtualClock
  /** Who may be chosen. Default: who is not down. */
  readonly eligible?: (index: number) => boolean
  /** The request of that number. Default: each has a key and an address of its own. */
  readonly request?: (at: number) => Request
  /** Called with each choice, to change the table: to make the chosen one busy, say. */
  readonly chosen?: (index: number, table: Table, at: number) => void
}

/** How many of `count` requests a policy gives to each peer; nobody's are left out. */
export function distribution(policy: TimedPolicy, count: number, options: DistributionOptions = {}): number[] {
  const { table = peers(3), seed = 1 } = options
  const eligible = options.eligible ?? (index => !table.down(index))
  const disturbed = options.eligible !== undefined
  const clock = options.clock ?? new VirtualClock()
  const pick: Picker = policy(table, new AloneState(table.length), seeded(seed), clock.now)
  const shares = Array.from({ length: table.length }, () => 0)
  for (let at = 0; at < count; at++) {
    const own = options.request?.(at) ?? { key: `key-${at}`, address: [10, (at >> 8) & 255, at & 255, 1] }
    const index = pick(request({ disturbed, ...own }), eligible)
    if (index < 0) continue
    shares[index]!++
    options.chosen?.(index, table, at)
  }
  return shares
}
