/** The cookie that knows a browser again. */
import type { Settings } from '../../../model/settings.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { ANY, choice, everywhere, once, row, type Directive } from '../table.ts'
import { readNumber, readSeconds } from '../values.ts'

const FLAGS = ['secure', 'httponly', 'samesite=strict', 'samesite=lax', 'samesite=none']

export const useridDirectives: readonly Directive[] = [
  choice(
    'userid',
    'userid',
    { on: 'on', v1: 'v1', log: 'log', off: 'off' },
    'off',
    'Whether browsers get a cookie by which they are known again; log: those they have are only read.',
  ),
  value('userid_name', 'useridName', 'name', 'uid', 'Name of that cookie.', text => text),
  value('userid_domain', 'useridDomain', 'name | none', 'none', 'Domain it is for.', none),
  value('userid_path', 'useridPath', 'path', '/', 'Path it is for.', text => text),
  value('userid_p3p', 'useridP3p', 'string | none', 'none', 'Value of a P3P field sent with it.', none),
  value('userid_expires', 'useridExpires', 'time | max | off', 'off', 'How long a browser keeps it.', readExpires),
  value('userid_mark', 'useridMark', 'letter | digit | = | off', 'off', 'A sign by which it is left as it is.', text =>
    text === 'off' ? '' : /^[A-Za-z0-9=]$/.test(text) ? text : null,
  ),
  value('userid_service', 'useridService', 'number', null, 'Who gives it; else the address of the server.', text => {
    const number = readNumber(text)
    return number === null || number > 0xffff_ffff ? null : number
  }),
  {
    ...row('userid_flags', everywhere, `${FLAGS.join(' | ')} ... | off`, 'off', 'Further attributes of that cookie.'),
    arguments: [1, ANY],
    apply: readFlags,
  },
]

type Key = keyof Settings & `userid${string}`

function value<K extends Key>(
  name: string,
  key: K,
  syntax: string,
  standard: string | null,
  text: string,
  read: (written: string) => Settings[K] | null,
): Directive {
  return {
    ...row(name, everywhere, syntax, standard, text),
    apply: (place, statement) => {
      if (!once(place, statement, key)) return
      const written = statement.words[1] ?? ''
      const found = read(written)
      // They become parts of a field.
      if (found === null || /[\0-\x1f\x7f]/.test(written)) place.fail(statement, 1, `invalid value "${written}"`)
      else place.put(statement, key, found)
    },
  }
}

function none(text: string): string {
  return text === 'none' ? '' : text
}

function readExpires(text: string): number | 'max' | null {
  return text === 'max' ? 'max' : text === 'off' ? 0 : readSeconds(text)
}

function readFlags(place: Place, statement: Statement): void {
  if (!once(place, statement, 'useridFlags')) return
  const written = statement.words.slice(1)
  if (written.length === 1 && written[0] === 'off') return place.put(statement, 'useridFlags', [])
  const wrong = written.findIndex(flag => !FLAGS.includes(flag))
  if (wrong >= 0) {
    return place.fail(statement, wrong + 1, `invalid parameter "${written[wrong]}"`, `it may be ${FLAGS.join(', ')}`)
  }
  place.put(statement, 'useridFlags', written)
}
