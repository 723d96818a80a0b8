/**
 * All metrics of the balancer. Labels are names of the configuration and addresses of servers, never anything that a
 * client sends: their number is bounded by what somebody wrote or added on purpose.
 */
import type { View, ZoneView } from '../status/view.ts'
import { aboutCode } from './code-metrics.ts'
import { byClass, Exposition, type Sample } from './exposition.ts'
import { aboutCaches, aboutLimits } from './outcome-metrics.ts'
import { aboutPeers } from './peer-metrics.ts'
import { aboutStreamZones } from './stream-metrics.ts'

export function metricsText(view: View): string {
  const out = new Exposition()
  aboutProcess(out, view)
  aboutTraffic(out, view)
  aboutZones(out, 'server', view.zones('server'))
  aboutZones(out, 'location', view.zones('location'))
  aboutLimits(out, view)
  aboutCaches(out, view)
  aboutCode(out, view)
  aboutPeers(out, 'http', view.upstreams('http'))
  aboutStreamZones(out, view.zones('stream'))
  aboutPeers(out, 'stream', view.upstreams('stream'))
  return out.text
}

function aboutProcess(out: Exposition, view: View): void {
  const about = view.process()
  const build = { version: about.version, language: `nginx/${about.language}`, node: about.node }
  out.gauge('evenkeel_build_info', 'Versions, in labels.', [{ labels: build, value: 1 }])
  out.gauge('evenkeel_config_generation', 'Configurations made live since the start.', one(about.generation))
  out.gauge('evenkeel_config_loaded_timestamp_seconds', 'When the last one was.', one(about.loadedMs / 1000))
  out.counter('process_cpu_seconds_total', 'Processor time of all threads.', one(about.cpuUser + about.cpuSystem))
  out.gauge('process_resident_memory_bytes', 'Resident memory.', one(about.residentBytes))
  out.gauge('process_start_time_seconds', 'When the process started.', one(about.startedMs / 1000))
  if (about.openFiles !== null) out.gauge('process_open_fds', 'Open file descriptors.', one(about.openFiles))
  if (about.mostFiles !== null) out.gauge('process_max_fds', 'Most that may be open.', one(about.mostFiles))

  const workers = view.workers()
  const each = (value: (worker: (typeof workers)[number]) => number): Sample[] =>
    workers.map(worker => ({ labels: { worker: String(worker.index) }, value: value(worker) }))
  out.gauge('evenkeel_workers', 'Worker threads.', one(workers.length))
  out.counter('evenkeel_worker_respawns_total', 'Workers that died and were replaced.', one(about.respawned))
  out.gauge(
    'evenkeel_worker_event_loop_lag_seconds',
    'How late the last timer of a worker was, looked at every 0.4 s.',
    each(worker => worker.lagMs / 1000),
  )
  out.gauge(
    'evenkeel_worker_heap_used_bytes',
    'Heap of a worker in use.',
    each(worker => worker.heapUsed),
  )
  out.gauge(
    'evenkeel_worker_connections',
    'Client connections of a worker.',
    each(worker => worker.active),
  )
}

function aboutTraffic(out: Exposition, view: View): void {
  const sums = view.sums()
  out.counter('evenkeel_connections_accepted_total', 'Client connections accepted.', one(sums.accepted))
  out.counter(
    'evenkeel_connections_handled_total',
    'Client connections that were not dropped at once.',
    one(sums.handled),
  )
  out.gauge('evenkeel_connections', 'Client connections now, by what they do.', [
    { labels: { state: 'reading' }, value: sums.reading },
    { labels: { state: 'writing' }, value: sums.writing },
    { labels: { state: 'waiting' }, value: sums.waiting },
  ])
  out.counter('evenkeel_http_requests_total', 'Requests of clients.', one(sums.requests))
  out.counter('evenkeel_tls_handshakes_total', 'TLS handshakes with clients, by how they ended.', [
    { labels: { result: 'full' }, value: sums.handshakes - sums.sessionReuses },
    { labels: { result: 'resumed' }, value: sums.sessionReuses },
    { labels: { result: 'failed' }, value: sums.handshakesFailed },
  ])
}

function aboutZones(out: Exposition, kind: 'server' | 'location', zones: readonly ZoneView[]): void {
  const name = (what: string): string => `evenkeel_${kind}_zone_${what}`
  const each = (value: (zone: ZoneView) => number): Sample[] =>
    zones.map(zone => ({ labels: { zone: zone.name }, value: value(zone) }))
  if (kind === 'server') {
    out.gauge(
      name('requests_processing'),
      'Requests under way.',
      each(zone => zone.sums.processing),
    )
  }
  out.counter(
    name('responses_total'),
    'Responses to clients, by status class.',
    zones.flatMap(zone => byClass({ zone: zone.name }, zone.sums.classes)),
  )
  out.counter(
    name('discarded_total'),
    'Requests that ended without a response.',
    each(zone => zone.sums.discarded),
  )
  out.counter(
    name('received_bytes_total'),
    'Bytes of requests.',
    each(zone => zone.sums.received),
  )
  out.counter(
    name('sent_bytes_total'),
    'Bytes of responses.',
    each(zone => zone.sums.sent),
  )
  out.histogram(
    name('request_duration_seconds'),
    'From the first byte of a request to the last of its response.',
    zones.map(({ name: zone, sums }) => ({ labels: { zone }, buckets: sums.buckets, sumMs: sums.ms })),
  )
}

function one(value: number): Sample[] {
  return [{ value }]
}
