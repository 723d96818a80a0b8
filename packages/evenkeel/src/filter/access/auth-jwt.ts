/** `auth_jwt`: a signed token in the Authorization field, or in a text that the configuration names. */
import type { Exchange } from '../../exchange/exchange.ts'
import { Fields } from '../../exchange/fields.ts'
import { CRIT, ERROR, INFO } from '../../exchange/log-level.ts'
import type { Reply } from '../../exchange/outcome.ts'
import type { Subrequests } from '../../exchange/subrequest.ts'
import type { Settings } from '../../model/settings.ts'
import type { Passwords } from './auth-basic.ts'
import type { Compile } from '../compile.ts'
import { checkToken } from './jwt.ts'
import { gatherKeys, keysOfFile, keysOfRequest, type Keys } from './jwt-keys.ts'
import type { AccessCheck, Verdict } from './satisfy.ts'
import type { Waits } from '../waits.ts'

type JwtSettings = Pick<
  Settings,
  'authJwt' | 'authJwtKeyFile' | 'authJwtKeyRequest' | 'authJwtLeeway' | 'authJwtRequire'
>

/** Longer tokens are not looked at: the head's limits allow more, but nobody's token needs it. */
const LONGEST_TOKEN = 16 * 1024

/** null: no token is asked for. */
export function compileAuthJwt(
  settings: JwtSettings,
  compile: Compile,
  passwords: Passwords,
  waits: Waits,
  subrequests: Subrequests,
): AccessCheck | null {
  const { authJwt, authJwtKeyFile, authJwtKeyRequest, authJwtLeeway, authJwtRequire } = settings
  if (authJwt === 'off') return null
  const realmOf = compile.text(authJwt.realm)
  const tokenOf = authJwt.token === null ? bearer : compile.text(authJwt.token)
  const sources = [
    ...authJwtKeyFile.map(path => keysOfFile(compile.text(path), passwords)),
    ...authJwtKeyRequest.map(uri => keysOfRequest(compile.text(uri), subrequests)),
  ]
  const required = authJwtRequire.map(({ values, status }) => ({
    values: values.map(value => compile.text(value)),
    status,
  }))
  const header = compile.slot('jwt header')
  const claims = compile.slot('jwt claims')

  const judge = (exchange: Exchange, realm: string, token: string, known: Keys): Verdict => {
    if ('problem' in known) {
      exchange.route.errorLog.tell(exchange, CRIT, known.problem)
      return { kind: 'reply', status: 500 }
    }
    const checked = checkToken(token, known, Math.floor(waits.now() / 1000), authJwtLeeway)
    if (typeof checked === 'string') {
      exchange.route.errorLog.tell(exchange, ERROR, `JWT is not accepted: ${checked}`)
      return challenge(realm, 'invalid_token')
    }
    header.set(exchange, JSON.stringify(checked.header))
    claims.set(exchange, JSON.stringify(checked.claims))
    for (const { values, status } of required) {
      if (values.every(value => isTrue(value(exchange)))) continue
      exchange.route.errorLog.tell(exchange, ERROR, 'JWT is not accepted: a claim is not as required')
      return status === 401 ? challenge(realm, 'invalid_token') : { kind: 'reply', status }
    }
    return 'granted'
  }

  return exchange => {
    const realm = realmOf(exchange)
    if (realm === 'off') return undefined
    const token = tokenOf(exchange)
    if (token === '' || token.length > LONGEST_TOKEN) {
      exchange.route.errorLog.tell(exchange, INFO, 'no JWT was provided')
      return challenge(realm, '')
    }
    const known = gatherKeys(exchange, sources)
    return known instanceof Promise
      ? known.then(keys => judge(exchange, realm, token, keys))
      : judge(exchange, realm, token, known)
  }
}

function bearer({ request }: Exchange): string {
  return /^bearer +(\S+)$/i.exec(request.fields.get('authorization') ?? '')?.[1] ?? ''
}

function isTrue(text: string): boolean {
  return text !== '' && text !== '0'
}

function challenge(realm: string, error: string): Reply {
  const fields = new Fields()
  fields.add('WWW-Authenticate', `Bearer realm="${realm}"${error === '' ? '' : `, error="${error}"`}`)
  return { kind: 'reply', status: 401, fields }
}
