/**
 * The port through which steps and actions get their templates, patterns and variables compiled, made for one location.
 */
import type { Route } from '../../exchange/route.ts'
import type { Compile } from '../../filter/compile.ts'
import type { ContentModel } from '../../model/model.ts'
import type { Settings } from '../../model/settings.ts'
import { toByteText } from '../../route/byte-text.ts'
import { compileCondition } from '../../route/condition.ts'
import { compilePattern } from '../../route/pattern.ts'
import type { RouteScope } from '../../route/ports.ts'
import { compileTemplate } from '../../route/template.ts'
import { compileAssignment } from '../../route/variables/variables.ts'
import type { VariableTable } from '../../route/variables/variable-table.ts'
import { literalText } from '../../model/template.ts'

export function compilePort(
  table: VariableTable,
  scope: RouteScope,
  prefix: string,
  route: (settings: Settings, content: ContentModel | null) => Route,
): Compile {
  return {
    text: template => compileTemplate(template, table, scope),
    constant(template) {
      const text = literalText(template)
      return text === undefined ? undefined : toByteText(text)
    },
    pattern: pattern => compilePattern(pattern, table),
    condition: condition => compileCondition(condition, table, scope),
    setVariable: name => compileAssignment(name, table),
    slot(name) {
      const index = table.indexOf(name)
      return {
        assigned: table.isAssigned(name),
        get: exchange => exchange.values?.[index],
        set: (exchange, value) => table.write(exchange, index, value),
      }
    },
    prefix,
    route,
  }
}
