/** tunnel_pass: tunnels for clients that say CONNECT. */
import type { ProxyPass } from '../../../model/model.ts'
import { readAddress } from '../addresses.ts'
import type { Statement } from '../parser.ts'
import type { Draft, Place } from '../place.ts'
import { everywhere, flag, mask, milliseconds, number, once, row, type Directive } from '../table.ts'

/** Whom the client named. */
const ASKED_FOR = '$host:$request_port'

export const tunnelDirectives: readonly Directive[] = [
  {
    ...row(
      'tunnel_pass',
      ['server', 'location', 'if in location', 'limit_except'],
      '[address]',
      null,
      `Connects clients that say CONNECT to this upstream or address; ${ASKED_FOR} when none is given.`,
    ),
    arguments: [0, 1],
    apply: readTunnelPass,
  },
  milliseconds('tunnel_connect_timeout', 'tunnelConnectTimeout', '60s', 'Longest wait for a connection.'),
  milliseconds('tunnel_read_timeout', 'tunnelReadTimeout', '60s', 'Longest time in which nothing moves in a tunnel.'),
  mask(
    'tunnel_next_upstream',
    'tunnelNextUpstream',
    ['error', 'timeout', 'off'],
    'error timeout',
    'When the next server is tried.',
  ),
  number('tunnel_next_upstream_tries', 'tunnelNextUpstreamTries', '0', 'Most servers tried; 0: all.'),
  milliseconds('tunnel_next_upstream_timeout', 'tunnelNextUpstreamTimeout', '0', 'Longest time to try; 0: no limit.'),
  flag('tunnel_socket_keepalive', 'tunnelSocketKeepalive', 'off', 'TCP keepalive probes to servers.'),
  {
    ...row('tunnel_bind', everywhere, 'address | off', null, 'Source address of connections to servers.'),
    apply: (place, statement) => {
      if (!once(place, statement, 'tunnelBind')) return
      if (statement.words[1] === 'off') return place.put(statement, 'tunnelBind', null)
      const value = place.template(statement, 1)
      if (value !== null) place.put(statement, 'tunnelBind', value)
    },
  },
]

function readTunnelPass(place: Place, statement: Statement): void {
  if (place.holder.content?.kind === 'tunnel') return place.failDirective(statement, 'is duplicate')
  const written = statement.words[1] ?? ASKED_FOR
  if (written.includes('$')) {
    const url = place.template(statement, 1, written)
    if (url === null) return
    place.holder.content = { kind: 'tunnel', pass: { kind: 'variable', url, written } }
    return place.mark('content', statement.position)
  }
  const address = readAddress(written, { defaultPort: 443 })
  if (typeof address === 'string') return place.fail(statement, 1, `${address} in upstream "${written}"`)
  const pass: Draft<Extract<ProxyPass, { kind: 'fixed' }>> = {
    kind: 'fixed',
    scheme: 'http',
    upstream: '',
    host: written,
    port: address.kind === 'tcp' ? String(address.port) : '',
    uri: null,
    written,
  }
  place.holder.content = { kind: 'tunnel', pass }
  place.mark('content', statement.position)
  place.reading.passes.push({ pass, address, position: statement.position })
}
