/**
 * The shape of a typed configuration. Keys are nginx's directives in camelCase (keys.ts, written from the tables that
 * read nginx's language); what stands here are the blocks, which is where names of one part are used in another.
 */
import type { HttpKey, IfKey, Keys, LimitExceptKey, LocationKey, MainKey, ServerKey, UpstreamKey } from './keys.ts'
import type { Statements, Words } from './values.ts'

/** A balancer: what belongs to the process and to `http`, side by side. */
export interface Config<Upstream extends string = string> extends Pick<Keys<Upstream>, MainKey | HttpKey>, Raw {
  /** Groups of servers by name. */
  readonly upstreams?: Readonly<Record<Upstream, UpstreamConfig>>
  readonly servers?: readonly ServerConfig<NoInfer<Upstream>>[]
  /** `'$source $variable'` to what the variable is for which value of the source. */
  readonly maps?: Readonly<Record<string, Readonly<Record<string, Words>>>>
  readonly types?: Readonly<Record<string, Words>>
}

export interface UpstreamConfig extends Pick<Keys, UpstreamKey>, Raw {
  readonly servers: readonly (string | PeerConfig)[]
}

/** A server of an upstream with its parameters. */
export interface PeerConfig {
  /** `host:port`, a name or `unix:/path`. */
  readonly address: string
  readonly weight?: number
  readonly maxConns?: number
  readonly maxFails?: number
  readonly failTimeout?: string
  readonly slowStart?: string
  readonly backup?: boolean
  readonly down?: boolean
  readonly drain?: boolean
  readonly resolve?: boolean
  readonly route?: string
  readonly service?: string
  readonly priority?: number
  readonly zone?: string
}

export interface ServerConfig<Upstream extends string = string> extends Pick<Keys<Upstream>, ServerKey>, Raw {
  /** By what stands behind `location`: `'/'`, `'= /exact'`, `'~ \\.php$'`, `'@name'`. */
  readonly locations?: Readonly<Record<string, LocationConfig<Upstream>>>
  readonly if?: Readonly<Record<string, IfConfig<Upstream>>>
  readonly types?: Readonly<Record<string, Words>>
}

export interface LocationConfig<Upstream extends string = string> extends Pick<Keys<Upstream>, LocationKey>, Raw {
  readonly locations?: Readonly<Record<string, LocationConfig<Upstream>>>
  readonly if?: Readonly<Record<string, IfConfig<Upstream>>>
  /** By the methods that are not meant: `'GET POST'`. */
  readonly limitExcept?: Readonly<Record<string, Pick<Keys<Upstream>, LimitExceptKey> & Raw>>
  readonly types?: Readonly<Record<string, Words>>
}

export interface IfConfig<Upstream extends string = string> extends Pick<Keys<Upstream>, IfKey>, Raw {}

interface Raw {
  /** What needs an order that keys do not have, as lists of words: `[['set', '$a', '1'], ['if', '($a)', [['return', 403]]]]`. */
  readonly directives?: Statements
}

/** Gives an editor the types of a configuration, and the compiler the names in it; answers it as it is. */
export function defineConfig<const Upstream extends string = never>(config: Config<Upstream>): Config<Upstream> {
  return config
}
