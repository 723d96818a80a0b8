/** A tunnel_pass, with what it stands on in this worker. */
import type { Action } from '../../exchange/route.ts'
import type { Compile } from '../../filter/compile.ts'
import type { ProxyPass } from '../../model/model.ts'
import type { Settings } from '../../model/settings.ts'
import { compileTunnel } from '../../proxy/tunnel/compile-tunnel.ts'
import type { VariablePass } from '../../proxy/forward/forward-action.ts'
import type { Ports } from '../../proxy/ports.ts'
import { fixedTunnel, variableTunnel } from '../../proxy/tunnel/tunnel-action.ts'

export interface TunnelParts extends Pick<VariablePass, 'find' | 'resolve'> {
  readonly ports: Ports
}

export function compileTunnelAction(
  settings: Settings,
  pass: ProxyPass,
  compile: Compile,
  { find, resolve, ports }: TunnelParts,
): Action {
  const tunnel = compileTunnel(settings, compile)
  if (pass.kind === 'variable') return variableTunnel({ url: compile.text(pass.url), find, resolve }, tunnel, ports)
  const live = find(pass.upstream)
  return live === undefined ? () => ({ kind: 'reply', status: 502 }) : fixedTunnel(live, pass.host, tunnel, ports)
}
