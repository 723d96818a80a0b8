/**
 * The resolvers of one runtime: locations that name the same servers share one, with its cache.
 */
import type { ResolverModel } from '../model/settings.ts'
import { ResolveError, Resolver } from '../net/resolver.ts'
import type { ResolveName } from '../proxy/forward/forward-action.ts'

export class Resolvers {
  readonly #made = new Map<string, Resolver>()
  readonly #onBug: (error: unknown) => void

  constructor(onBug: (error: unknown) => void) {
    this.#onBug = onBug
  }

  of(model: ResolverModel, timeoutMs: number): ResolveName {
    const key = JSON.stringify([model, timeoutMs])
    let resolver = this.#made.get(key)
    if (resolver === undefined) this.#made.set(key, (resolver = this.#make(model, timeoutMs)))
    const families = { ipv4: model.ipv4, ipv6: model.ipv6 }
    const made = resolver
    return (name, done) => {
      made.resolve(name, families, found => done(found instanceof ResolveError ? found.code : found))
    }
  }

  #make(model: ResolverModel, timeoutMs: number): Resolver {
    return new Resolver({ servers: model.addresses, validMs: model.validMs, timeoutMs, onBug: this.#onBug })
  }
}
