/**
 * All names of upstreams, on the main thread: who asks for them, and what they stand for now. Requests never wait for
 * them; a reload finds what was known before.
 *
 * `resolve` asks the upstream's name servers by their TTL. Other names are the system's to resolve, as for nginx at its
 * start, but again and again, since an address that was right then is what long-lived processes fail by.
 */
import { isIP } from 'node:net'
import type { HttpModel, ServerLine, UpstreamModel } from '../../model/model.ts'
import { defaults, type ResolverModel } from '../../model/settings.ts'
import { HostsFile } from '../../net/hosts-file.ts'
import { Resolver } from '../../net/resolver.ts'
import {
  serverAsking,
  serviceAsking,
  systemAsking,
  type AskName,
  type Lookup,
  type NamedAddress,
} from './name-asking.ts'
import { NameWatch, type NameWatchPorts } from './name-watch.ts'

export interface NamesOptions extends NameWatchPorts {
  readonly lookup: Lookup
  readonly hosts?: HostsFile
}

/** What a server line's name stands for; null: nobody has told yet. */
export type FindName = (upstream: UpstreamModel, line: ServerLine) => readonly NamedAddress[] | null

interface Watched {
  readonly watch: NameWatch
  /** The same for all who ask for the same, whomever they ask. */
  readonly subject: string
}

export class Names {
  readonly #options: NamesOptions
  readonly #hosts: HostsFile
  readonly #watched = new Map<string, Watched>()
  readonly #resolvers = new Map<string, Resolver>()
  #http: HttpModel | null = null
  /** The system is asked for one name at a time once all were asked for: each holds a thread that files need as well. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: NamesOptions) {
    this.#options = options
    this.#hosts = options.hosts ?? new HostsFile()
  }

  /** Begins with the names of that model; those of the one before stay until `keep`. */
  watch(http: HttpModel | null): void {
    this.#http = http
    for (const { key, subject, label, ask, retryMs } of this.#wanted(http)) {
      if (this.#watched.has(key)) continue
      const known = [...this.#watched.values()].find(one => one.subject === subject)?.watch.addresses ?? null
      const watch = new NameWatch(label, ask(), retryMs, known, this.#options)
      this.#watched.set(key, { watch, subject })
      watch.start()
    }
  }

  /** Resolves when each has been asked for once, or by then. */
  async first(patienceMs: number): Promise<void> {
    const unknown = [...this.#watched.values()].filter(({ watch }) => watch.addresses === null)
    if (unknown.length === 0) return
    let stop = (): void => {}
    const late = new Promise<void>(resolve => {
      stop = this.#options.clock.after(patienceMs, resolve)
    })
    await Promise.race([late, Promise.all(unknown.map(({ watch }) => watch.first))])
    stop()
  }

  /** The names of that model are all that is needed from here on. */
  keep(http: HttpModel | null): void {
    this.#http = http
    const wanted = new Set(this.#wanted(http).map(({ key }) => key))
    for (const [key, { watch }] of this.#watched) {
      if (wanted.has(key)) continue
      watch.close()
      this.#watched.delete(key)
    }
  }

  readonly find: FindName = (upstream, line) => {
    const wanted = this.#one(upstream, line)
    return wanted === null ? null : (this.#watched.get(wanted.key)?.watch.addresses ?? null)
  }

  close(): void {
    for (const { watch } of this.#watched.values()) watch.close()
    this.#watched.clear()
  }

  #wanted(http: HttpModel | null): Wanted[] {
    return (http?.upstreams ?? []).flatMap(upstream =>
      upstream.servers.flatMap(line => this.#one(upstream, line) ?? []),
    )
  }

  #one(upstream: UpstreamModel, line: ServerLine): Wanted | null {
    const { address, resolve, service } = line
    if (!('host' in address) || !isName(address.host)) return null
    const name = address.host.toLowerCase()
    const resolver = upstream.resolver ?? this.#http?.settings.resolver ?? null
    if (resolve !== true || resolver === null) {
      const ask = (): AskName => systemAsking(name, this.#inTurn())
      return { key: `system ${name}`, subject: name, label: name, ask, retryMs: SYSTEM_RETRY_MS }
    }
    const timeoutMs = upstream.resolverTimeoutMs ?? this.#http?.settings.resolverTimeout ?? defaults.resolverTimeout
    const subject = service === undefined ? name : `${service} ${name}`
    return {
      key: JSON.stringify([resolver, timeoutMs, subject]),
      subject,
      label: service === undefined ? name : `service ${service} of ${name}`,
      retryMs: Math.min(timeoutMs, LONGEST_RETRY_MS),
      ask: () => {
        const asked = this.#resolver(resolver, timeoutMs)
        return service === undefined
          ? serverAsking(name, asked, resolver, this.#hosts)
          : serviceAsking(name, service, asked, resolver, this.#hosts)
      },
    }
  }

  #resolver(model: ResolverModel, timeoutMs: number): Resolver {
    const key = JSON.stringify([model, timeoutMs])
    let resolver = this.#resolvers.get(key)
    if (resolver === undefined) {
      resolver = new Resolver({ servers: model.addresses, validMs: model.validMs, timeoutMs })
      this.#resolvers.set(key, resolver)
    }
    return resolver
  }

  #inTurn(): Lookup {
    let first = true
    return name => {
      if (first) {
        first = false
        return this.#options.lookup(name)
      }
      const answer = this.#turn.then(() => this.#options.lookup(name))
      this.#turn = answer.catch(() => {})
      return answer
    }
  }
}

interface Wanted {
  readonly key: string
  readonly subject: string
  /** For the log. */
  readonly label: string
  readonly ask: () => AskName
  readonly retryMs: number
}

/** Whether somebody has to be asked for it. */
export function isName(host: string): boolean {
  return isIP(host) === 0 && host.toLowerCase() !== 'localhost'
}

const SYSTEM_RETRY_MS = 5_000
/** nginx waits for resolver_timeout, 30 s: long for a service whose name server was restarted. */
const LONGEST_RETRY_MS = 5_000
