/**
 * The shape of a typed configuration. Keys are nginx's directives in camelCase (keys.ts, written from the tables that
 * read nginx's language); what stands here are the blocks, which is where names of one part are used in another.
 *
 * The compiler gathers three things from a configuration: names of upstreams, texts, and what makes variables (`Made`: words
 * of `set` and its like; `Key`: names of blocks, patterns among them).
 */
import type { HttpKey, IfKey, Keys, LimitExceptKey, LocationKey, MainKey, ServerKey, UpstreamKey } from './keys.ts'
import type { Blocks, Statements, Words } from './values.ts'
import type { Checked } from './variables.ts'

/** A balancer: what belongs to the process and to `http`, side by side. */
export interface Config<
  Upstream extends string = string,
  Text extends string = string,
  Made extends string = string,
  Key extends string = string,
>
  extends Pick<Keys<Upstream, Text, Made, Key>, MainKey | HttpKey>, Raw<Made> {
  /** Groups of servers by name. */
  readonly upstreams?: Readonly<Record<Upstream, UpstreamConfig<Text, Made, Key>>>
  readonly servers?: readonly ServerConfig<NoInfer<Upstream>, Text, Made, Key>[]
  /** `'$source $variable'` to what the variable is for which value of the source. */
  readonly maps?: Blocks<Key, Readonly<Record<string, Words<Text>>>>
  readonly types?: Readonly<Record<string, Words>>
}

export interface UpstreamConfig<Text extends string = string, Made extends string = string, Key extends string = string>
  extends Pick<Keys<string, Text, Made, Key>, UpstreamKey>, Raw<Made> {
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

export interface ServerConfig<
  Upstream extends string = string,
  Text extends string = string,
  Made extends string = string,
  Key extends string = string,
>
  extends Pick<Keys<Upstream, Text, Made, Key>, ServerKey>, Raw<Made> {
  /** By what stands behind `location`: `'/'`, `'= /exact'`, `'~ \\.php$'`, `'@name'`. */
  readonly locations?: Blocks<Key, LocationConfig<Upstream, Text, Made, Key>>
  readonly if?: Blocks<Key, IfConfig<Upstream, Text, Made, Key>>
  readonly types?: Readonly<Record<string, Words>>
}

export interface LocationConfig<
  Upstream extends string = string,
  Text extends string = string,
  Made extends string = string,
  Key extends string = string,
>
  extends Pick<Keys<Upstream, Text, Made, Key>, LocationKey>, Raw<Made> {
  readonly locations?: Blocks<Key, LocationConfig<Upstream, Text, Made, Key>>
  readonly if?: Blocks<Key, IfConfig<Upstream, Text, Made, Key>>
  /** By the methods that are not meant: `'GET POST'`. */
  readonly limitExcept?: Readonly<Record<string, Pick<Keys<Upstream, Text, Made, Key>, LimitExceptKey> & Raw<Made>>>
  readonly types?: Readonly<Record<string, Words>>
}

export interface IfConfig<
  Upstream extends string = string,
  Text extends string = string,
  Made extends string = string,
  Key extends string = string,
>
  extends Pick<Keys<Upstream, Text, Made, Key>, IfKey>, Raw<Made> {}

interface Raw<Made extends string> {
  /** What needs an order that keys do not have, as lists of words: `[['set', '$a', '1'], ['if', '($a)', [['return', 403]]]]`. */
  readonly directives?: Statements<Made>
}

/**
 * Gives an editor the types of a configuration, and the compiler the names in it; answers it as it is. Upstreams and
 * variables that there are not, times, sizes and words that a directive does not know are errors of the compiler.
 */
export function defineConfig<
  const Upstream extends string = never,
  const Text extends string = never,
  const Made extends string = never,
  const Key extends string = never,
>(
  config: Config<Upstream, Text, Made, Key> &
    Config<NoInfer<Upstream>, NoInfer<Checked<Text, Made | Key>>, NoInfer<Made>, NoInfer<Key>>,
): Config<Upstream> {
  return config as unknown as Config<Upstream>
}
