/**
 * Inheritance: what each level of a model ends up with, as one pure function.
 *
 * A level inherits what it does not name. Nothing here looks at files, sockets or time, and nothing behind it knows
 * that levels existed: the data plane is compiled from what `resolve` answers.
 */
import { acmeCertificate, acmeVariables, namedByAcme } from './acme.ts'
import type { HealthCheckModel } from './health.ts'
import type {
  ContentModel,
  ExceptionModel,
  HttpModel,
  LocationMatch,
  LocationModel,
  RewriteStep,
  ServerModel,
} from './model.ts'
import { defaults, type Settings } from './settings.ts'

export interface ResolvedServer {
  readonly model: ServerModel
  /** For requests that no location takes. */
  readonly settings: Settings
  readonly locations: readonly ResolvedLocation[]
  readonly rewrite: readonly ResolvedStep[]
}

export interface ResolvedLocation {
  readonly match: LocationMatch
  readonly internal: boolean
  readonly settings: Settings
  readonly content: ContentModel | null
  readonly rewrite: readonly ResolvedStep[]
  readonly locations: readonly ResolvedLocation[]
  readonly exceptions: readonly {
    readonly except: readonly string[]
    readonly settings: Settings
    readonly content: ContentModel | null
  }[]
  readonly healthCheck?: HealthCheckModel
}

export type ResolvedStep =
  | Exclude<RewriteStep, { kind: 'if' }>
  | (Omit<Extract<RewriteStep, { kind: 'if' }>, 'settings' | 'steps'> & {
      readonly settings: Settings
      readonly steps: readonly ResolvedStep[]
    })

export function resolveServers(http: HttpModel): ResolvedServer[] {
  const outer = inherit(defaults, http.settings)
  return http.servers.map(server => resolveServer(outer, server))
}

function resolveServer(outer: Settings, model: ServerModel): ResolvedServer {
  const settings = withAcme(inherit(outer, model.settings), model)
  return {
    model,
    settings,
    rewrite: resolveSteps(settings, model.rewrite, model.content),
    locations: model.locations.map(location => resolveLocation(settings, location)),
  }
}

/** What is asked for over ACME has a name of its own from here on: no variable is left for handshakes to look up. */
function withAcme(settings: Settings, model: ServerModel): Settings {
  const certificate = acmeCertificate(model)
  if (certificate === null) return settings
  return {
    ...settings,
    sslCertificate: namedByAcme(settings.sslCertificate, acmeVariables.certificate, certificate),
    sslCertificateKey: namedByAcme(settings.sslCertificateKey, acmeVariables.key, certificate),
  }
}

function resolveLocation(outer: Settings, model: LocationModel): ResolvedLocation {
  // try_files is the one thing that is never handed down, as in nginx.
  const settings = { ...inherit(outer, model.settings), tryFiles: model.settings.tryFiles ?? null }
  // Inside, it still takes the place of the text of the location that said it.
  if (model.settings.alias !== undefined) settings.aliasOf = model.match
  return {
    match: model.match,
    internal: model.internal,
    settings,
    content: model.content,
    rewrite: resolveSteps(settings, model.rewrite, model.content),
    locations: model.locations.map(location => resolveLocation(settings, location)),
    exceptions: model.exceptions.map(exception => resolveException(settings, exception, model.content)),
    ...(model.healthCheck === undefined ? {} : { healthCheck: model.healthCheck }),
  }
}

function resolveException(
  outer: Settings,
  model: ExceptionModel,
  content: ContentModel | null,
): ResolvedLocation['exceptions'][number] {
  return { except: model.except, settings: inherit(outer, model.settings), content: model.content ?? content }
}

/** An `if` inherits like a location inside its own, content included: that is what makes `if` in a proxied location proxy. */
function resolveSteps(outer: Settings, steps: readonly RewriteStep[], content: ContentModel | null): ResolvedStep[] {
  return steps.map(step => {
    if (step.kind !== 'if') return step
    const settings = inherit(outer, step.settings)
    return { ...step, settings, content: step.content ?? content, steps: resolveSteps(settings, step.steps, content) }
  })
}

/** `*_inherit merge` appends to what the level above has; everything else replaces. */
export function inherit(outer: Settings, own: Partial<Settings>): Settings {
  const settings: Settings = { ...outer, ...own }
  if (own.addHeader === undefined) settings.addHeader = settings.addHeaderInherit === 'off' ? [] : outer.addHeader
  else if (settings.addHeaderInherit === 'merge') settings.addHeader = [...outer.addHeader, ...own.addHeader]
  if (own.addTrailer === undefined) settings.addTrailer = settings.addTrailerInherit === 'off' ? [] : outer.addTrailer
  else if (settings.addTrailerInherit === 'merge') settings.addTrailer = [...outer.addTrailer, ...own.addTrailer]
  // `root` inside a level takes the place of an `alias` above it, and the other way round.
  if (own.root !== undefined && own.alias === undefined) settings.alias = null
  return settings
}
