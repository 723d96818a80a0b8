/** How variables are made: each is a function of what it needs to know when a configuration is compiled. */
import type { Template } from '../model/template.ts'
import type { Evaluator, RouteScope, TextOf } from './ports.ts'
import type { VariableTable } from './variable-table.ts'

export interface Making {
  readonly table: VariableTable
  readonly scope: RouteScope
  /** Compiles a template of the same scope. */
  readonly text: (template: Template) => TextOf
}

export type VariableMaker = (making: Making) => Evaluator

/** Makes the variable of a family from the rest of its name. */
export type FamilyMaker = (rest: string, table: VariableTable) => Evaluator

/** A variable that needs nothing from compile time. */
export function plain(evaluate: Evaluator): VariableMaker {
  return () => evaluate
}
