/**
 * Statements to model: finds the row of each statement, checks that it may stand here with so many arguments, and
 * applies it.
 */
import { notYet, notYetOfOthers } from './directives/absent.ts'
import { declined } from './directives/declined.ts'
import { directives } from './directives/table.ts'
import type { Statement } from './parser.ts'
import type { Place } from './place.ts'
import { nearest } from './suggest.ts'
import type { Directive } from './table.ts'

const ABSENT: ReadonlySet<string> = new Set([...notYet, ...notYetOfOthers])
/** Each suggestion compares a name with hundreds of others: after so many unknown ones nobody reads them. */
const MOST_SUGGESTIONS = 50

export class Interpreter {
  /** In a file that is only the inside of `http`, what belongs to the process goes here. */
  readonly #outer: Place | null
  #suggestions = 0

  constructor(outer: Place | null) {
    this.#outer = outer
  }

  run(place: Place, statements: readonly Statement[]): void {
    for (const statement of statements) this.#apply(place, statement)
  }

  #apply(place: Place, statement: Statement): void {
    const name = statement.words[0] ?? ''
    const rows = directives.get(name)
    if (rows === undefined) return this.#unknown(place, statement, name)
    let row = rows.find(one => one.contexts.includes(place.kind))
    let at = place
    if (row === undefined && this.#outer !== null && place.path === 'http') {
      row = rows.find(one => one.contexts.includes('main') && !one.contexts.includes('http'))
      at = this.#outer
    }
    if (row === undefined) return this.#misplaced(place, statement, name, rows)
    if (row.block === undefined && statement.block !== null) {
      return place.fail(statement, 0, `directive "${name}" is not terminated by ";"`)
    }
    if (row.block === true && statement.block === null) {
      return place.fail(statement, 0, `directive "${name}" has no opening "{"`)
    }
    const count = statement.words.length - 1
    if (count < row.arguments[0] || count > row.arguments[1]) {
      const remedy = `${name} ${row.syntax}${row.block === true ? '' : ';'}`.replace(' ;', ';')
      return place.fail(statement, 0, `invalid number of arguments in "${name}" directive`, `it is written: ${remedy}`)
    }
    row.apply(at, statement)
  }

  #misplaced(place: Place, statement: Statement, name: string, rows: readonly Directive[]): void {
    const all = [...new Set(rows.flatMap(row => row.contexts))]
    // Who writes of http has little use for where it may stand in stream.
    const near = all.filter(context => place.inStream || !context.startsWith('stream'))
    const contexts = (near.length === 0 ? all : near).join(', ')
    place.fail(statement, 0, `"${name}" directive is not allowed here`, `it may stand in: ${contexts}`)
  }

  #unknown(place: Place, statement: Statement, name: string): void {
    if (name === 'include') return place.fail(statement, 0, 'invalid number of arguments in "include" directive')
    const instead = declined.get(name)
    if (instead !== undefined)
      return place.fail(statement, 0, `directive "${name}" is not supported by evenkeel`, instead)
    if (ABSENT.has(name)) return place.fail(statement, 0, `directive "${name}" is not supported yet by evenkeel`)
    const meant = this.#suggest(place, name)
    place.fail(statement, 0, `unknown directive "${name}"`, meant === null ? undefined : `did you mean "${meant}"?`)
  }

  /** What may stand here comes first: `sever` in an upstream is not a misspelt `serve`. */
  #suggest(place: Place, name: string): string | null {
    if (++this.#suggestions > MOST_SUGGESTIONS) return null
    const here: string[] = []
    for (const rows of directives.values()) {
      for (const row of rows) if (row.contexts.includes(place.kind)) here.push(row.name)
    }
    return nearest(name, here) ?? nearest(name, [...directives.keys(), ...ABSENT])
  }
}
