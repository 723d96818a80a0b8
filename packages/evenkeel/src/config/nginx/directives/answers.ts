/** What is added to responses, and what replaces them. */
import type { ExpiresModel } from '../../../model/settings.ts'
import type { Template } from '../../../model/template.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { ANY, alsoInIf, choice, everywhere, flag, once, row, type Directive } from '../table.ts'
import { readNumber, readSeconds } from '../values.ts'

const INHERIT = { on: 'on', off: 'off', merge: 'merge' } as const

export const answerDirectives: readonly Directive[] = [
  addition('add_header', 'addHeader', 'Field added to responses; with "always" to error pages, too.'),
  choice(
    'add_header_inherit',
    'addHeaderInherit',
    INHERIT,
    'on',
    'What becomes of the fields of the level above.',
    alsoInIf,
  ),
  addition('add_trailer', 'addTrailer', 'Field added after the body of a chunked response.'),
  choice(
    'add_trailer_inherit',
    'addTrailerInherit',
    INHERIT,
    'on',
    'What becomes of the trailers of the level above.',
    alsoInIf,
  ),
  {
    ...row(
      'expires',
      alsoInIf,
      '[modified] time | epoch | max | off',
      'off',
      'Expires and Cache-Control fields of responses.',
    ),
    arguments: [1, 2],
    apply: (place, statement) => {
      const value = once(place, statement, 'expires') ? readExpires(place, statement) : null
      if (value !== null) place.put(statement, 'expires', value)
    },
  },
  {
    ...row(
      'error_page',
      alsoInIf,
      'code ... [=[response]] uri',
      null,
      'What is answered instead of a response with one of these codes.',
    ),
    arguments: [2, ANY],
    apply: readErrorPage,
  },
  flag('recursive_error_pages', 'recursiveErrorPages', 'off', 'Whether an error page may have an error page.'),
  flag('absolute_redirect', 'absoluteRedirect', 'on', 'Whether own redirects name scheme and host.'),
  flag('port_in_redirect', 'portInRedirect', 'on', 'Whether own redirects name the port.'),
  flag(
    'server_name_in_redirect',
    'serverNameInRedirect',
    'off',
    'Whether own redirects name the first server_name instead of the host asked for.',
  ),
  {
    ...row('early_hints', everywhere, 'string ...', null, 'Conditions under which 103 responses are passed on.'),
    arguments: [1, ANY],
    apply: (place, statement) => {
      for (let word = 1; word < statement.words.length; word++) {
        const value = place.template(statement, word)
        if (value !== null) place.append(statement, 'earlyHints', value)
      }
    },
  },
]

function addition(name: string, key: 'addHeader' | 'addTrailer', text: string): Directive {
  return {
    ...row(name, alsoInIf, 'name value [always]', null, text),
    arguments: [2, 3],
    apply: (place, statement) => {
      const [, field = '', , always] = statement.words
      const value = place.template(statement, 2)
      if (always !== undefined && always !== 'always') return place.fail(statement, 3, `invalid parameter "${always}"`)
      if (value !== null) place.append(statement, key, { name: field, value, always: always !== undefined })
    },
  }
}

function readExpires(place: Place, statement: Statement): ExpiresModel | null {
  const [, first = '', second] = statement.words
  const modified = second !== undefined
  if (modified && first !== 'modified') return refuse(place, statement, 'invalid value')
  const word = modified ? 2 : 1
  const written = modified ? second : first
  const value = place.template(statement, word)
  if (value === null) return null
  if (written.includes('$')) return { kind: modified ? 'modified' : 'variable', seconds: 0, value }
  if (!modified && (written === 'epoch' || written === 'max' || written === 'off')) {
    return { kind: written, seconds: 0, value: null }
  }
  const sign = /^[@+-]/.exec(written)?.[0] ?? ''
  if (sign === '@' && modified) return refuse(place, statement, 'daily time cannot be used with "modified" parameter')
  const seconds = readSeconds(written.slice(sign.length))
  if (seconds === null) return refuse(place, statement, 'invalid value')
  if (sign === '@' && seconds > 86400) return refuse(place, statement, 'daily time value must be less than 24 hours')
  const kind = modified ? 'modified' : sign === '@' ? 'daily' : 'after'
  return { kind, seconds: sign === '-' ? -seconds : seconds, value: null }
}

function refuse(place: Place, statement: Statement, reason: string): null {
  place.failDirective(statement, reason)
  return null
}

function readErrorPage(place: Place, statement: Statement): void {
  const { words } = statement
  const last = words.length - 1
  const option = words[last - 1] ?? ''
  let answer: number | 'answer' | null = null
  let end = last
  if (option.startsWith('=')) {
    const status = readNumber(option.slice(1))
    if (last === 2 || (option !== '=' && status === null))
      return place.fail(statement, last - 1, `invalid value "${option}"`)
    answer = status ?? 'answer'
    end = last - 1
  }
  const uri: Template | null = place.template(statement, last)
  const statuses: number[] = []
  for (let word = 1; word < end; word++) {
    const written = words[word] ?? ''
    const status = readNumber(written)
    if (status === null || status === 499) return place.fail(statement, word, `invalid value "${written}"`)
    if (status < 300 || status > 599)
      return place.fail(statement, word, `value "${written}" must be between 300 and 599`)
    statuses.push(status)
  }
  if (uri !== null) place.append(statement, 'errorPage', { statuses, answer, uri })
}
