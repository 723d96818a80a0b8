/** `auth_jwt`: a signed token in the Authorization field, or in a text that the configuration names. */
import type { Exchange } from '../exchange/exchange.ts'
import { Fields } from '../exchange/fields.ts'
import { CRIT, ERROR, INFO } from '../exchange/log-level.ts'
import type { Reply } from '../exchange/outcome.ts'
import type { Settings } from '../model/settings.ts'
import type { Passwords } from './auth-basic.ts'
import type { Compile } from './compile.ts'
import { checkToken, type VerifyKey } from './jwt.ts'
import { fullPath, problemText, type PathProblem } from './path-test.ts'
import type { AccessCheck, Verdict } from './satisfy.ts'
import type { Waits } from './waits.ts'

type JwtSettings = Pick<Settings, 'authJwt' | 'authJwtKeyFile' | 'authJwtLeeway' | 'authJwtRequire'>

/** Longer tokens are not looked at: the head's limits allow more, but nobody's token needs it. */
const LONGEST_TOKEN = 16 * 1024

/** null: no token is asked for. */
export function compileAuthJwt(
  settings: JwtSettings,
  compile: Compile,
  { keys, folder }: Passwords,
  waits: Waits,
): AccessCheck | null {
  const { authJwt, authJwtKeyFile, authJwtLeeway, authJwtRequire } = settings
  if (authJwt === 'off') return null
  const realmOf = compile.text(authJwt.realm)
  const tokenOf = authJwt.token === null ? bearer : compile.text(authJwt.token)
  const paths = authJwtKeyFile.map(path => compile.text(path))
  const required = authJwtRequire.map(({ values, status }) => ({
    values: values.map(value => compile.text(value)),
    status,
  }))
  const header = compile.slot('jwt header')
  const claims = compile.slot('jwt claims')

  const judge = (exchange: Exchange, realm: string, token: string, known: readonly VerifyKey[]): Verdict => {
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
    const sources = paths.map(path => fullPath(path(exchange), folder))
    const found = sources.map(path => keys.get(path))
    if (!found.some(one => one instanceof Promise)) {
      return gather(exchange, sources, found as Kept[], known => judge(exchange, realm, token, known))
    }
    return Promise.all(found.map(async one => one)).then(read =>
      gather(exchange, sources, read, known => judge(exchange, realm, token, known)),
    )
  }
}

type Kept = readonly VerifyKey[] | null | PathProblem

/** All keys of all files; a file that can't be had is our fault, not the client's. */
function gather(
  exchange: Exchange,
  paths: readonly string[],
  files: readonly Kept[],
  then: (keys: readonly VerifyKey[]) => Verdict,
): Verdict {
  const all: VerifyKey[] = []
  for (const [index, file] of files.entries()) {
    if (file !== null && !('errno' in file)) {
      all.push(...file)
      continue
    }
    const path = paths[index]!
    const text = file === null ? `"${path}" is no JSON Web Key Set` : `open() "${path}" failed ${problemText(file)}`
    exchange.route.errorLog.tell(exchange, CRIT, text)
    return { kind: 'reply', status: 500 }
  }
  return then(all)
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
