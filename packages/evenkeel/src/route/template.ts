/**
 * Templates compiled to functions: constant parts are folded, and short templates are one closure that joins its parts
 * without a loop.
 */
import type { Template, TemplatePart } from '../model/template.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { toByteText } from './byte-text.ts'
import type { Captured } from './pattern.ts'
import { noScope, type Evaluator, type RouteScope, type TextOf } from './ports.ts'
import { compileVariable } from './variables/variables.ts'
import type { VariableTable } from './variables/variable-table.ts'

/** The text of a template for an exchange; what has no value is ''. */
export function compileTemplate<Subject extends Captured = Exchange>(
  template: Template,
  table: VariableTable<Subject>,
  scope: RouteScope = noScope,
): TextOf<Subject> {
  return joinParts(compileParts(template, table, scope))
}

/** Literal text, or what stands in the place of a variable or a group. */
export type CompiledPart<Subject = Exchange> = string | Evaluator<Subject>

/** The parts in order, in byte text, neighbouring literals made one. For those who treat values and literals unlike. */
export function compileParts<Subject extends Captured = Exchange>(
  template: Template,
  table: VariableTable<Subject>,
  scope: RouteScope = noScope,
): CompiledPart<Subject>[] {
  const parts: CompiledPart<Subject>[] = []
  for (const part of template) {
    const compiled = compilePart(part, table, scope)
    const last = parts.at(-1)
    if (typeof compiled === 'string' && typeof last === 'string') parts[parts.length - 1] = last + compiled
    else if (compiled !== '') parts.push(compiled)
  }
  return parts
}

export function joinParts<Subject>(parts: readonly CompiledPart<Subject>[]): TextOf<Subject> {
  const literals: string[] = ['']
  const values: Evaluator<Subject>[] = []
  for (const part of parts) {
    if (typeof part === 'string') literals[literals.length - 1] += part
    else {
      values.push(part)
      literals.push('')
    }
  }
  return join(literals, values)
}

/** The text of a template without variables, in byte text; undefined when it has some. */
export function constantText(template: Template): string | undefined {
  return template.every(part => typeof part === 'string') ? toByteText(template.join('')) : undefined
}

function compilePart<Subject extends Captured>(
  part: TemplatePart,
  table: VariableTable<Subject>,
  scope: RouteScope,
): CompiledPart<Subject> {
  if (typeof part === 'string') return toByteText(part)
  if ('variable' in part) return compileVariable(part.variable, table, scope)
  const number = part.capture
  return exchange => exchange.captures?.[number]
}

/** `literals` has one more than `values`: they alternate. More than four values become a tree of such joins. */
function join<Subject>(literals: readonly string[], values: readonly Evaluator<Subject>[]): TextOf<Subject> {
  const [before, first, second, third, fourth] = literals as readonly [string, string, string, string, string]
  type Value = Evaluator<Subject>
  const [a, b, c, d] = values as readonly [Value, Value, Value, Value]
  switch (values.length) {
    case 0:
      return () => before
    case 1:
      if (before === '' && first === '') return x => a(x) ?? ''
      return x => before + (a(x) ?? '') + first
    case 2:
      return x => before + (a(x) ?? '') + first + (b(x) ?? '') + second
    case 3:
      return x => before + (a(x) ?? '') + first + (b(x) ?? '') + second + (c(x) ?? '') + third
    case 4:
      return x => before + (a(x) ?? '') + first + (b(x) ?? '') + second + (c(x) ?? '') + third + (d(x) ?? '') + fourth
    default: {
      const head = join(literals.slice(0, 5), values.slice(0, 4))
      const tail = join(['', ...literals.slice(5)], values.slice(4))
      return x => head(x) + tail(x)
    }
  }
}
