/**
 * What must fit together in a model, whichever front end it came from: names that are used exist, and things that may
 * be there once are. Pure; the path tells where in the model, and the front end tells where that was said.
 */
import { checkAcme } from './check-acme.ts'
import { checkCaches } from './check-cache.ts'
import { checkFaults } from './check-fault.ts'
import { checkHealth } from './check-health.ts'
import { checkLimits } from './check-limits.ts'
import { checkListens } from './check-listens.ts'
import { checkLocations } from './check-locations.ts'
import { checkOriginTls } from './check-origin-tls.ts'
import { checkStream } from './check-stream.ts'
import { checkTls } from './check-tls.ts'
import { checkVariables } from './check-variables.ts'
import type { HttpModel, Model } from '../model.ts'
import { builtInLogFormats, methodNames } from '../names.ts'
import type { Settings } from '../settings.ts'

export interface ModelProblem {
  readonly level: 'emerg' | 'warn'
  readonly message: string
  /** In the model: `http.servers.0.locations.1.settings.accessLog`. */
  readonly path: string
  readonly remedy?: string
}

export function checkModel(model: Model): ModelProblem[] {
  const stream = model.stream === undefined ? [] : checkStream(model.stream, model.http)
  if (model.http === null) return stream
  return [
    ...stream,
    ...checkUpstreams(model.http),
    ...checkListens(model.http),
    ...checkLocations(model.http),
    ...checkHealth(model.http),
    ...checkLogs(model.http),
    ...checkTls(model.http),
    ...checkAcme(model.http),
    ...checkOriginTls(model.http),
    ...checkLimits(model.http.limitZones ?? [], everySettings(model.http)),
    ...checkCaches(model.http, everySettings(model.http)),
    ...checkFaults(model.http.settings.faultAllowed === true, everySettings(model.http)),
    ...checkVariables(model.http),
  ]
}

export function checkUpstreams(
  http: { readonly upstreams: HttpModel['upstreams']; readonly settings: Pick<Partial<Settings>, 'resolver'> },
  root: 'http' | 'stream' = 'http',
): ModelProblem[] {
  const problems: ModelProblem[] = []
  const names = new Set<string>()
  for (const [index, upstream] of http.upstreams.entries()) {
    const { name, implicit, servers, method, stateFile } = upstream
    const path = `${root}.upstreams.${index}`
    const error = (message: string, at: string = path): unknown => problems.push({ level: 'emerg', message, path: at })
    // Implicit ones are named by address, and found by it.
    if (!implicit) {
      if (names.has(name.toLowerCase())) error(`duplicate upstream "${name}"`)
      names.add(name.toLowerCase())
    }
    if (stateFile !== undefined) {
      if (servers.length > 0) error('"server" directive is not allowed in an upstream with "state"')
    } else if (servers.length === 0) error('no servers are inside upstream')
    else if (servers.every(server => server.backup)) error(`no servers in upstream "${name}"`)
    if (method.code === undefined && !methodNames.includes(method.name))
      error(`unknown balancing method "${method.name}"`, `${path}.method`)
    const asked = servers.findIndex(server => server.resolve === true)
    if (asked >= 0 && (upstream.resolver ?? http.settings.resolver ?? null) === null) {
      problems.push({
        level: 'emerg',
        message: `no resolver defined to resolve names at run time in upstream "${name}"`,
        path: `${path}.servers.${asked}`,
        remedy: 'name a DNS server: resolver 127.0.0.53;',
      })
    }
  }
  return problems
}

/** Every access log names a format that exists. */
function checkLogs(http: HttpModel): ModelProblem[] {
  const problems: ModelProblem[] = []
  const formats = new Set([...builtInLogFormats, ...http.logFormats].map(format => format.name))
  for (const { settings, path } of everySettings(http)) {
    for (const [index, log] of (settings.accessLog ?? []).entries()) {
      if (formats.has(log.format)) continue
      const at = index === 0 ? `${path}.settings.accessLog` : `${path}.settings.accessLog.${index}`
      problems.push({ level: 'emerg', message: `unknown log format "${log.format}"`, path: at })
    }
  }
  return problems
}

interface SettingsAt {
  readonly settings: Partial<Settings>
  readonly path: string
}

/** The settings of every level. */
function* everySettings(http: HttpModel): Generator<SettingsAt> {
  yield { settings: http.settings, path: 'http' }
  for (const [index, server] of http.servers.entries()) yield* levelSettings(server, `http.servers.${index}`)
}

function* levelSettings(
  level: Pick<HttpModel['servers'][number], 'settings' | 'rewrite' | 'locations'> & {
    readonly exceptions?: readonly { readonly settings: Partial<Settings> }[]
  },
  path: string,
): Generator<SettingsAt> {
  yield { settings: level.settings, path }
  for (const [index, step] of level.rewrite.entries()) {
    if (step.kind === 'if') yield { settings: step.settings, path: `${path}.rewrite.${index}` }
  }
  for (const [index, exception] of (level.exceptions ?? []).entries()) {
    yield { settings: exception.settings, path: `${path}.exceptions.${index}` }
  }
  for (const [index, location] of level.locations.entries())
    yield* levelSettings(location, `${path}.locations.${index}`)
}
