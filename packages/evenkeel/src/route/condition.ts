/** Conditions of `if`, compiled. */
import type { Exchange } from '../exchange/exchange.ts'
import type { Condition } from '../model/model.ts'
import { compilePattern } from './pattern.ts'
import type { RouteScope } from './ports.ts'
import { compileTemplate } from './template.ts'
import type { VariableTable } from './variables/variable-table.ts'

export type Test = (exchange: Exchange) => boolean

/** Conditions on files are filter/'s: they have to wait for the disk. */
export function compileCondition(
  condition: Exclude<Condition, { kind: 'path' }>,
  table: VariableTable,
  scope: RouteScope,
): Test {
  switch (condition.kind) {
    case 'set': {
      const value = compileTemplate(condition.value, table, scope)
      return exchange => isTrue(value(exchange))
    }
    case 'equals': {
      const { negated } = condition
      const value = compileTemplate(condition.value, table, scope)
      const text = compileTemplate(condition.text, table, scope)
      return exchange => (value(exchange) === text(exchange)) !== negated
    }
    case 'matches': {
      const { negated } = condition
      const value = compileTemplate(condition.value, table, scope)
      const pattern = compilePattern(condition.pattern, table)
      return exchange => {
        const matched = pattern.exec(value(exchange), exchange)
        // A condition that did not match leaves no groups, not even those of an earlier match.
        if (!matched) exchange.captures = null
        return matched !== negated
      }
    }
  }
}

/** What counts as true in `if ($x)` and in conditions of logs. */
export function isTrue(value: string): boolean {
  return value !== '' && value !== '0'
}
