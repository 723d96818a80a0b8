/**
 * What `if` and `elif` test: `$name`, `$name = text`, `$name != text`, and the same with `/a regular expression/`.
 *
 * The expression is a page's, the text it is tried on may be a stranger's; so both are capped, and the engine turns to
 * linear matching where it can when one runs away.
 */
import { INPUT_LIMIT } from '../../../model/pattern.ts'
import type { SsiMemory } from './memory.ts'
import { evaluate, type Lookup } from './values.ts'

/** Whether it holds; a string says what is wrong. */
export function test(written: string, lookup: Lookup, memory: SsiMemory): boolean | string {
  const [left = ''] = /^[A-Za-z0-9${}_"']*/.exec(written) ?? []
  const rest = written.slice(left.length).replace(/^ +/, '')
  const value = evaluate(left.toLowerCase(), lookup)
  if (typeof value === 'string') return value
  if (rest === '') return value.text !== ''
  const [operator] = /^!?= */.exec(rest) ?? []
  if (operator === undefined) return `invalid expression in "${written}"`
  const negated = operator.startsWith('!')
  const right = rest.slice(operator.length)
  if (right.length > 1 && right.startsWith('/')) {
    if (!right.endsWith('/')) return `invalid expression in "${written}"`
    const pattern = evaluate(right.slice(1, -1), lookup)
    if (typeof pattern === 'string') return pattern
    const matched = match(pattern.text, value.text, memory)
    return typeof matched === 'string' ? matched : matched !== negated
  }
  const other = evaluate(right.startsWith('\\/') ? right.slice(1) : right, lookup)
  if (typeof other === 'string') return other
  return (other.text === value.text) !== negated
}

/** A match leaves its groups in memory. */
function match(source: string, text: string, memory: SsiMemory): boolean | string {
  let expression: RegExp
  try {
    expression = new RegExp(source.replaceAll('(?P<', '(?<'))
  } catch {
    return `invalid regular expression "${source}"`
  }
  const found = expression.exec(text.slice(0, INPUT_LIMIT))
  if (found === null) return false
  memory.groups = [...found]
  for (const [name, value] of Object.entries(found.groups ?? {})) memory.set(name.toLowerCase(), value ?? '')
  return true
}
