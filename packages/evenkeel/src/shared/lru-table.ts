/**
 * A table of small records in shared memory, by key, that never grows: what limits, sticky sessions and the cache's
 * index know about strangers. When it is full the record that was not used for the longest time makes room.
 *
 * One buffer: a head, an entry point for each chain of keys, and the records. A record has the links of its chain and of
 * the order of use, the digest of its key, and words that belong to who made the table. Keys themselves are not kept: 64
 * bits under a secret key (keyed-hash) fall together once in 10^7 tables of a million records. Everything but `digest`
 * is called under the table's lock, which is held for microseconds.
 */
import { KeyedHash, type Digest, type HashKey } from './keyed-hash.ts'
import { freeDeadLock, Lock, OWNER } from './lock.ts'

export interface TableShape {
  /** Of the whole buffer, as a configuration says (`zone=name:10m`). */
  readonly bytes: number
  /** Words (32 bits) of each record that are its user's; the first one stands at an even place, for 64-bit floats. */
  readonly words: number
}

/** A place of a record: where its user's words begin in `words`. -1: none. */
export type Place = number

export class LruTable {
  /** The user's words of a record begin at its place. */
  readonly words: Int32Array
  /** The same as float64: at half its place. */
  readonly floats: Float64Array
  readonly capacity: number
  readonly #hash: KeyedHash
  readonly #lock: Lock
  readonly #chains: number
  readonly #chainMask: number
  readonly #records: number
  readonly #stride: number

  /** `owner` is 1 or more, and unique to the thread. */
  constructor(buffer: SharedArrayBuffer, owner: number) {
    this.words = new Int32Array(buffer)
    this.floats = new Float64Array(buffer)
    const { words } = this
    this.capacity = words[head.capacity]!
    this.#stride = words[head.stride]!
    this.#chains = HEAD
    this.#chainMask = words[head.chains]! - 1
    this.#records = HEAD + words[head.chains]!
    this.#hash = new KeyedHash({ first: words[head.secret]!, second: words[head.secret + 1]! })
    this.#lock = new Lock(words, head.lock, owner)
  }

  /** Records in it. */
  get size(): number {
    return this.words[head.size]!
  }

  /** Of byte text. Reused by the next call: find or insert with it before. */
  digest(key: string): Digest {
    return this.#hash.of(key)
  }

  lock(): void {
    this.#lock.take()
  }

  unlock(): void {
    this.#lock.give()
  }

  find({ high, low }: Digest): Place {
    const { words } = this
    let at = words[this.#chains + (low & this.#chainMask)]!
    while (at !== 0) {
      if (words[at + record.low] === low && words[at + record.high] === high) return at + RECORD
      at = words[at + record.chain]!
    }
    return -1
  }

  /** Makes it the one used last. */
  touch(place: Place): void {
    const at = place - RECORD
    if (this.words[head.newest] === at) return
    this.#unlink(at)
    this.#link(at)
  }

  /** A new record, used last, with all words 0; -1 when the table is full (make room with `oldest` and `remove`). */
  insert({ high, low }: Digest): Place {
    const { words } = this
    const at = this.#take()
    if (at === 0) return -1
    const chain = this.#chains + (low & this.#chainMask)
    words.fill(0, at, at + this.#stride)
    words[at + record.high] = high
    words[at + record.low] = low
    words[at + record.chain] = words[chain]!
    words[chain] = at
    words[head.size]!++
    this.#link(at)
    return at + RECORD
  }

  remove(place: Place): void {
    const { words } = this
    const at = place - RECORD
    const chain = this.#chains + (words[at + record.low]! & this.#chainMask)
    if (words[chain] === at) words[chain] = words[at + record.chain]!
    else {
      let before = words[chain]!
      while (words[before + record.chain] !== at) before = words[before + record.chain]!
      words[before + record.chain] = words[at + record.chain]!
    }
    this.#unlink(at)
    words[at + record.chain] = words[head.free]!
    words[head.free] = at
    words[head.size]!--
  }

  /** The record not used for the longest time. */
  oldest(): Place {
    const at = this.words[head.oldest]!
    return at === 0 ? -1 : at + RECORD
  }

  /** The next one towards those used last. */
  newer(place: Place): Place {
    const at = this.words[place - RECORD + record.newer]!
    return at === 0 ? -1 : at + RECORD
  }

  #take(): number {
    const { words } = this
    const free = words[head.free]!
    if (free !== 0) {
      words[head.free] = words[free + record.chain]!
      return free
    }
    // Records that were never used are not strung together when the table is made: that would touch all its pages.
    const fresh = words[head.fresh]!
    if (fresh >= this.capacity) return 0
    words[head.fresh] = fresh + 1
    return this.#records + fresh * this.#stride
  }

  #link(at: number): void {
    const { words } = this
    const newest = words[head.newest]!
    words[at + record.older] = newest
    words[at + record.newer] = 0
    if (newest === 0) words[head.oldest] = at
    else words[newest + record.newer] = at
    words[head.newest] = at
  }

  #unlink(at: number): void {
    const { words } = this
    const older = words[at + record.older]!
    const newer = words[at + record.newer]!
    if (older === 0) words[head.oldest] = newer
    else words[older + record.newer] = newer
    if (newer === 0) words[head.newest] = older
    else words[newer + record.older] = older
  }
}

/** Lays a table out; throws where not even one record has room. */
export function createTable({ bytes, words }: TableShape, secret: HashKey): SharedArrayBuffer {
  const stride = RECORD + words + (words & 1)
  const room = Math.floor(bytes / 4) - HEAD
  let chains = 2
  while (chains * 2 * (stride + 1) <= room) chains *= 2
  const capacity = Math.floor((room - chains) / stride)
  if (capacity < 1) throw new Error(`${bytes} bytes have no room for one record`)
  const buffer = new SharedArrayBuffer((HEAD + chains + capacity * stride) * 4)
  const table = new Int32Array(buffer)
  table[head.capacity] = capacity
  table[head.stride] = stride
  table[head.chains] = chains
  table[head.secret] = secret.first
  table[head.secret + 1] = secret.second
  return buffer
}

/**
 * Frees the lock of a table if a worker that died holds it. The table is emptied then: the worker may have died between
 * two links, and a torn chain would have no end.
 */
export function freeTable(buffer: SharedArrayBuffer, owner: number): boolean {
  const words = new Int32Array(buffer)
  if ((Atomics.load(words, head.lock) & OWNER) !== owner) return false
  clear(words)
  return freeDeadLock(words, head.lock, owner)
}

/** Forgets every record. `owner` as in the table's constructor. */
export function emptyTable(buffer: SharedArrayBuffer, owner: number): void {
  const words = new Int32Array(buffer)
  const lock = new Lock(words, head.lock, owner)
  lock.take()
  clear(words)
  lock.give()
}

function clear(words: Int32Array): void {
  for (const word of [head.size, head.free, head.fresh, head.newest, head.oldest]) words[word] = 0
  words.fill(0, HEAD, HEAD + words[head.chains]!)
}

/** Words of the head. Places of records are words from the buffer's start; 0 is none, since the head stands there. */
const head = {
  lock: 0,
  capacity: 1,
  stride: 2,
  chains: 3,
  size: 4,
  free: 5,
  fresh: 6,
  newest: 7,
  oldest: 8,
  secret: 10,
} as const
const HEAD = 16

/** Words of a record before its user's. */
const record = { chain: 0, newer: 1, older: 2, high: 3, low: 4 } as const
const RECORD = 6
