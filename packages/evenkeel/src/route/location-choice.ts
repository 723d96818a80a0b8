/**
 * Which location a path is for.
 *
 * Per level: an exact location ends the search; the longest prefix is remembered and what is nested in it is searched
 * first; then the patterns of the level in order, unless the remembered prefix is `^~`; else the prefix. A pattern of an
 * outer level therefore wins over a nested prefix, but not over a nested exact location or pattern.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { LocationMatch } from '../model/model.ts'
import { toByteText } from './byte-text.ts'
import { compilePattern, type CompiledPattern } from './pattern.ts'
import { PrefixIndex } from './prefix-index.ts'
import { escapePath } from './uri-escape.ts'
import type { VariableTable } from './variables/variable-table.ts'

export interface LocationEntry<T> {
  readonly match: LocationMatch
  readonly value: T
  /** It proxies: `/x` is redirected to `/x/` when only `/x/` exists. */
  readonly autoRedirect: boolean
  readonly locations: readonly LocationEntry<T>[]
}

/** Made when the tree is built: finding one makes nothing. */
export interface FoundLocation<T> {
  readonly value: T
  /** '' for the location itself; else the escaped path that the client is to be sent to (301, query kept). */
  readonly redirect: string
}

/** What of an exchange the search reads and writes. */
export type Located = Pick<Exchange, 'uri' | 'captures' | 'values'>

export class LocationTree<T> {
  readonly #root: Level<T>
  readonly #named = new Map<string, T>()
  /** The location found so far in the search at hand; a search is never interrupted by another. */
  #last: LocationNode<T> | null = null

  constructor(entries: readonly LocationEntry<T>[], table: VariableTable) {
    this.#root = makeLevel(entries, table)
    for (const { match, value } of entries) if (match.kind === 'named') this.#named.set(atName(match.text), value)
  }

  /** Undefined: no location takes the path, the server itself answers. */
  find(exchange: Located): FoundLocation<T> | undefined {
    this.#last = null
    return this.#search(this.#root, exchange) ?? this.#itself()
  }

  /** The location `@name`. */
  named(name: string): T | undefined {
    return this.#named.get(name)
  }

  /** What ends the search; undefined: nothing does, and the last prefix found holds. */
  #search(level: Level<T>, exchange: Located): FoundLocation<T> | undefined {
    const { uri } = exchange
    const exact = level.exact.size === 0 ? undefined : level.exact.get(uri)
    if (exact !== undefined) {
      this.#last = exact
      return exact.itself
    }
    const prefix = level.prefixes.find(uri)
    if (level.redirects.size > 0 && prefix?.text.length !== uri.length) {
      const redirected = level.redirects.get(uri)
      if (redirected !== undefined) {
        this.#last = redirected
        return redirected.redirected
      }
    }
    if (prefix !== undefined) {
      this.#last = prefix
      const nested = prefix.level === null ? undefined : this.#search(prefix.level, exchange)
      if (nested !== undefined || prefix.final) return nested
    }
    for (const { pattern, node } of level.patterns) {
      if (!pattern.exec(uri, exchange)) continue
      this.#last = node
      // Whatever is found inside holds without its redirect, as in nginx.
      if (node.level !== null) this.#search(node.level, exchange)
      return this.#itself()
    }
    return undefined
  }

  #itself(): FoundLocation<T> | undefined {
    return this.#last === null ? undefined : this.#last.itself
  }
}

interface LocationNode<T> {
  readonly text: string
  readonly itself: FoundLocation<T>
  readonly redirected: FoundLocation<T>
  /** `^~`: patterns of its level are not looked at. */
  readonly final: boolean
  /** What is nested in it; null: nothing. */
  readonly level: Level<T> | null
}

interface Level<T> {
  readonly exact: ReadonlyMap<string, LocationNode<T>>
  readonly prefixes: PrefixIndex<LocationNode<T>>
  /** Proxying locations by their text without the slash it ends in. */
  readonly redirects: ReadonlyMap<string, LocationNode<T>>
  readonly patterns: readonly { readonly pattern: CompiledPattern; readonly node: LocationNode<T> }[]
}

function makeLevel<T>(entries: readonly LocationEntry<T>[], table: VariableTable): Level<T> {
  const exact = new Map<string, LocationNode<T>>()
  const prefixes: [string, LocationNode<T>][] = []
  const redirects = new Map<string, LocationNode<T>>()
  const patterns: { pattern: CompiledPattern; node: LocationNode<T> }[] = []
  for (const entry of entries) {
    const { match } = entry
    if (match.kind === 'named') continue
    const node = makeNode(entry, table)
    if (match.kind === 'pattern') {
      patterns.push({ pattern: compilePattern(match.pattern, table), node })
      continue
    }
    if (match.kind === 'exact') exact.set(node.text, node)
    else prefixes.push([node.text, node])
    if (!entry.autoRedirect || !node.text.endsWith('/')) continue
    // Of `= /x/` and `/x/` the exact one is the one redirected to.
    const key = node.text.slice(0, -1)
    if (match.kind === 'exact' || !redirects.has(key)) redirects.set(key, node)
  }
  return { exact, prefixes: new PrefixIndex(prefixes), redirects, patterns }
}

function makeNode<T>({ match, value, locations }: LocationEntry<T>, table: VariableTable): LocationNode<T> {
  const text = match.kind === 'pattern' ? '' : toByteText(match.text)
  return {
    text,
    itself: { value, redirect: '' },
    redirected: { value, redirect: escapePath(text) },
    final: match.kind === 'prefix-final',
    level: locations.length === 0 ? null : makeLevel(locations, table),
  }
}

function atName(text: string): string {
  return text.startsWith('@') ? text : '@' + text
}
