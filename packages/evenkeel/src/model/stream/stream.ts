/**
 * TCP and UDP that is passed on as it comes: what stands beside HttpModel. Listeners, upstreams, maps, logs and names are
 * the same types as for HTTP; there are no locations, a server is one place.
 */
import type { GeoModel, SplitModel } from '../client-data.ts'
import type { HealthCheckModel } from '../health.ts'
import type { LimitZoneModel } from '../settings/limit-settings.ts'
import type { HttpModel, ListenModel, LogFormatModel, MapModel, Model, ServerName, UpstreamModel } from '../model.ts'
import type { StreamMatchModel } from './stream-health.ts'
import { streamDefaults, type StreamSettings } from './stream-settings.ts'
import type { Template } from '../template.ts'

export interface StreamModel {
  readonly settings: Partial<StreamSettings>
  readonly upstreams: readonly UpstreamModel[]
  readonly servers: readonly StreamServerModel[]
  readonly maps: readonly MapModel[]
  /** Left out: none. */
  readonly geos?: readonly GeoModel[]
  readonly splits?: readonly SplitModel[]
  readonly limitZones?: readonly LimitZoneModel[]
  readonly logFormats: readonly LogFormatModel[]
  /** What health checks send and expect; left out: none. */
  readonly matches?: readonly StreamMatchModel[]
}

export interface StreamServerModel {
  readonly listens: readonly ListenModel[]
  readonly names: readonly ServerName[]
  readonly settings: Partial<StreamSettings>
  /** `set`, in the order written. */
  readonly assignments: readonly { readonly variable: string; readonly value: Template }[]
  /** What is done with a session; null: it is closed at once. */
  readonly content: StreamContent | null
  /** Left out: nobody asks its servers how they are. */
  readonly healthCheck?: HealthCheckModel
}

export type StreamContent =
  | { readonly kind: 'proxy'; readonly pass: StreamPass }
  | { readonly kind: 'return'; readonly text: Template }
  /** The connection goes on at another listener: its address. */
  | { readonly kind: 'pass'; readonly to: Template; readonly written: string }

export type StreamPass =
  | {
      readonly kind: 'fixed'
      /** Name of an upstream block, or of the implicit one made for this address. */
      readonly upstream: string
      readonly written: string
    }
  | { readonly kind: 'variable'; readonly address: Template; readonly written: string }

export interface ResolvedStreamServer {
  readonly model: StreamServerModel
  readonly settings: StreamSettings
}

/** Inheritance: what each server ends up with. */
export function resolveStream(stream: StreamModel): ResolvedStreamServer[] {
  const outer = { ...streamDefaults, ...stream.settings }
  return stream.servers.map(model => ({ model, settings: { ...outer, ...model.settings } }))
}

/**
 * What an upstream or a zone of `stream` is called where those of `http` are called by their names: in plans, shared
 * memory and messages. Both may have one of the same name, with other servers; in http no name with a slash can be passed to.
 */
export function planName(upstream: string): string {
  return `stream/${upstream}`
}

/** All upstreams of a model, for who looks their names up and plans them; those of stream by their planName. */
export function allUpstreams({ http, stream }: Pick<Model, 'http' | 'stream'>): HttpModel | null {
  if (stream === undefined) return http
  const base = http ?? { settings: {}, upstreams: [], servers: [], maps: [], logFormats: [] }
  const { resolver, resolverTimeout } = stream.settings
  const own = stream.upstreams.map(upstream => ({
    ...(resolver === undefined || resolver === null ? {} : { resolver }),
    ...(resolverTimeout === undefined ? {} : { resolverTimeoutMs: resolverTimeout }),
    ...upstream,
    name: planName(upstream.name),
  }))
  return { ...base, upstreams: [...base.upstreams, ...own] }
}
