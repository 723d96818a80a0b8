/** The status zones that a model names: where requests of servers and locations are counted. */
import type { LocationModel, Model, RewriteStep } from './model.ts'
import type { Settings } from './settings.ts'
import { resolveStream } from './stream/stream.ts'

export type StatusZoneKind = 'server' | 'location' | 'stream'

export interface StatusZones {
  readonly servers: ReadonlySet<string>
  readonly locations: ReadonlySet<string>
  /** Of servers of stream. */
  readonly streams: ReadonlySet<string>
}

export function statusZonesOf({ http, stream }: Pick<Model, 'http' | 'stream'>): StatusZones {
  const servers = new Set<string>()
  const locations = new Set<string>()
  const settings = ({ serverZone, locationZone }: Partial<Settings>): void => {
    if (serverZone !== undefined && serverZone !== null) servers.add(serverZone)
    if (locationZone !== undefined && locationZone !== null) locations.add(locationZone)
  }
  const steps = (list: readonly RewriteStep[]): void => {
    for (const step of list) {
      if (step.kind !== 'if') continue
      settings(step.settings)
      steps(step.steps)
    }
  }
  const location = (model: LocationModel): void => {
    settings(model.settings)
    steps(model.rewrite)
    for (const exception of model.exceptions) settings(exception.settings)
    for (const inner of model.locations) location(inner)
  }
  for (const server of http?.servers ?? []) {
    settings(server.settings)
    for (const one of server.locations) location(one)
  }
  const streams = stream === undefined ? [] : resolveStream(stream).map(({ settings: { serverZone } }) => serverZone)
  return { servers, locations, streams: new Set(streams.filter(name => name !== null)) }
}

/** What a zone is known by between threads. */
export function statusZoneKey(kind: StatusZoneKind, name: string): string {
  return `${kind} ${name}`
}
