/** Status zones as nginx's API shows them. */
import type { ZoneView } from '../status/view.ts'

export function serverZoneJson(zone: ZoneView): Record<string, unknown> {
  return { processing: zone.sums.processing, ...locationZoneJson(zone) }
}

export function locationZoneJson({ sums }: ZoneView): Record<string, unknown> {
  return {
    requests: total(sums.classes) + sums.discarded,
    responses: { ...classesJson(sums.classes), codes: Object.fromEntries(sums.statuses), total: total(sums.classes) },
    discarded: sums.discarded,
    received: sums.received,
    sent: sums.sent,
  }
}

/** Sessions of `stream`. */
export function streamZoneJson({ sums }: ZoneView): Record<string, unknown> {
  const [, passed = 0, , refused = 0, failed = 0] = sums.classes
  const sessions = { '2xx': passed, '4xx': refused, '5xx': failed, total: total(sums.classes) }
  return {
    processing: sums.processing,
    connections: sums.processing + total(sums.classes) + sums.discarded,
    sessions,
    discarded: sums.discarded,
    received: sums.received,
    sent: sums.sent,
  }
}

/** `1xx` to `5xx`. */
export function classesJson(classes: readonly number[]): Record<string, number> {
  return Object.fromEntries(classes.map((count, index) => [`${index + 1}xx`, count]))
}

export function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
