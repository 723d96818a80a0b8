/** What must fit together in the `stream` part of a model: the checks of http, and what only streams can get wrong. */
import { checkStreamHealth } from './check-health.ts'
import { checkListens, listenText } from './check-listens.ts'
import { checkOriginTlsPlaces } from './check-origin-tls.ts'
import { checkTls } from './check-tls.ts'
import { checkVariables } from './check-variables.ts'
import { checkUpstreams, type ModelProblem } from './check.ts'
import type { HttpModel } from '../model.ts'
import { isStreamVariable } from '../stream/stream-names.ts'
import type { StreamSettings } from '../stream/stream-settings.ts'
import { resolveStream, type StreamModel } from '../stream/stream.ts'
import type { OriginTlsPlace } from '../origin-tls.ts'

export function checkStream(stream: StreamModel, http: HttpModel | null): ModelProblem[] {
  return [
    ...checkUpstreams(stream, 'stream'),
    ...checkMethods(stream),
    ...checkServers(stream),
    ...checkListens(stream, 'stream'),
    ...checkStreamHealth(stream),
    ...checkShared(stream, http),
    ...checkZones(stream),
    ...checkLogs(stream),
    ...checkTls(stream, 'stream'),
    ...checkOriginTlsPlaces(streamTlsPlaces(stream)),
    ...checkVariables(stream, 'stream', isStreamVariable),
  ]
}

/** Methods that need an HTTP request to choose by. */
const HTTP_ONLY: ReadonlySet<string> = new Set(['ip_hash', 'sticky'])

function checkMethods(stream: StreamModel): ModelProblem[] {
  return stream.upstreams.flatMap(({ method }, index): ModelProblem[] => {
    if (!HTTP_ONLY.has(method.name)) return []
    const message = `balancing method "${method.name}" is not for stream`
    return [{ level: 'emerg', message, path: `stream.upstreams.${index}.method`, remedy: 'hash $remote_addr does it' }]
  })
}

function checkServers(stream: StreamModel): ModelProblem[] {
  return stream.servers.flatMap((server, index): ModelProblem[] => {
    const path = `stream.servers.${index}`
    const problems: ModelProblem[] = []
    if (server.listens.length === 0) {
      problems.push({ level: 'emerg', message: 'no "listen" is defined for server', path })
    }
    const udp = server.listens.findIndex(listen => listen.udp === true)
    for (const [at, { address, udp: datagrams }] of server.listens.entries()) {
      if (datagrams !== true || !('path' in address)) continue
      const message = 'datagrams over unix sockets are not supported by evenkeel'
      problems.push({ level: 'emerg', message, path: `${path}.listens.${at}`, remedy: 'listen on a port of 127.0.0.1' })
    }
    if (server.content?.kind === 'pass' && udp >= 0) {
      const message = '"pass" hands connections on, and a listener of datagrams has none'
      problems.push({ level: 'warn', message, path: `${path}.listens.${udp}` })
    }
    return problems
  })
}

/** Both accept connections: only one of them can have an address. */
function checkShared(stream: StreamModel, http: HttpModel | null): ModelProblem[] {
  const taken = new Set(http?.servers.flatMap(server => server.listens.map(listenText)))
  return stream.servers.flatMap((server, index) =>
    server.listens.flatMap((listen, at): ModelProblem[] => {
      const address = listenText(listen)
      if (!taken.has(address)) return []
      const path = `stream.servers.${index}.listens.${at}`
      return [{ level: 'emerg', message: `${address} is listened on by a server of http as well`, path }]
    }),
  )
}

function checkZones(stream: StreamModel): ModelProblem[] {
  const zones = new Set(stream.limitZones?.map(({ name }) => name))
  return levels(stream).flatMap(({ settings, path }) =>
    (settings.limitConn ?? []).flatMap(({ zone }): ModelProblem[] => {
      if (zones.has(zone)) return []
      const remedy = `declare it in stream: limit_conn_zone $binary_remote_addr zone=${zone}:1m;`
      return [
        {
          level: 'emerg',
          message: `zero size shared memory zone "${zone}"`,
          path: `${path}.settings.limitConn`,
          remedy,
        },
      ]
    }),
  )
}

function streamTlsPlaces(stream: StreamModel): OriginTlsPlace[] {
  return resolveStream(stream).flatMap(({ model, settings }, index) =>
    settings.proxySsl && model.content?.kind === 'proxy' ? [{ settings, path: `stream.servers.${index}` }] : [],
  )
}

function levels(stream: StreamModel): { readonly settings: Partial<StreamSettings>; readonly path: string }[] {
  return [
    { settings: stream.settings, path: 'stream' },
    ...stream.servers.map(({ settings }, index) => ({ settings, path: `stream.servers.${index}` })),
  ]
}

function checkLogs(stream: StreamModel): ModelProblem[] {
  const formats = new Set(stream.logFormats.map(({ name }) => name))
  return levels(stream).flatMap(({ settings, path }) =>
    (settings.accessLog ?? []).flatMap(({ format }, index): ModelProblem[] => {
      if (formats.has(format)) return []
      const at = index === 0 ? `${path}.settings.accessLog` : `${path}.settings.accessLog.${index}`
      // There is no format that every session has: what was not named is `combined`, and that is of requests.
      const remedy = 'define it with log_format in stream, and name it behind the file'
      return [{ level: 'emerg', message: `unknown log format "${format}"`, path: at, remedy }]
    }),
  )
}
