/** What looks at a session of `stream` before it is served, in nginx's order of phases. */
import { ERROR } from '../exchange/log-level.ts'
import type { Session, SessionStep } from '../exchange/session.ts'
import { sessionMessage } from '../log/session-suffix.ts'
import type { Settings } from '../model/settings.ts'
import { compileAddressRules } from './address-rules.ts'

/** null: everybody may pass. */
export function compileSessionAccess(access: Settings['access']): SessionStep | null {
  const mayPass = compileAddressRules(access)
  if (mayPass === null) return null
  return session => {
    if (mayPass(session.remoteAddress)) return 0
    tell(session, ERROR, 'access forbidden by rule')
    return 403
  }
}

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

function tell(session: Session, level: number, text: string): void {
  const { errorLog } = session.server
  if (level <= errorLog.level) errorLog.write(level, sessionMessage(session, text))
}
