/** The condition of an `if`. Its parentheses belong to the first and the last word, or are words of their own. */
import type { Condition } from '../../model/model.ts'
import type { Statement } from './parser.ts'
import type { Place } from './place.ts'

const TESTS = { f: 'file', d: 'directory', e: 'exists', x: 'executable' } as const

export function readCondition(place: Place, statement: Statement): Condition | null {
  const words = statement.words.slice(1)
  const fail = (at: number, text: string): null => {
    place.fail(statement, at + 1, `invalid condition "${text}"`)
    return null
  }
  const opening = words[0] ?? ''
  if (!opening.startsWith('(')) return fail(0, opening)
  let first = 0
  if (opening === '(') first = 1
  else words[0] = opening.slice(1)
  let last = words.length - 1
  const closing = words[last] ?? ''
  if (!closing.endsWith(')')) return fail(last, closing)
  if (closing === ')') last--
  else words[last] = closing.slice(0, -1)
  const left = words[first] ?? ''
  if (last < first) return fail(0, closing)

  if (left.length > 1 && left.startsWith('$')) {
    if (first !== last && first + 2 !== last) return fail(first, left)
    // Only a variable's name may stand here: nginx takes everything after the $ for it.
    const value = place.template(statement, first + 1, left)
    if (value === null) return null
    if (value.length !== 1 || typeof value[0] === 'string') {
      place.fail(statement, first + 1, `unknown "${left.slice(1)}" variable`, 'only one variable can stand on the left')
      return null
    }
    if (first === last) return { kind: 'set', value }
    const operator = words[first + 1] ?? ''
    const right = words[last] ?? ''
    const negated = operator.startsWith('!')
    if (operator === '=' || operator === '!=') {
      const text = place.template(statement, last + 1, right)
      return text === null ? null : { kind: 'equals', value, text, negated }
    }
    if (/^!?~\*?$/.test(operator)) {
      const pattern = place.pattern(statement, last + 1, right, operator.endsWith('*'))
      return pattern === null ? null : { kind: 'matches', value, pattern, negated }
    }
    place.fail(statement, first + 2, `unexpected "${operator}" in condition`, 'it may be =, !=, ~, ~*, !~ or !~*')
    return null
  }

  const test = /^(!?)-([fdex])$/.exec(left)
  if (test === null || first + 1 !== last) return fail(first, left)
  const path = place.template(statement, last + 1, words[last] ?? '')
  const letter = test[2] === 'f' || test[2] === 'd' || test[2] === 'e' ? test[2] : 'x'
  return path === null ? null : { kind: 'path', test: TESTS[letter], path, negated: test[1] !== '' }
}
