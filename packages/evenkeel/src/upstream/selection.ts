/**
 * What one request's choice of peers remembers between attempts: who was tried, and how many tries are left.
 */
import type { PickInput } from '../balance/policy.ts'
import type { Asker, Upstream } from './upstream.ts'

export class Selection implements PickInput {
  readonly #asker: Asker
  /** Tries left, the next one included; 0: what fails now is final. */
  tries: number
  /** Peers of the current tier that were tried; made when a second one is asked for. */
  tried: Uint8Array | null = null
  /** The peer of the current tier chosen last, not yet in `tried`; -1: none. */
  last = -1
  /** Which tier of the upstream it has come to. */
  tier = 0
  memory: number[] | null = null
  undisturbed = true
  /** Whose peers the numbers above mean. */
  upstream: Upstream
  /** How long the last lease was waited for in a queue ($upstream_queue_time); -1: not at all. */
  queuedMs = -1
  /** The id of the peer it is bound to, and its index while that is being picked; '' and -1: none. */
  wanted = ''
  preferred = -1
  /** Its place in a queue. */
  waiting: { leave(): void } | null = null

  constructor(asker: Asker, upstream: Upstream, tries: number) {
    this.#asker = asker
    this.upstream = upstream
    this.tries = tries
  }

  hashKey(): string {
    return this.#asker.hashKey()
  }

  address(): Uint8Array {
    return this.#asker.address()
  }

  /** Which peer it is bound to, asked anew for each attempt: a session may have been learned since. */
  bind(): void {
    this.wanted = this.#asker.stickyId()
  }

  /** The attempt found its reused connection dead: it does not consume a try. After the lease was ended. */
  giveBack(): void {
    this.tries++
  }

  /** The request is over: if it waits in a queue it does no longer, and the promise of its lease stays open for ever. */
  leave(): void {
    this.waiting?.leave()
  }

  /** Nobody of the tier before was to be had, or the peers were replaced: others, none of them tried. */
  restart(upstream: Upstream, tier: number): void {
    this.upstream = upstream
    this.tier = tier
    this.tried = null
    this.last = -1
    this.memory = null
  }
}
