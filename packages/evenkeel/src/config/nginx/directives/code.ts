/** Code beside the configuration: modules that a way of balancing, a variable, a rule or a step is taken from. */
import type { CodeKind, CodeRef } from '../../../model/code.ts'
import type { StepModel } from '../../../model/settings/code-settings.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { everywhere, once, row, type Directive } from '../table.ts'
import { readMilliseconds } from '../values.ts'
import { inUpstream } from './in-upstream.ts'
import { newVariable } from './rewrite.ts'

/** Of a step that says nothing of it. */
const STEP_TIMEOUT_MS = 5_000

export const balanceDirective: Directive = inUpstream(
  'balance',
  'module [key]',
  [1, 2],
  'Balances by a policy in TypeScript, the default export of a module (`./mine.ts`) or another (`./mine.ts#name`); `key` is what it gets as hashKey(). Only in evenkeel.',
  (upstream, place, statement) => {
    if (place.met.has('method')) {
      place.warn(statement, 0, 'load balancing method redefined', 'the last one counts; remove the others')
    }
    place.met.add('method')
    const code = readModule(place, statement, 1, 'policy')
    const key = statement.words.length > 2 ? place.template(statement, 2) : null
    if (code === null) return
    upstream.method = { name: 'code', key, arguments: [], code }
    place.mark('method', statement.position)
  },
)

export const codeDirectives: readonly Directive[] = [
  {
    ...row(
      'set_by',
      ['http'],
      '$variable module',
      null,
      'A variable whose value is made by a function in TypeScript, once a request. Only in evenkeel.',
    ),
    arguments: [2, 2],
    apply: (place, statement) => {
      const { http } = place.reading
      const variable = newVariable(place, statement, 1)
      const code = readModule(place, statement, 2, 'variable')
      if (http === null || variable === null || code === null) return
      place.mark(`codeVariables.${http.codeVariables?.length ?? 0}`, statement.position)
      ;(http.codeVariables ??= []).push({ variable, code })
    },
  },
  {
    ...row(
      'step',
      everywhere,
      'module [timeout=time] [failure=error | skip] | off',
      null,
      'Runs a function in TypeScript before a request is answered: it may answer, redirect, or change header fields. Only in evenkeel.',
    ),
    arguments: [1, 3],
    apply: readStep,
  },
  {
    ...row(
      'response_step',
      everywhere,
      'module | off',
      null,
      'Runs a function in TypeScript on the head of each response. Only in evenkeel.',
    ),
    apply: (place, statement) => {
      if (statement.words[1] === 'off') return place.put(statement, 'responseStep', [])
      const code = readModule(place, statement, 1, 'response step')
      if (code !== null) place.append(statement, 'responseStep', code)
    },
  },
  {
    ...row(
      'proxy_next_upstream_by',
      everywhere,
      'module | off',
      'off',
      'Asks a function in TypeScript whether a failed attempt is repeated at the next server. Only in evenkeel.',
    ),
    apply: (place, statement) => {
      if (!once(place, statement, 'proxyNextUpstreamBy')) return
      const code = statement.words[1] === 'off' ? null : readModule(place, statement, 1, 'retry rule')
      place.put(statement, 'proxyNextUpstreamBy', code)
    },
  },
]

function readStep(place: Place, statement: Statement): void {
  if (statement.words[1] === 'off' && statement.words.length === 2) return place.put(statement, 'step', [])
  const code = readModule(place, statement, 1, 'step')
  let timeoutMs = STEP_TIMEOUT_MS
  let failure: StepModel['failure'] = 'error'
  for (const [index, word] of statement.words.slice(2).entries()) {
    const [, name, value = ''] = /^(timeout|failure)=(.*)$/s.exec(word) ?? []
    const ms = name === 'timeout' ? readMilliseconds(value) : null
    if (name === 'failure' && (value === 'error' || value === 'skip')) failure = value
    else if (ms !== null && ms > 0) timeoutMs = ms
    else {
      return place.fail(
        statement,
        index + 2,
        `invalid parameter "${word}"`,
        'it may be timeout=500ms, failure=error or failure=skip',
      )
    }
  }
  if (code !== null) place.append(statement, 'step', { code, timeoutMs, failure })
}

function readModule(place: Place, statement: Statement, word: number, codeKind: CodeKind): CodeRef | null {
  const written = statement.words[word] ?? ''
  const [, path = '', name = 'default'] = /^([^#]+)(?:#([\p{ID_Start}$_][\p{ID_Continue}$]*))?$/u.exec(written) ?? []
  if (/\.[cm]?[jt]s$/.test(path)) return { codeKind, path, name }
  place.fail(
    statement,
    word,
    `invalid module "${written}"`,
    'name a file that ends in .ts, .mts, .js or .mjs, as in ./mine.ts, and behind a # what it exports',
  )
  return null
}
