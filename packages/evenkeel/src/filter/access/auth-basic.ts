/** `auth_basic`: a name and a password (RFC 7617), held against a file. */
import type { Exchange } from '../../exchange/exchange.ts'
import { Fields } from '../../exchange/fields.ts'
import { CRIT, ERROR, INFO } from '../../exchange/log-level.ts'
import type { Reply } from '../../exchange/outcome.ts'
import type { Settings } from '../../model/settings.ts'
import type { Compile } from '../compile.ts'
import type { VerifyKey } from './jwt.ts'
import type { KeptFiles } from '../files/kept-files.ts'
import type { Check, HashQueue } from './password/hash-queue.ts'
import type { Users } from './password/user-files.ts'
import { fullPath, problemText, type PathProblem } from '../files/path-test.ts'
import type { AccessCheck, Verdict } from './satisfy.ts'

/** What checking passwords needs; one for each worker. */
export interface Passwords {
  readonly files: KeptFiles<Users>
  readonly keys: KeptFiles<readonly VerifyKey[] | null>
  readonly hashes: HashQueue
  /** Folder that relative paths of the configuration's files are relative to. */
  readonly folder: string
}

interface Credentials {
  readonly user: string
  readonly password: string
}

/** null: no password is asked for. */
export function compileAuthBasic(
  settings: Pick<Settings, 'authBasic' | 'authBasicUserFile'>,
  compile: Compile,
  passwords: Passwords,
): AccessCheck | null {
  const { authBasic, authBasicUserFile } = settings
  if (authBasic === 'off' || authBasicUserFile === null) return null
  const realmOf = compile.text(authBasic)
  const pathOf = compile.text(authBasicUserFile)
  const { files, hashes, folder } = passwords

  return exchange => {
    const realm = realmOf(exchange)
    if (realm === 'off') return undefined
    const credentials = readCredentials(exchange)
    if (credentials === null) {
      exchange.route.errorLog.tell(exchange, INFO, 'no user/password was provided for basic authentication')
      return challenge(exchange, realm)
    }
    const path = fullPath(pathOf(exchange), folder)
    const users = files.get(path)
    if (!(users instanceof Promise)) return judge(exchange, realm, path, users, credentials, hashes)
    return users.then(read => {
      if ('errno' in read) return unreadable(exchange, path, read)
      return judge(exchange, realm, path, read, credentials, hashes)
    })
  }
}

function judge(
  exchange: Exchange,
  realm: string,
  path: string,
  users: Users,
  { user, password }: Credentials,
  hashes: HashQueue,
): Verdict | Promise<Verdict> {
  const stored = users.get(user)
  if (stored === undefined) {
    exchange.route.errorLog.tell(exchange, ERROR, `user "${user}" was not found in "${path}"`)
    return challenge(exchange, realm)
  }
  const verdict = (check: Check): Verdict => {
    if (check === true) return 'granted'
    if (check === 'busy') {
      exchange.route.errorLog.tell(exchange, ERROR, 'too many passwords wait to be checked')
      return { kind: 'reply', status: 503 }
    }
    const what = check === undefined ? 'password is stored in a form that is not known' : 'password mismatch'
    exchange.route.errorLog.tell(exchange, ERROR, `user "${user}": ${what}`)
    return challenge(exchange, realm)
  }
  const check = hashes.check(password, stored)
  return check instanceof Promise ? check.then(verdict) : verdict(check)
}

/** As in nginx a file that is not there shuts everybody out. */
function unreadable(exchange: Exchange, path: string, problem: PathProblem): Reply {
  const missing = problem.code === 'ENOENT'
  const text = `open() "${path}" failed ${problemText(problem)}`
  exchange.route.errorLog.tell(exchange, missing ? ERROR : CRIT, text)
  return { kind: 'reply', status: missing ? 403 : 500 }
}

function readCredentials(exchange: Exchange): Credentials | null {
  const name = forTunnel(exchange) ? 'Proxy-Authorization' : 'Authorization'
  const match = /^basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(exchange.request.fields.get(name) ?? '')
  if (match === null) return null
  const text = Buffer.from(match[1]!, 'base64').toString('latin1')
  const colon = text.indexOf(':')
  return colon <= 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

function challenge(exchange: Exchange, realm: string): Reply {
  const fields = new Fields()
  const tunnel = forTunnel(exchange)
  fields.add(tunnel ? 'Proxy-Authenticate' : 'WWW-Authenticate', `Basic realm="${realm}"`)
  return { kind: 'reply', status: tunnel ? 407 : 401, fields }
}

/** Who asks for a tunnel asks a proxy, and shows it a password of its own (RFC 9110, 11.7). */
function forTunnel({ request }: Exchange): boolean {
  return request.method === 'CONNECT'
}
