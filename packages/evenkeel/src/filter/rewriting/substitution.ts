/**
 * sub_filter: texts of an answer replaced by others, while it passes by.
 *
 * As in nginx the comparison ignores the case of ASCII letters, at every place the pattern that was written first wins,
 * and replacements are not searched again. What comes out never depends on how the answer was cut on its way: the end
 * of a part that may be the start of a pattern waits for more, and nothing else does.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import type { BodyFilter } from '../../exchange/route.ts'
import type { Sink, Source } from '../../exchange/sink.ts'
import type { BodySettings } from '../../model/settings/body-settings.ts'
import type { Compile } from '../compile.ts'
import { PassSink } from '../pass-sink.ts'
import { compileTypes, type TypeTest } from '../coding/type-set.ts'
import { transformed } from '../fields/validators.ts'

type Text = (exchange: Exchange) => string

interface Rules {
  readonly once: boolean
  readonly keepsDate: boolean
  readonly isType: TypeTest
  /** Patterns of this exchange and what they become; with variables they are others for each. */
  search(exchange: Exchange): Search
  readonly replacements: readonly Text[]
}

export interface Substitution {
  readonly filter: BodyFilter
  applies(exchange: Exchange, head: ResponseHead): boolean
}

/** null: nothing is replaced. */
export function compileSubstitution(settings: BodySettings, compile: Compile): Substitution | null {
  if (settings.subFilter.length === 0) return null
  const finds = settings.subFilter.map(({ find }) => compile.text(find))
  const fixed = settings.subFilter.every(({ find }) => compile.constant(find) !== undefined)
  const shared = fixed ? new Search(settings.subFilter.map(({ find }) => compile.constant(find)!)) : null
  const isType = compileTypes(settings.subFilterTypes)
  const rules: Rules = {
    once: settings.subFilterOnce,
    keepsDate: settings.subFilterLastModified,
    isType,
    search: exchange => shared ?? new Search(finds.map(find => find(exchange))),
    replacements: settings.subFilter.map(({ replacement }) => compile.text(replacement)),
  }
  return {
    filter: (exchange, next) => new SubstitutionSink(exchange, next, rules),
    applies: (_, head) => isSearched(head, isType),
  }
}

/** Compressed bytes are no text: what is found there is chance. */
function isSearched(head: ResponseHead, isType: TypeTest): boolean {
  const coding = head.fields.get('Content-Encoding')
  return head.length !== 0 && (coding === undefined || coding === '') && isType(head)
}

/** Several texts looked for at once. Characters are bytes. */
export class Search {
  /** Lower-case; '' is never found. */
  readonly patterns: readonly string[]
  readonly longest: number
  /** Finds where one of them may be; which one it is and whether it still counts is looked at then. */
  readonly #any: RegExp | null

  constructor(patterns: readonly string[]) {
    this.patterns = patterns.map(lower)
    this.longest = Math.max(...this.patterns.map(pattern => pattern.length))
    const sources = this.patterns.filter(pattern => pattern !== '').map(source)
    this.#any = sources.length === 0 ? null : new RegExp(sources.join('|'), 'g')
  }

  get empty(): boolean {
    return this.#any === null
  }

  /** The first place from `from` on where any of them stands; -1: none. */
  find(text: string, from: number): number {
    const any = this.#any!
    any.lastIndex = from
    return any.exec(text)?.index ?? -1
  }
}

/** ASCII only: bytes above stand for anything. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase())
}

function source(pattern: string): string {
  return pattern.replace(/[^]/g, char => {
    if (/[a-z]/.test(char)) return `[${char}${char.toUpperCase()}]`
    return /[0-9 ]/.test(char) ? char : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}

class SubstitutionSink extends PassSink {
  readonly #rules: Rules
  /** null: the answer goes on as it is. */
  #search: Search | null = null
  /** Replacements made so far: each is worked out once. */
  #made: (string | undefined)[] = []
  #left = 0
  /** The end of what came, which may be the start of a pattern. */
  #held = ''

  constructor(exchange: Exchange, next: Sink<ResponseHead>, rules: Rules) {
    super(exchange, next)
    this.#rules = rules
  }

  override head(head: ResponseHead, source: Source): void {
    const rules = this.#rules
    if (isSearched(head, rules.isType)) {
      const search = rules.search(this.exchange)
      if (!search.empty) {
        this.#search = search
        this.#left = search.patterns.filter(pattern => pattern !== '').length
        this.#changed(head)
      }
    }
    this.next.head(head, source)
  }

  override body(part: Uint8Array): boolean {
    if (this.#search === null) return this.next.body(part)
    const arrived = Buffer.prototype.latin1Slice.call(part, 0, part.length)
    const text = this.#held + arrived
    const held = this.#held !== ''
    const out = this.#replace(text, false)
    if (!held && out === text) return this.next.body(part)
    return out === '' || this.next.body(Buffer.from(out, 'latin1'))
  }

  override end(trailers?: Fields): void {
    if (this.#held !== '') {
      const text = this.#held
      this.#held = ''
      this.next.body(Buffer.from(this.#replace(text, true), 'latin1'))
    }
    this.next.end(trailers)
  }

  #changed(head: ResponseHead): void {
    transformed(head)
    if (this.#rules.keepsDate) return
    head.fields.remove('Last-Modified')
    head.fields.remove('ETag')
  }

  /** What can go on of `text`; the rest is held unless it is the last. */
  #replace(text: string, last: boolean): string {
    const search = this.#search!
    let out = ''
    let from = 0
    let at = 0
    while (this.#left > 0) {
      const open = last ? -1 : this.#openFrom(text, at)
      const found = search.find(text, at)
      if (open >= 0 && (found < 0 || found > open)) {
        this.#held = text.slice(open)
        return out + text.slice(from, open)
      }
      if (found < 0) break
      const index = this.#patternAt(text, found, last)
      if (index === OPEN) {
        this.#held = text.slice(found)
        return out + text.slice(from, found)
      }
      if (index === NONE) {
        at = found + 1
        continue
      }
      out += text.slice(from, found) + this.#replacement(index)
      from = at = found + search.patterns[index]!.length
    }
    this.#held = ''
    return out + text.slice(from)
  }

  /** The pattern that stands at a place: the first written that still counts, OPEN when that can't be told yet. */
  #patternAt(text: string, at: number, last: boolean): number {
    const { patterns } = this.#search!
    for (let i = 0; i < patterns.length; i++) {
      if (!this.#counts(i)) continue
      const pattern = patterns[i]!
      const there = lower(text.slice(at, at + pattern.length))
      if (there === pattern) return i
      if (!last && at + pattern.length > text.length && pattern.startsWith(there)) return OPEN
    }
    return NONE
  }

  /** Where the end of the text begins that a pattern may start with; -1: nowhere. */
  #openFrom(text: string, from: number): number {
    const { patterns, longest } = this.#search!
    for (let at = Math.max(from, text.length - longest + 1); at < text.length; at++) {
      const rest = lower(text.slice(at))
      for (let i = 0; i < patterns.length; i++) {
        if (patterns[i]!.length > rest.length && patterns[i]!.startsWith(rest) && this.#counts(i)) return at
      }
    }
    return -1
  }

  #counts(index: number): boolean {
    if (this.#search!.patterns[index] === '') return false
    return !this.#rules.once || this.#made[index] === undefined
  }

  #replacement(index: number): string {
    if (this.#rules.once) this.#left--
    return (this.#made[index] ??= this.#rules.replacements[index]!(this.exchange))
  }
}

const NONE = -1
const OPEN = -2
