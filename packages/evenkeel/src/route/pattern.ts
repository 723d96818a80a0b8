/**
 * Regular expressions of a configuration, run on strangers' input.
 *
 * A match leaves its groups with the exchange ($1 …) and its named groups in the variables of those names. Patterns see
 * bytes, as nginx's do: the source is turned into byte text like any other literal.
 */
import type { Exchange } from '../exchange/exchange.ts'
import { INPUT_LIMIT, type Pattern } from '../model/pattern.ts'
import { toByteText } from './byte-text.ts'
import type { VariableTable } from './variables/variable-table.ts'

/** What of an exchange a match writes to. */
export type Captured = Pick<Exchange, 'captures' | 'values'>

export interface CompiledPattern {
  /** As in the configuration, for messages. */
  readonly written: string
  /** Whether the text matches. If so, its groups are stored; if not, those of the match before stay. */
  exec(text: string, exchange: Captured): boolean
  /** The same without storing anything. */
  test(text: string): boolean
}

export function compilePattern(pattern: Pattern, table: Pick<VariableTable, 'indexOf' | 'write'>): CompiledPattern {
  const expression = new RegExp(toByteText(pattern.source), pattern.caseless ? 'i' : '')
  const hasGroups = new RegExp(expression.source + '|').exec('')!.length > 1
  const groups = pattern.groups.map(name => ({ name, index: table.indexOf(name) }))
  return new StoringPattern(pattern.written, expression, hasGroups, groups, table)
}

interface NamedGroup {
  readonly name: string
  readonly index: number
}

class StoringPattern implements CompiledPattern {
  readonly written: string
  readonly #expression: RegExp
  readonly #hasGroups: boolean
  readonly #groups: readonly NamedGroup[]
  readonly #table: Pick<VariableTable, 'indexOf' | 'write'>

  constructor(
    written: string,
    expression: RegExp,
    hasGroups: boolean,
    groups: readonly NamedGroup[],
    table: Pick<VariableTable, 'indexOf' | 'write'>,
  ) {
    this.written = written
    this.#expression = expression
    this.#hasGroups = hasGroups
    this.#groups = groups
    this.#table = table
  }

  exec(text: string, exchange: Captured): boolean {
    const input = text.length > INPUT_LIMIT ? text.slice(0, INPUT_LIMIT) : text
    if (!this.#hasGroups) {
      // `test` makes no array: worth it, as most locations' patterns have no groups.
      if (!this.#expression.test(input)) return false
      exchange.captures = null
      return true
    }
    const match = this.#expression.exec(input)
    if (match === null) return false
    exchange.captures = match
    for (const { name, index } of this.#groups) this.#table.write(exchange, index, match.groups![name] ?? '')
    return true
  }

  test(text: string): boolean {
    return this.#expression.test(text.length > INPUT_LIMIT ? text.slice(0, INPUT_LIMIT) : text)
  }
}
