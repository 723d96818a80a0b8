/** Status zones of `stream`: sessions rather than requests. */
import type { ZoneView } from '../status/view.ts'
import { byClass, type Exposition, type Sample } from './exposition.ts'

export function aboutStreamZones(out: Exposition, zones: readonly ZoneView[]): void {
  const name = (what: string): string => `evenkeel_stream_zone_${what}`
  const each = (value: (zone: ZoneView) => number): Sample[] =>
    zones.map(zone => ({ labels: { zone: zone.name }, value: value(zone) }))
  out.gauge(
    name('sessions_processing'),
    'Sessions now.',
    each(zone => zone.sums.processing),
  )
  out.counter(
    name('sessions_total'),
    'Sessions that have ended, by the class of their status.',
    zones.flatMap(zone => byClass({ zone: zone.name }, zone.sums.classes)),
  )
  out.counter(
    name('received_bytes_total'),
    'Bytes from clients, of sessions that have ended.',
    each(zone => zone.sums.received),
  )
  out.counter(
    name('sent_bytes_total'),
    'Bytes to clients, of sessions that have ended.',
    each(zone => zone.sums.sent),
  )
  out.histogram(
    name('session_duration_seconds'),
    'From the beginning of a session to its end.',
    zones.map(({ name: zone, sums }) => ({ labels: { zone }, buckets: sums.buckets, sumMs: sums.ms })),
  )
}
