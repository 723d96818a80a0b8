/**
 * `status_zone`: counts each request of a server or location when it has ended, in the worker's own cells of the zone.
 * Where no zone is named nothing is done at all.
 */
import type { Exchange, Hold } from '../exchange/exchange.ts'
import type { ExchangeLog, RequestStep } from '../exchange/route.ts'
import type { SessionCounting } from '../exchange/session.ts'
import type { Settings } from '../model/settings.ts'
import type { StatusZoneKind } from '../model/status-zones.ts'
import type { ZoneCounters } from '../shared/zone-counters.ts'

/** Undefined: it was not declared, which cannot be. */
export type FindStatusZone = (kind: StatusZoneKind, name: string) => ZoneCounters | undefined

/** What is called when a request of these settings has ended. */
export function compileStatusZones(
  { serverZone, locationZone }: Pick<Settings, 'serverZone' | 'locationZone'>,
  find: FindStatusZone,
  nowMs: () => number,
): readonly ExchangeLog[] {
  const zones = [
    serverZone === null ? undefined : find('server', serverZone),
    locationZone === null ? undefined : find('location', locationZone),
  ]
  return zones.filter(zone => zone !== undefined).map(zone => counting(zone, nowMs))
}

/** Counts what a server is at work on. */
export function compileProcessing(
  { serverZone }: Pick<Settings, 'serverZone'>,
  find: FindStatusZone,
): RequestStep | null {
  const zone = serverZone === null ? undefined : find('server', serverZone)
  if (zone === undefined) return null
  // One for all: it knows nothing of the request.
  const hold: Hold = { release: () => zone.end() }
  return exchange => {
    // A redirect inside comes by again.
    if (exchange.internal) return undefined
    zone.begin()
    exchange.holds = exchange.holds === null ? [hold] : [...exchange.holds, hold]
    return undefined
  }
}

/** How sessions of a server of `stream` are counted; null: they are not. */
export function compileSessionCounting(
  { serverZone }: Pick<Settings, 'serverZone'>,
  find: FindStatusZone,
  nowMs: () => number,
): SessionCounting | null {
  const zone = serverZone === null ? undefined : find('stream', serverZone)
  if (zone === undefined) return null
  return {
    begin: () => zone.begin(),
    leave: () => zone.end(),
    ended: ({ status, bytesReceived, bytesSent, startedMs }) => {
      zone.end()
      zone.countSession(status, bytesReceived, bytesSent, Math.max(0, nowMs() - startedMs))
    },
  }
}

function counting(zone: ZoneCounters, nowMs: () => number): ExchangeLog {
  return (exchange: Exchange) => {
    const { status, requestBytes, bytesSent, startedMs } = exchange
    zone.count(status, requestBytes, bytesSent, Math.max(0, nowMs() - startedMs))
  }
}
