/** The shared connections of a runtime: of upstreams that keep idle ones together with those, of all others by address. */
import type { TimerWheel } from '../../net/timer-wheel.ts'
import type { Pool, Poolable } from '../../upstream/pool.ts'
import { OriginRules } from './origin-rules.ts'
import { Http2Origins } from './origins.ts'
import type { Http2Share } from './share.ts'

export class OriginsByPool {
  readonly #rules: OriginRules
  readonly #wheel: TimerWheel
  readonly #byPool = new Map<Pool<Poolable> | null, Http2Origins>()

  constructor(share: Http2Share, wheel: TimerWheel) {
    this.#rules = new OriginRules(share)
    this.#wheel = wheel
  }

  of(pool: Pool<Poolable> | null): Http2Origins {
    let origins = this.#byPool.get(pool)
    if (origins === undefined) this.#byPool.set(pool, (origins = new Http2Origins(this.#rules, this.#wheel, pool)))
    return origins
  }
}
