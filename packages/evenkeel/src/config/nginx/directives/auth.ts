/** Who may ask, by password or token. */
import type { Template } from '../../../model/template.ts'
import { readSeconds } from '../values.ts'
import { ANY, everywhere, milliseconds, once, row, type Directive } from '../table.ts'
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
  {
    ...row('auth_jwt', places, 'string [token=$variable] | off', 'off', 'Asks for a signed token, for this realm.'),
    arguments: [1, 2],
    apply: (place, statement) => {
      if (!once(place, statement, 'authJwt')) return
      const [, realm = '', source] = statement.words
      if (source === undefined && realm === 'off') return place.put(statement, 'authJwt', 'off')
      const text = place.template(statement, 1)
      if (source !== undefined && !source.startsWith('token=$')) {
        return place.fail(statement, 2, `invalid parameter "${source}"`, 'write it as token=$cookie_auth')
      }
      const token = source === undefined ? null : place.template(statement, 2, source.slice('token='.length))
      if (text !== null) place.put(statement, 'authJwt', { realm: text, token })
    },
  },
  {
    ...row('auth_jwt_key_file', places, 'file', null, 'Keys that tokens may be signed with, as a JSON Web Key Set.'),
    apply: (place, statement) => {
      const file = place.template(statement, 1)
      if (file !== null) place.append(statement, 'authJwtKeyFile', file)
    },
  },
  {
    ...row('auth_jwt_key_request', places, 'uri', null, 'Asks this location for keys that tokens may be signed with.'),
    apply: (place, statement) => {
      const uri = place.template(statement, 1)
      if (uri !== null) place.append(statement, 'authJwtKeyRequest', uri)
    },
  },
  {
    ...row('auth_jwt_leeway', everywhere, 'time', '0s', 'How far clocks may be apart.'),
    apply: (place, statement) => {
      if (!once(place, statement, 'authJwtLeeway')) return
      const seconds = readSeconds(statement.words[1] ?? '')
      if (seconds === null) return place.failDirective(statement, 'invalid value')
      place.put(statement, 'authJwtLeeway', seconds)
    },
  },
  {
    ...row('auth_jwt_require', places, '$value ... [error=401|403]', null, 'Texts that may be neither empty nor 0.'),
    arguments: [1, ANY],
    apply: (place, statement) => {
      const values: Template[] = []
      let status: 401 | 403 = 401
      for (const [index, word] of statement.words.slice(1).entries()) {
        if (word.startsWith('error=')) {
          if (word !== 'error=401' && word !== 'error=403') {
            return place.fail(statement, index + 1, `invalid parameter "${word}"`, 'it may be error=401 or error=403')
          }
          status = word === 'error=403' ? 403 : 401
          continue
        }
        const value = place.template(statement, index + 1)
        if (value === null) return
        values.push(value)
      }
      place.append(statement, 'authJwtRequire', { values, status })
    },
  },
  milliseconds('auth_delay', 'authDelay', '0s', 'How long an answer of 401 is held back.'),
]
