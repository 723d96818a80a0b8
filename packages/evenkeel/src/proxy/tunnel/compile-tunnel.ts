/** A location's tunnel_* settings, made into what TunnelForward needs. */
import type { Compile } from '../../filter/compile.ts'
import type { Settings } from '../../model/settings.ts'
import type { TunnelSettings } from './tunnel-forward.ts'

export function compileTunnel(settings: Settings, compile: Compile): TunnelSettings {
  const tries = settings.tunnelNextUpstreamTries
  const conditions = settings.tunnelNextUpstream
  const bind = settings.tunnelBind === null ? null : compile.text(settings.tunnelBind)
  const keepAlive = settings.tunnelSocketKeepalive
  return {
    connectTimeoutMs: settings.tunnelConnectTimeout,
    idleMs: settings.tunnelReadTimeout,
    retry: {
      conditions: new Set(conditions.includes('off') ? [] : conditions),
      timeoutMs: settings.tunnelNextUpstreamTimeout,
    },
    limitTries(selection) {
      if (tries > 0 && selection.tries > tries) selection.tries = tries
      return selection
    },
    dialOptions(exchange, buffers) {
      const localAddress = bind === null ? '' : bind(exchange)
      return localAddress === '' ? { buffers, keepAlive } : { buffers, keepAlive, localAddress }
    },
  }
}
