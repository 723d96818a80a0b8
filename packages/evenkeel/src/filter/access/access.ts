/** `allow` and `deny` for requests: no opinion where no rule is about the address. */
import { ERROR } from '../../exchange/log-level.ts'
import type { Settings } from '../../model/settings.ts'
import { compileAddressRules } from './address-rules.ts'
import type { AccessCheck } from './satisfy.ts'

/** null: everybody may pass. Throws when a rule can't be read, since dropping it would let somebody in. */
export function compileAccess(settings: Pick<Settings, 'access' | 'satisfy'>): AccessCheck | null {
  const { access, satisfy } = settings
  // Where everything must agree, a list that refuses nobody has nothing to say.
  if (access.length === 0 || (satisfy === 'all' && !access.some(rule => !rule.allow))) return null
  const mayPass = compileAddressRules(access)
  return exchange => {
    const allowed = mayPass(exchange.remoteAddress)
    if (allowed === undefined) return undefined
    if (allowed) return 'granted'
    if (satisfy === 'all') exchange.route.errorLog.tell(exchange, ERROR, 'access forbidden by rule')
    return { kind: 'reply', status: 403 }
  }
}
