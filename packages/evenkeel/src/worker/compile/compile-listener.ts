/** An address with the servers on it, made into a listener: how heads are read there, and how its connections begin. */
import type { ListenAddress } from '../../model/model.ts'
import type { ResolvedServer } from '../../model/resolve.ts'
import type { Entry } from '../../proxy/entry/arrival.ts'
import { proxyProtocolEntry } from '../../proxy/entry/proxy-head-intake.ts'
import { tlsEntry } from '../../proxy/entry/tls-intake.ts'
import type { Http2Rules } from '../../proxy/http2/rules.ts'
import type { Http2Share } from '../../proxy/http2/share.ts'
import type { CompiledServer, ListenerRuntime } from '../../proxy/listener-runtime.ts'
import type { RequestLoop } from '../../proxy/loop.ts'
import type { Ports } from '../../proxy/ports.ts'
import { ServerTable } from '../../route/server-choice.ts'
import type { VariableTable } from '../../route/variables/variable-table.ts'
import { RequestReader } from '../../wire/http1/request-reader.ts'
import { listensOf, type AddressGroup } from './address-groups.ts'
import { compileHttp2 } from './compile-http2.ts'
import type { TlsCompiler } from './compile-tls.ts'
import { ListenerLife } from '../runtime.ts'

/** What a listener is compiled with. */
export interface ListenerParts {
  readonly table: VariableTable
  readonly loop: RequestLoop
  readonly tls: TlsCompiler
  readonly ports: Ports
  http2Share(): Http2Share
  server(server: ResolvedServer): CompiledServer
}

export function compileListener(group: AddressGroup, parts: ListenerParts): ListenerLife {
  const { address, servers, fallback } = group
  const { settings } = fallback
  const large = settings.largeClientHeaderBuffers
  const reader = new RequestReader({
    lineSize: large.size,
    fieldSize: large.size,
    totalSize: settings.clientHeaderBufferSize + large.count * large.size,
    maxFields: settings.maxHeaders,
    underscores: settings.underscoresInHeaders,
    ignoreInvalid: settings.ignoreInvalidHeaders,
  })
  const named = servers.map(server => ({ names: server.model.names, value: parts.server(server) }))
  const table = new ServerTable(named, parts.server(fallback), parts.table)
  const patterns = servers.some(server => server.model.names.some(name => name.kind === 'pattern'))
  const listener = new ListenerLife(
    address,
    reader,
    parts.loop,
    settings.clientHeaderTimeout,
    parts.server(fallback),
    table,
    patterns,
    servers.length === 1,
    arrivalAt(address, servers, fallback, parts),
  )
  listener.http2 = http2At(address, servers, fallback, parts)
  return listener
}

/** nginx's rule: in the clear an address' default server says whether it has HTTP/2, or any `listen … http2` does. */
function http2At(
  address: ListenAddress,
  servers: readonly ResolvedServer[],
  fallback: ResolvedServer,
  parts: ListenerParts,
): Http2Rules | null {
  const everyServer = listensOf(servers, address).some(listen => listen.http2)
  if (!everyServer && !servers.some(server => server.settings.http2)) return null
  const inClear = everyServer || fallback.settings.http2
  return compileHttp2(fallback.settings, parts.http2Share(), { everyServer, inClear })
}

function arrivalAt(
  address: ListenAddress,
  servers: readonly ResolvedServer[],
  fallback: ResolvedServer,
  { ports, tls, server }: ListenerParts,
): Entry | null {
  const listens = listensOf(servers, address)
  const proxyProtocol = listens.some(listen => listen.proxyProtocol)
  if (!listens.some(listen => listen.ssl))
    return proxyProtocol
      ? proxyProtocolEntry<ListenerRuntime>(ports, runtime => runtime.defaultServer.route.errorLog)
      : null
  const faces = tls.faces(
    servers,
    fallback,
    ({ settings }) => settings.http2 || listens.some(listen => listen.http2),
    server,
  )
  return tlsEntry({ proxyProtocol, faces, ports })
}
