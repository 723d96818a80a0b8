/** What keys of a typed configuration may hold. */

/** `'30s'`, `'5m'`, `'2d'`; a number is milliseconds. */
export type Duration = number | `${number}${TimeUnit}`
type TimeUnit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w' | 'M' | 'y'

/** `'8k'`, `'1m'`, `'1g'`; a number is bytes. */
export type Size = number | `${number}${'' | 'k' | 'K' | 'm' | 'M' | 'g' | 'G'}`

/** Words of one directive: text is split as nginx splits it, a list is taken as it is. `Text` is what a word may be. */
export type Words<Text extends string = string> = Word<Text> | readonly Word<Text>[]

type Word<Text extends string> = Text | number | boolean

/** Directives of one name: one, a list of several, or an entry each (`{ Host: '$host' }`). */
export type Several<Text extends string = string> =
  | Words<Text>
  | readonly (Words<Text> | Readonly<Record<string, unknown>>)[]
  | Readonly<Record<string, Words<Text>>>

/** Where `proxyPass` may lead: an upstream of the configuration, a URL, or variables that make one. */
export type Pass<Upstream extends string> = Upstream | `http://${string}` | `https://${string}` | `$${string}`

/** By names of the configuration's own. */
export type Blocks<Key extends string, Block> = { readonly [Name in Key]?: Block }

/** Directives word by word; the last item of a block is the list of what stands in it. */
export type Statements<Text extends string = string> = readonly (readonly (Text | number | Statements<Text>)[])[]

/** A module beside the configuration, and behind a `#` the export that is meant. */
export type Module = `${string}.${'ts' | 'mts' | 'js' | 'mjs'}${'' | `#${string}`}`

/** A step, with what it may take and what becomes of a request when it fails. */
export type CodeStep =
  | Module
  | readonly [Module, ...(`timeout=${Exclude<Duration, number>}` | `failure=${'error' | 'skip'}`)[]]
