/** What there is to say about a session of `stream`. */
import type { Session } from '../../exchange/session.ts'
import type { StreamModel } from '../../model/stream/stream.ts'
import { clientVariables } from './client-variables.ts'
import { clientGeoVariable } from '../geo.ts'
import type { VariablePorts } from '../ports.ts'
import { processVariables } from './process-variables.ts'
import { proxyProtocolFamilies, proxyProtocolVariables } from './proxy-protocol-variables.ts'
import { seconds } from '../time-text.ts'
import { tlsValues } from '../../exchange/client-tls.ts'
import { list, time } from './upstream-variables.ts'
import { plain, type VariableMaker, type Vocabulary } from './variable-maker.ts'
import { declareGroups, declareMaps, VariableTable } from './variable-table.ts'

const sessionVariables: Readonly<Record<string, VariableMaker<Session>>> = {
  protocol: plain(session => session.protocol),
  server_name: plain(session => session.server.name),
  status: plain(session => String(session.status).padStart(3, '0')),
  bytes_sent: plain(session => String(session.bytesSent)),
  bytes_received: plain(session => String(session.bytesReceived)),
  session_time: ({ table }) => {
    const { now } = table.ports
    return session => seconds(now() - session.startedMs)
  },
  // Ours: in one word what went wrong.
  failure: plain(session => session.failure?.code),
  ssl_preread_protocol: plain(session => session.hello?.protocol),
  ssl_preread_server_name: plain(session => session.hello?.serverName),
  ssl_preread_alpn_protocols: plain(session => session.hello?.alpnProtocols),
  upstream_addr: list<Session>(attempt => attempt.address),
  upstream_name: plain(session => session.upstream || undefined),
  upstream_bytes_sent: list<Session>(attempt => String(attempt.bytesSent)),
  upstream_bytes_received: list<Session>(attempt => String(attempt.bytesReceived)),
  upstream_connect_time: list<Session>(attempt => time(attempt.connectMs)),
  upstream_first_byte_time: list<Session>(attempt => time(attempt.headerMs)),
  upstream_session_time: list<Session>(attempt => time(attempt.responseMs)),
}

/** `$ssl_…`, but for what is about requests, or older than streams. */
const tlsVariables: Readonly<Record<string, VariableMaker<Session>>> = Object.fromEntries(
  tlsValues
    .filter(name => name !== 'early_data' && !name.endsWith('_legacy'))
    .map(name => ['ssl_' + name, plain<Session>(session => session.connection.tls?.value(name))]),
)

/** Of those about the process, what nginx has in stream. */
const OF_PROCESS = ['hostname', 'pid', 'nginx_version', 'msec', 'time_local', 'time_iso8601']

const families: Vocabulary<Session>['families'] = Object.entries(proxyProtocolFamilies).map(([prefix, make]) => ({
  prefix,
  make,
}))

export const streamVocabulary: Vocabulary<Session> = {
  fixed: new Map<string, VariableMaker<Session>>([
    ...Object.entries({ ...clientVariables, ...proxyProtocolVariables }),
    ...OF_PROCESS.map(name => [name, processVariables[name]!] as const),
    ...Object.entries({ ...sessionVariables, ...tlsVariables }),
  ]),
  families,
  scoped: new Set(),
}

/** A table that knows every name the configuration declares. */
export function declareStreamVariables(stream: StreamModel, ports: VariablePorts): VariableTable<Session> {
  const table = new VariableTable(ports, streamVocabulary)
  declareMaps(stream, table)
  for (const geo of stream.geos ?? []) table.declareMade(geo.variable, clientGeoVariable(geo))
  for (const server of stream.servers) {
    for (const name of server.names) if (name.kind === 'pattern') declareGroups(name.pattern, table)
    for (const { variable } of server.assignments) table.declare(variable)
  }
  return table
}
