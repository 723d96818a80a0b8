/** `set_by`: a variable made by a function of the user, once an exchange; '' when it fails. */
import type { CodeUnit, CodeVariable } from '../../exchange/code.ts'
import { ERROR } from '../../exchange/log-level.ts'
import { seeRequest } from '../../filter/code/code-request.ts'
import { toByteText } from '../../route/byte-text.ts'
import type { VariableMaker } from '../../route/variables/variable-maker.ts'
import type { VariableTable } from '../../route/variables/variable-table.ts'
import { variableByName } from '../compile/variable-by-name.ts'

export function codeVariable(name: string, unit: CodeUnit, table: VariableTable): VariableMaker {
  const index = table.indexOf(name)
  const make = unit.code as CodeVariable
  return ({ scope }) => {
    const variable = variableByName(table, scope)
    return exchange => {
      const kept = exchange.values?.[index]
      if (kept !== undefined) return kept
      const request = seeRequest(exchange, variable)
      const entered = unit.enter()
      let value = ''
      try {
        const made: unknown = make(request)
        if (typeof made !== 'string') throw new TypeError(`it makes no text but ${typeof made}`)
        value = toByteText(made)
      } catch (error) {
        unit.failed(error, text => exchange.route.errorLog.tell(exchange, ERROR, text))
      } finally {
        unit.leave(entered)
        request.close()
      }
      table.write(exchange, index, value)
      return value
    }
  }
}
