/** Variables about limits: how they decided, and how fast a response may go out. */
import type { Evaluator } from '../ports.ts'
import { readSize } from '../size-text.ts'
import type { VariableMaker } from './variable-maker.ts'

export const limitVariables: Readonly<Record<string, VariableMaker>> = {
  limit_req_status: kept('limit_req_status'),
  limit_conn_status: kept('limit_conn_status'),
  limit_rate: ({ table, scope, text }) => {
    const index = table.indexOf('limit_rate')
    const configured = scope.settings === null ? () => '' : text(scope.settings.limitRate)
    return exchange => String(readSize(exchange.values?.[index] ?? configured(exchange)) ?? 0)
  },
}

/** What a step left; missing where none did. */
function kept(name: string): VariableMaker {
  return ({ table }): Evaluator => {
    const index = table.indexOf(name)
    return exchange => exchange.values?.[index]
  }
}
