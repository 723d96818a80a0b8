/** The shared connections of a runtime: of upstreams that keep idle ones together with those, of all others by address. */
import type { Pool, Poolable } from '../../upstream/pool.ts'
import type { Ports } from '../ports.ts'
import { OriginRules } from './origin-rules.ts'
import { Http2Origins } from './origins.ts'
import type { Http2Share } from './share.ts'

export class OriginsByPool {
  readonly #rules: OriginRules
  readonly #ports: Ports
  readonly #byPool = new Map<Pool<Poolable> | null, Http2Origins>()

  constructor(share: Http2Share, ports: Ports) {
    this.#rules = new OriginRules(share)
    this.#ports = ports
  }

  of(pool: Pool<Poolable> | null): Http2Origins {
    let origins = this.#byPool.get(pool)
    if (origins === undefined) this.#byPool.set(pool, (origins = new Http2Origins(this.#rules, this.#ports, pool)))
    return origins
  }
}
