/**
 * What a configuration leaves unsaid and a process has to know. nginx has these places compiled in; here they follow
 * from where the process runs, so that a file of three lines starts anywhere, without folders made for it.
 */
import type { ListenModel, Model } from '../model/model.ts'
import type { Settings } from '../model/settings.ts'
import { usualAddress } from './listening/listeners.ts'
import type { Paths } from './files/paths.ts'

/** `temporary` is a folder of this process alone, ending in a slash. */
export function fillDefaults(model: Model, paths: Paths, temporary: string, exists: (path: string) => boolean): Model {
  const logs = exists(`${paths.prefix}logs`)
  const { process, http } = model
  const errorLogs =
    process.errorLogs.length > 0 ? process.errorLogs : [{ target: paths.errorLog, level: 'error' as const }]
  const pid = process.pid === DEFAULT_PID && !logs ? 'evenkeel.pid' : process.pid
  if (http === null) return { ...model, process: { ...process, errorLogs, pid } }
  const settings: Partial<Settings> = {
    clientBodyTempPath: `${temporary}client_body`,
    proxyTempPath: `${temporary}proxy`,
    // nginx refuses to start when its folder for logs is missing; nobody asked for this log.
    ...(logs ? {} : { accessLog: [] }),
    ...http.settings,
  }
  const servers = http.servers.map(server => (server.listens.length > 0 ? server : { ...server, listens: [usual()] }))
  return { ...model, process: { ...process, errorLogs, pid }, http: { ...http, settings, servers } }
}

/** What a server listens on that names nothing. */
function usual(): ListenModel {
  return {
    address: usualAddress(),
    defaultServer: false,
    ssl: false,
    http2: false,
    proxyProtocol: false,
    backlog: null,
    ipv6Only: null,
    reusePort: false,
    keepaliveProbe: null,
  }
}

const DEFAULT_PID = 'logs/evenkeel.pid'
