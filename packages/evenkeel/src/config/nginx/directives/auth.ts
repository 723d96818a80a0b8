/** Who may ask, by password. */
import { everywhere, milliseconds, once, row, type Directive } from '../table.ts'
import type { Context } from '../place.ts'

const places: readonly Context[] = [...everywhere, 'limit_except']

export const authDirectives: readonly Directive[] = [
  {
    ...row('auth_basic', places, 'string | off', 'off', 'Asks for a name and a password, for this realm.'),
    apply: (place, statement) => {
      if (!once(place, statement, 'authBasic')) return
      if (statement.words[1] === 'off') return place.put(statement, 'authBasic', 'off')
      const realm = place.template(statement, 1)
      if (realm !== null) place.put(statement, 'authBasic', realm)
    },
  },
  {
    ...row('auth_basic_user_file', places, 'file', null, 'Names and hashes of passwords, as htpasswd writes them.'),
    apply: (place, statement) => {
      if (!once(place, statement, 'authBasicUserFile')) return
      const file = place.template(statement, 1)
      if (file !== null) place.put(statement, 'authBasicUserFile', file)
    },
  },
  milliseconds('auth_delay', 'authDelay', '0s', 'How long an answer of 401 is held back.'),
]
