/** What looks at a session of `stream` before it is served, in nginx's order of phases. */
import type { Hold } from '../exchange/exchange.ts'
import { ERROR, levelNames } from '../exchange/log-level.ts'
import type { Session, SessionStep } from '../exchange/session.ts'
import type { Settings } from '../model/settings.ts'
import type { LruTable } from '../shared/lru-table.ts'
import { compileAddressRules } from './access/address-rules.ts'
import { take } from './limits/limit-conn.ts'
import { compileTrust } from './access/realip.ts'

/** null: everybody may pass. */
export function compileSessionAccess(access: Settings['access']): SessionStep | null {
  if (access.length === 0) return null
  const mayPass = compileAddressRules(access)
  return session => {
    if (mayPass(session.remoteAddress) !== false) return 0
    session.server.tell(session, ERROR, 'access forbidden by rule')
    return 403
  }
}

/** `set_real_ip_from`: what a trusted balancer says of the client, by PROXY protocol, takes its own address's place. */
export function compileSessionRealip(from: Settings['realIpFrom']): SessionStep | null {
  if (from.length === 0) return null
  const trusted = compileTrust(from)
  return session => {
    const { proxied, remoteAddress } = session.connection
    if (proxied === null || !trusted(remoteAddress)) return 0
    session.remoteAddress = proxied.remoteAddress
    session.remotePort = proxied.remotePort
    return 0
  }
}

export interface SessionLimit {
  readonly zone: string
  readonly connections: number
  readonly table: LruTable
  key(session: Session): string
}

type LimitSettings = Pick<Settings, 'limitConnDryRun' | 'limitConnLogLevel'>

/** `limit_conn`: sessions at a time. `told` gets what $limit_conn_status says. */
export function compileSessionLimit(
  limits: readonly SessionLimit[],
  { limitConnDryRun: dry, limitConnLogLevel }: LimitSettings,
  told: (session: Session, status: string) => void,
): SessionStep | null {
  if (limits.length === 0) return null
  const level = levelNames.indexOf(limitConnLogLevel)
  return session => {
    const taken: Hold[] = []
    for (const { zone, connections, table, key } of limits) {
      const text = key(session)
      if (text === '') continue
      if (text.length > LONGEST_KEY) {
        session.server.tell(session, ERROR, `the value of the key of zone "${zone}" is more than ${LONGEST_KEY} bytes`)
        continue
      }
      told(session, 'PASSED')
      const place = take(table, text, connections)
      if (place !== null) {
        taken.push(place)
        continue
      }
      for (const one of taken) one.release()
      session.server.tell(session, level, `limiting connections${dry ? ', dry run,' : ''} by zone "${zone}"`)
      told(session, dry ? 'REJECTED_DRY_RUN' : 'REJECTED')
      return dry ? 0 : 503
    }
    session.holds = taken
    return 0
  }
}

/** Longer keys are not counted, as in nginx. */
const LONGEST_KEY = 255

/** `set`: the text when the session begins. */
export function compileSet(
  text: (session: Session) => string,
  write: (session: Session, value: string) => void,
): SessionStep {
  return session => {
    write(session, text(session))
    return 0
  }
}
