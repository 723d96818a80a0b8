/**
 * What happens in an embedded balancer, for whoever iterates over it: peers that come and go, requests that fail,
 * reloads. Nobody's iteration slows traffic: each has a queue with an end, and is told what it lost.
 */
import type { PeerState } from './status/view.ts'

export type BalancerEvent =
  | {
      readonly kind: 'peer'
      readonly upstream: string
      /** Its server as the configuration, or `add`, called it. */
      readonly name: string
      readonly address: string
      readonly state: PeerState
      /** null: it is new. */
      readonly before: PeerState | null
    }
  | {
      readonly kind: 'failure'
      readonly method: string
      readonly host: string
      /** As it came. */
      readonly target: string
      /** What the client was told, or would have been. */
      readonly status: number
      /** A code of docs/failures.md. */
      readonly code: string
      readonly upstream: string
      /** Addresses that were tried, in order. */
      readonly tried: readonly string[]
    }
  /** A configuration was to be made live; no problems: it is. */
  | { readonly kind: 'reload'; readonly problems: readonly string[] }
  /** So many events did not fit into the queue, and are gone. */
  | { readonly kind: 'lost'; readonly count: number }

export interface EventOptions {
  /** Events that wait at most; of more the oldest are dropped. Default 1024. */
  readonly limit?: number
  /** Ends the iteration. */
  readonly signal?: AbortSignal
}

/** A server at the moment. */
export interface SeenPeer {
  readonly upstream: string
  readonly name: string
  readonly address: string
  readonly state: PeerState
}

/** How often peers are looked at while somebody listens: that they are out is seen in shared memory, not told. */
const LOOK_MS = 100
const LIMIT = 1024

export class BalancerEvents {
  readonly #queues = new Set<Queue>()
  readonly #look: () => readonly SeenPeer[]
  #seen = new Map<string, SeenPeer>()
  #timer: NodeJS.Timeout | null = null
  #closed = false

  constructor(look: () => readonly SeenPeer[]) {
    this.#look = look
  }

  /** false: telling would be for nobody. */
  get wanted(): boolean {
    return this.#queues.size > 0
  }

  /** Listens from this call on, not only from the first `next`. */
  listen({ limit = LIMIT, signal }: EventOptions): AsyncIterableIterator<BalancerEvent> {
    const queue = new Queue(Math.max(1, limit), () => this.#left(queue))
    if (this.#closed || signal?.aborted === true) queue.finish()
    else {
      if (!this.wanted) this.#begin()
      this.#queues.add(queue)
      signal?.addEventListener('abort', () => queue.finish(), { once: true })
    }
    return queue
  }

  tell(event: BalancerEvent): void {
    for (const queue of this.#queues) queue.add(event)
  }

  /** What has changed since the last look; said by who changes something, so that it is told at once. */
  compare(): void {
    if (!this.wanted) return
    const before = this.#seen
    this.#seen = keyed(this.#look())
    for (const [key, peer] of this.#seen) {
      const was = before.get(key)?.state ?? null
      if (was !== peer.state) this.tell({ kind: 'peer', ...peer, before: was })
    }
  }

  close(): void {
    this.#closed = true
    for (const queue of this.#queues) queue.finish()
  }

  #begin(): void {
    this.#seen = keyed(this.#look())
    // A program that only listens is not kept alive by it: what it listens to does that.
    this.#timer = setInterval(() => this.compare(), LOOK_MS).unref()
  }

  #left(queue: Queue): void {
    this.#queues.delete(queue)
    if (this.wanted || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }
}

function keyed(peers: readonly SeenPeer[]): Map<string, SeenPeer> {
  return new Map(peers.map(peer => [`${peer.upstream} ${peer.name} ${peer.address}`, peer]))
}

type Result = IteratorResult<BalancerEvent, undefined>

class Queue implements AsyncIterableIterator<BalancerEvent> {
  readonly #limit: number
  readonly #left: () => void
  readonly #events: BalancerEvent[] = []
  readonly #waiting: ((result: Result) => void)[] = []
  #lost = 0
  #over = false

  constructor(limit: number, left: () => void) {
    this.#limit = limit
    this.#left = left
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  add(event: BalancerEvent): void {
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) return waiting({ value: event, done: false })
    this.#events.push(event)
    if (this.#events.length <= this.#limit) return
    this.#events.shift()
    this.#lost++
  }

  next(): Promise<Result> {
    const lost = this.#lost
    this.#lost = 0
    if (lost > 0) return Promise.resolve({ value: { kind: 'lost', count: lost }, done: false })
    const event = this.#events.shift()
    if (event !== undefined) return Promise.resolve({ value: event, done: false })
    if (this.#over) return Promise.resolve(end)
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  return(): Promise<Result> {
    this.#events.length = 0
    this.finish()
    return Promise.resolve(end)
  }

  /** Nothing more comes; what waits is still handed out. */
  finish(): void {
    if (this.#over) return
    this.#over = true
    this.#left()
    for (const waiting of this.#waiting.splice(0)) waiting(end)
  }
}

const end: Result = { value: undefined, done: true }
