/**
 * How variables are made: each is a function of what it needs to know when a configuration is compiled.
 *
 * A vocabulary is all there is to say about one kind of thing: an HTTP exchange, or a session of `stream`. Templates, maps,
 * patterns and log formats are compiled by the same code for either; only the vocabulary differs.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Template } from '../../model/template.ts'
import type { Captured } from '../pattern.ts'
import type { Evaluator, RouteScope, TextOf } from '../ports.ts'
import type { VariableTable } from './variable-table.ts'

export interface Making<Subject extends Captured = Exchange> {
  readonly table: VariableTable<Subject>
  readonly scope: RouteScope
  /** Compiles a template of the same scope. */
  readonly text: (template: Template) => TextOf<Subject>
}

export type VariableMaker<Subject extends Captured = Exchange> = (making: Making<Subject>) => Evaluator<Subject>

/** What a table is whatever its vocabulary is about. */
export type SharedTable = Pick<VariableTable, 'ports' | 'time' | 'indexOf' | 'write'>

/** Makes the variable of a family from the rest of its name. */
export type FamilyMaker<Subject extends Captured = Exchange> = (rest: string, table: SharedTable) => Evaluator<Subject>

export interface Vocabulary<Subject extends Captured = Exchange> {
  /** By their names in lower case. */
  readonly fixed: ReadonlyMap<string, VariableMaker<Subject>>
  readonly families: readonly { readonly prefix: string; readonly make: FamilyMaker<Subject> }[]
  /** Those that show settings of a location. */
  readonly scoped: ReadonlySet<string>
}

/** A maker for every vocabulary: its variable asks nothing of what it is about but the places of values. */
export type SharedMaker = (making: { readonly table: SharedTable }) => Evaluator<Captured>

/** A variable that needs nothing from compile time. */
export function plain<Subject extends Captured = Exchange>(evaluate: Evaluator<Subject>): VariableMaker<Subject> {
  return () => evaluate
}
