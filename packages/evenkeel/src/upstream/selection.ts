/**
 * What one request's choice of peers remembers between attempts: who was tried, and how many tries are left.
 */
import type { PickInput } from '../balance/policy.ts'
import type { Asker, Upstream } from './upstream.ts'

export class Selection implements PickInput {
  readonly #asker: Asker
  /** Tries left, the next one included; 0: what fails now is final. */
  tries: number
  /** Peers of the current list that were tried; made when a second one is asked for. */
  tried: Uint8Array | null = null
  /** The peer of the current list chosen last, not yet in `tried`; -1: none. */
  last = -1
  onBackups = false
  memory: number[] | null = null
  undisturbed = true
  /** Whose peers the numbers above mean. */
  upstream: Upstream

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

  /** The attempt found its reused connection dead: it does not consume a try. After the lease was ended. */
  giveBack(): void {
    this.tries++
  }

  /** Nobody of the list before was to be had, or the peers were replaced: others, none of them tried. */
  restart(upstream: Upstream, onBackups: boolean): void {
    this.upstream = upstream
    this.onBackups = onBackups
    this.tried = null
    this.last = -1
  }
}
