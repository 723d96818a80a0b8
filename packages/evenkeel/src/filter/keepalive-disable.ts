/**
 * `keepalive_disable`: browsers of long ago that lose the answer to a POST on a kept connection (MSIE 6), or mix up
 * what comes after one (Safari 5 on a Mac). Others are not asked for their User-Agent.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { Settings } from '../model/settings.ts'

/** null: every client may be kept. */
export function compileKeepaliveDisable(names: Settings['keepaliveDisable']): ((exchange: Exchange) => boolean) | null {
  const msie6 = names.includes('msie6')
  const safari = names.includes('safari')
  if (!msie6 && !safari) return null
  return exchange => {
    if (!safari && exchange.request.method !== 'POST') return false
    const agent = exchange.request.fields.get('User-Agent')
    if (agent === undefined) return false
    if (msie6 && exchange.request.method === 'POST' && isOldMsie(agent)) return true
    return safari && agent.includes('Safari/') && agent.includes('Mac OS X') && !agent.includes('Chrome/')
  }
}

/** Before version 7; 6 with Service Pack 2 is mended. */
function isOldMsie(agent: string): boolean {
  const found = /MSIE (\d+)\./.exec(agent)
  if (found === null || agent.includes('Opera')) return false
  const version = Number(found[1])
  return version < 6 || (version === 6 && !agent.includes('SV1'))
}
