/** The inside of a match block: what a response must be like, in the words of nginx's commercial edition. */
import type { BodyRule, HeaderRule, MatchModel, StatusRule } from '../../../model/health.ts'
import type { Pattern } from '../../../model/pattern.ts'
import { readExpect, readSend } from './send-expect.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'

interface Rules {
  readonly status: StatusRule[]
  readonly headers: HeaderRule[]
  readonly body: BodyRule[]
  talk?: NonNullable<MatchModel['talk']>
}

export function readMatch(place: Place, statement: Statement): void {
  const { http } = place.reading
  if (http === null) return
  const name = statement.words[1] ?? ''
  if (name === '') place.fail(statement, 1, 'a match needs a name')
  const rules: Rules = { status: [], headers: [], body: [] }
  for (const line of statement.block ?? []) readRule(place, line, rules)
  http.matches ??= []
  place.mark(`matches.${http.matches.length}`, statement.position)
  http.matches.push({ name, ...rules })
}

function readRule(place: Place, line: Statement, rules: Rules): void {
  const [kind = ''] = line.words
  if (line.block !== null) place.fail(line, 0, 'unexpected "{"')
  else if (kind === 'status') readStatus(place, line, rules.status)
  else if (kind === 'header') readHeader(place, line, rules.headers)
  else if (kind === 'body') readBody(place, line, rules.body)
  else if (kind === 'send') {
    const send = readSend(place, line)
    if (send !== null) rules.talk = { expect: null, ...rules.talk, send }
  } else if (kind === 'expect') {
    const expect = readExpect(place, line)
    if (expect !== null) rules.talk = { send: null, ...rules.talk, expect }
  } else if (kind === 'require') place.fail(line, 0, '"require" in "match" is not supported yet by evenkeel')
  else place.fail(line, 0, `unknown directive "${kind}" in "match"`, 'it may be status, header, body, send or expect')
}

/** `status 200 301-303`, `status ! 500` */
function readStatus(place: Place, line: Statement, into: StatusRule[]): void {
  const negated = line.words[1] === '!'
  const first = negated ? 2 : 1
  const ranges: { from: number; to: number }[] = []
  for (const [index, written] of line.words.slice(first).entries()) {
    const [, from = '', to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(written) ?? []
    if (from === '' || to < from) {
      return place.fail(line, first + index, `invalid status "${written}"`, 'write 200 or 200-399')
    }
    ranges.push({ from: Number(from), to: Number(to) })
  }
  if (ranges.length === 0)
    return place.fail(line, 0, 'invalid number of arguments in "status"', 'write status 200-399;')
  into.push({ negated, ranges })
}

const OPERATORS = new Set(['=', '!=', '~', '!~', '~*', '!~*'])

/** `header X`, `header ! X`, `header X = text`, `header X !~ pattern` */
function readHeader(place: Place, line: Statement, into: HeaderRule[]): void {
  const { words } = line
  const absent = words[1] === '!'
  const name = words[absent ? 2 : 1] ?? ''
  const [, , operator, text = ''] = words
  if (name !== '' && words.length === (absent ? 3 : 2)) {
    if (isName(place, line, absent ? 2 : 1, name)) into.push({ kind: 'present', name, negated: absent })
  } else if (words.length === 4 && operator !== undefined && OPERATORS.has(operator)) {
    if (!isName(place, line, 1, name)) return
    const negated = operator.startsWith('!')
    if (operator.endsWith('=')) into.push({ kind: 'equals', name, text, negated })
    else {
      const pattern = readPattern(place, line, 3, operator)
      if (pattern !== null) into.push({ kind: 'matches', name, pattern, negated })
    }
  } else {
    const remedy = 'write header NAME, header ! NAME, or header NAME and one of = != ~ !~ with a value'
    place.fail(line, 0, 'invalid "header" in "match"', remedy)
  }
}

/** `body ~ pattern`, `body !~ pattern` */
function readBody(place: Place, line: Statement, into: BodyRule[]): void {
  const [, operator = ''] = line.words
  if (line.words.length !== 3 || !OPERATORS.has(operator) || operator.endsWith('=')) {
    return place.fail(line, 0, 'invalid "body" in "match"', 'write body ~ pattern, or body !~ pattern')
  }
  const pattern = readPattern(place, line, 2, operator)
  if (pattern !== null) into.push({ pattern, negated: operator.startsWith('!') })
}

/** Its named groups make no variables: no request is there to have them. */
function readPattern(place: Place, line: Statement, word: number, operator: string): Pattern | null {
  const pattern = place.pattern(line, word, line.words[word] ?? '', operator.endsWith('*'))
  return pattern === null ? null : { ...pattern, groups: [] }
}

function isName(place: Place, line: Statement, word: number, name: string): boolean {
  if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return true
  place.fail(line, word, `invalid header name "${name}"`)
  return false
}
