/**
 * Who has which row: kept by the main thread, which alone gives rows out.
 *
 * A peer keeps its row over reloads and changes as long as its upstream, address and ordinal stay, so its failures and
 * requests in flight are not forgotten. A row that no plan names any more is given to somebody else only when nothing
 * is in flight on it and nobody can hold an old plan that names it.
 */
import { block, blockLines, head, LINE, peer } from './layout.ts'
import type { Rows } from './rows.ts'
import { Spans } from './spans.ts'

/** A peer as far as rows go. */
export interface PlacedPeer {
  /** What names it: its address, or its text when it has none. */
  readonly address: string
  readonly weight: number
  readonly backup: boolean
  /** Which list of its upstream it is in (model/tiers); without it backups are the second. */
  readonly tier?: number
  /** Marked down or draining, or without an address. */
  readonly down: boolean
}

/** What a plan needs to know. */
export interface Placement {
  /** Grows whenever the list of peers, or a weight, changes. */
  readonly epoch: number
  readonly group: number
  /** In the order of the peers. */
  readonly rows: readonly number[]
}

/** A change of peers without a reload reaches the workers before this many sweeps have passed. */
const SWEEPS_OF_GRACE = 2

interface Held {
  readonly at: number
  /** Of the last plan that named it. */
  generation: number
  /** Sweeps that found it in no plan. */
  idle: number
}

interface HeldGroup extends Held {
  readonly lines: number
}

interface Known {
  readonly home: number
  epoch: number
  shape: string
  current: Placement
  readonly rows: Map<string, Held>
  readonly groups: Map<string, HeldGroup>
}

export class RowRegistry {
  readonly #rows: Rows
  readonly #opened: (row: number) => void
  readonly #upstreams = new Map<string, Known>()
  readonly #homes: Spans
  readonly #peers: Spans
  readonly #blocks: Spans

  /** `opened` is told of each row that begins anew. */
  constructor(rows: Rows, opened: (row: number) => void = () => {}) {
    this.#rows = rows
    this.#opened = opened
    this.#homes = new Spans(rows.capacity)
    this.#peers = new Spans(rows.capacity)
    this.#blocks = new Spans(rows.layout.blockLines)
  }

  /** Rows for an upstream's peers. A string is why there are none; what was given out before stays. */
  place(generation: number, upstream: string, peers: readonly PlacedPeer[]): Placement | string {
    const name = upstream.toLowerCase()
    const known = this.#upstreams.get(name) ?? this.#makeKnown()
    if (known === undefined) return this.#full(upstream)

    const taken: [string, Held][] = []
    const keys = keysOf(peers)
    for (const key of keys) {
      if (known.rows.has(key)) continue
      const at = this.#peers.take(1)
      if (at < 0) return this.#undo(name, known, taken, upstream)
      taken.push([key, { at, generation, idle: 0 }])
    }
    const shape = peers
      .map((one, index) => `${keys[index]} ${one.weight} ${one.tier ?? one.backup} ${one.down}`)
      .join('\n')
    let group = known.groups.get(shape)
    if (group === undefined) {
      const lines = blockLines(peers.length)
      const at = this.#blocks.take(lines)
      if (at < 0) return this.#undo(name, known, taken, upstream)
      group = { at, lines, generation, idle: 0 }
      this.#openGroup(group, known.home)
      known.groups.set(shape, group)
    }

    this.#upstreams.set(name, known)
    for (const [key, held] of taken) {
      this.#openPeer(held.at, known.home)
      known.rows.set(key, held)
    }
    group.generation = generation
    const rows = keys.map(key => {
      const held = known.rows.get(key)!
      held.generation = generation
      return held.at
    })
    if (known.shape !== shape) known.epoch++
    known.shape = shape
    known.current = { epoch: known.epoch, group: group.at, rows }
    return known.current
  }

  /**
   * Takes back what nobody can use any more; call it now and then, and when a generation has retired. `oldest` is the
   * oldest generation alive, `newest` the one that runs: an upstream that it does not name is gone.
   */
  sweep(oldest: number, newest: number): void {
    for (const [name, known] of this.#upstreams) {
      const gone = ![...known.groups.values()].some(group => group.generation === newest)
      const named = new Set(gone ? [] : known.current.rows)
      for (const [key, held] of known.rows) {
        if (!isOver(held, named.has(held.at), oldest, newest) || this.#rows.inflight(held.at) > 0) continue
        known.rows.delete(key)
        this.#peers.give(held.at, 1)
      }
      for (const [shape, held] of known.groups) {
        if (!isOver(held, !gone && shape === known.shape, oldest, newest)) continue
        known.groups.delete(shape)
        this.#blocks.give(held.at, held.lines)
      }
      if (known.rows.size > 0 || known.groups.size > 0) continue
      this.#upstreams.delete(name)
      this.#homes.give(known.home, 1)
    }
  }

  #makeKnown(): Known | undefined {
    const home = this.#homes.take(1)
    if (home < 0) return undefined
    const { layout } = this.#rows
    layout.words.fill(0, layout.home(home), layout.home(home) + LINE)
    Atomics.store(layout.words, head.homesUsed, this.#homes.used)
    const current = { epoch: 0, group: 0, rows: [] }
    return { home, epoch: 0, shape: '', current, rows: new Map(), groups: new Map() }
  }

  #openPeer(row: number, home: number): void {
    const { layout } = this.#rows
    layout.clearPeer(row)
    this.#opened(row)
    layout.words[layout.peer(row) + peer.home] = home
    Atomics.store(layout.words, head.peersUsed, this.#peers.used)
  }

  #openGroup(group: HeldGroup, home: number): void {
    const { layout } = this.#rows
    const from = layout.block(group.at)
    layout.words.fill(0, from, from + group.lines * LINE)
    layout.words[from + block.home] = home
  }

  #undo(name: string, known: Known, taken: readonly [string, Held][], upstream: string): string {
    for (const [, held] of taken) this.#peers.give(held.at, 1)
    if (!this.#upstreams.has(name)) this.#homes.give(known.home, 1)
    return this.#full(upstream)
  }

  #full(upstream: string): string {
    return `no room for the peers of upstream "${upstream}": all ${this.#rows.capacity} shared rows are in use; restart, or use fewer servers`
  }
}

/** One address may stand twice in an upstream: the ordinal tells them apart. */
function keysOf(peers: readonly PlacedPeer[]): string[] {
  const seen = new Map<string, number>()
  return peers.map(({ address }) => {
    const ordinal = seen.get(address) ?? 0
    seen.set(address, ordinal + 1)
    return `${address} ${ordinal}`
  })
}

/** Whether nobody can hold a plan that names it. */
function isOver(held: Held, named: boolean, oldest: number, newest: number): boolean {
  if (named) {
    held.idle = 0
    return false
  }
  held.idle++
  // With one generation alive, what was dropped within it is held by no runtime once the change has arrived.
  return held.generation < oldest || (oldest === newest && held.idle > SWEEPS_OF_GRACE)
}
