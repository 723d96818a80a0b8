/** Statements that run in order: set, if, rewrite, return, break. */
import type { ContentModel, RewriteStep } from '../../../model/model.ts'
import { changeableVariables, isBuiltInVariable } from '../../../model/names.ts'
import type { Settings } from '../../../model/settings.ts'
import { isStreamVariable } from '../../../model/stream/stream-names.ts'
import { readCondition } from '../condition.ts'
import type { Statement } from '../parser.ts'
import { Place, type Context, type Draft } from '../place.ts'
import { ANY, row, type Directive } from '../table.ts'
import { readNumber } from '../values.ts'

const rewriting: readonly Context[] = ['server', 'location', 'if in server', 'if in location']

export const rewriteDirectives: readonly Directive[] = [
  {
    ...row('set', rewriting, '$variable value', null, 'Gives a variable a value.'),
    arguments: [2, 2],
    apply: (place, statement) => {
      const variable = newVariable(place, statement, 1)
      const value = place.template(statement, 2)
      if (variable !== null) add(place, statement, { kind: 'set', variable, value: value ?? [] })
    },
  },
  {
    ...row(
      'rewrite',
      rewriting,
      'regex replacement [last | break | redirect | permanent]',
      null,
      'Changes the path of requests that match.',
    ),
    arguments: [2, 3],
    apply: (place, statement) => {
      const [, regex = '', written = '', flag = null] = statement.words
      if (written === '') return place.fail(statement, 2, 'empty replacement')
      const pattern = place.pattern(statement, 1, regex, false)
      if (flag !== null && flag !== 'last' && flag !== 'break' && flag !== 'redirect' && flag !== 'permanent') {
        return place.fail(statement, 3, `invalid parameter "${flag}"`, 'it may be last, break, redirect or permanent')
      }
      const replacement = place.template(statement, 2)
      if (pattern !== null && replacement !== null)
        add(place, statement, { kind: 'rewrite', pattern, replacement, flag })
    },
  },
  {
    ...row('return', rewriting, 'code [text | url] | url', null, 'Answers at once.'),
    arguments: [1, 2],
    apply: readReturn,
  },
  {
    ...row('break', rewriting, '', null, 'Ends the rewrite statements of this level.'),
    arguments: [0, 0],
    apply: (place, statement) => add(place, statement, { kind: 'break' }),
  },
  {
    ...row(
      'if',
      ['server', 'location'],
      '(condition) { ... }',
      null,
      'Settings and statements for requests that meet a condition.',
    ),
    arguments: [1, ANY],
    block: true,
    apply: readIf,
  },
]

/** The name of a variable that a directive makes, without its $, in lower case. */
export function newVariable(place: Place, statement: Statement, word: number): string | null {
  const written = statement.words[word] ?? ''
  if (!written.startsWith('$')) {
    place.fail(statement, word, `invalid variable name "${written}"`, `write "$${written}"`)
    return null
  }
  const name = written.slice(1).toLowerCase()
  if (name === '') {
    place.fail(statement, word, 'invalid variable name "$"')
    return null
  }
  // Families such as $http_… may be made over by name, as in nginx; single built-in ones may not.
  if (
    (place.inStream ? isStreamVariable : isBuiltInVariable)(name) &&
    !changeableVariables.has(name) &&
    !/^(?:http|sent_http|sent_trailer|upstream_http|upstream_trailer|upstream_cookie|cookie|arg|proxy_protocol_tlv)_/.test(
      name,
    )
  ) {
    place.fail(statement, word, `the duplicate "${name}" variable`, 'choose a name that is not built in')
    return null
  }
  return name
}

function add(place: Place, statement: Statement, step: RewriteStep): void {
  place.mark(`${place.kind.startsWith('if') ? 'steps' : 'rewrite'}.${place.rewrite.length}`, statement.position)
  place.rewrite.push(step)
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

function readReturn(place: Place, statement: Statement): void {
  const [, first = '', second] = statement.words
  const status = readNumber(first)
  if (status === null) {
    if (second !== undefined || !/^(?:https?:\/\/|\$scheme)/.test(first)) {
      return place.fail(statement, 1, `invalid return code "${first}"`)
    }
    const url = place.template(statement, 1)
    if (url !== null) add(place, statement, { kind: 'return', status: 302, text: url, url: true })
    return
  }
  if (status > 999) return place.fail(statement, 1, `invalid return code "${first}"`)
  const text = second === undefined ? null : place.template(statement, 2)
  if (second !== undefined && text === null) return
  add(place, statement, { kind: 'return', status, text, url: text !== null && REDIRECTS.has(status) })
}

function readIf(place: Place, statement: Statement): void {
  const condition = readCondition(place, statement)
  const steps: RewriteStep[] = []
  const settings: Draft<Partial<Settings>> = {}
  const holder: { content: ContentModel | null } = { content: null }
  const path = `${place.path}.rewrite.${place.rewrite.length}`
  const inner = new Place(place.kind === 'server' ? 'if in server' : 'if in location', place.reading, path, {
    ...(place.server === null ? {} : { server: place.server }),
    ...(place.location === null ? {} : { location: place.location }),
    rewrite: steps,
    settings,
    holder,
  })
  place.reading.interpret(inner, statement.block ?? [])
  if (condition === null) return
  add(place, statement, { kind: 'if', condition, steps, settings, content: holder.content })
}
