/** Variables that are looked up by an address (`geo`) or drawn by a hash (`split_clients`). */
import type { Template } from './template.ts'

/** `geo [$address] $variable { … }` */
export interface GeoModel {
  readonly variable: string
  /** Null: the client's address. */
  readonly address: Template | null
  /** Blocks are `first-last` ranges of IPv4; else networks, the longest that fits wins. */
  readonly ranges: boolean
  readonly default: string
  /** A later one takes the place of an earlier one, or of the part of it that it covers. `value` null: deleted. */
  readonly blocks: readonly { readonly block: string; readonly value: string | null }[]
  readonly proxies: readonly string[]
  readonly proxyRecursive: boolean
}

/** `split_clients $input $variable { … }` */
export interface SplitModel {
  readonly variable: string
  readonly input: Template
  /** In hundredths of a percent, in order; 0: all the rest. */
  readonly parts: readonly { readonly share: number; readonly value: string }[]
}
