/**
 * Variables by names that come with traffic (`<!--#echo var="…" -->`). Only those that exist are looked at: a name that
 * nobody declared would get a place in the table of variables, for every page that thinks one up.
 */
import type { VariableByName } from '../../filter/subrequests/ssi/ssi.ts'
import { isBuiltInVariable } from '../../model/names.ts'
import type { Evaluator, RouteScope } from '../../route/ports.ts'
import type { VariableTable } from '../../route/variables/variable-table.ts'
import { compileVariable } from '../../route/variables/variables.ts'

/** More names than pages use; beyond, they are compiled each time. */
const MOST_NAMES = 256

export function variableByName(table: VariableTable, scope: RouteScope): VariableByName {
  const known = new Map<string, Evaluator>()
  return (name, exchange) => {
    let evaluator = known.get(name)
    if (evaluator === undefined) {
      if (
        !isBuiltInVariable(name) &&
        !table.has(name) &&
        table.map(name) === undefined &&
        table.made(name) === undefined
      )
        return undefined
      evaluator = compileVariable(name, table, scope)
      if (known.size < MOST_NAMES) known.set(name, evaluator)
    }
    return evaluator(exchange)
  }
}
