/**
 * All metrics of the balancer. Labels are names of the configuration and addresses of servers, never anything that a
 * client sends: their number is bounded by what somebody wrote or added on purpose.
 */
import { Exposition, type Labels, type Sample } from './exposition.ts'
import type { CodeView, PeerView, UpstreamView, View, ZoneView } from '../view.ts'

/** With more peers than that, times of single ones are left out: a dozen lines each, for which nobody has the eyes. */
const MOST_TIMED_PEERS = 500

export function metricsText(view: View): string {
  const out = new Exposition()
  aboutProcess(out, view)
  aboutTraffic(out, view)
  aboutZones(out, 'server', view.zones('server'))
  aboutZones(out, 'location', view.zones('location'))
  aboutCode(out, view)
  aboutPeers(out, labelled(view.upstreams('http')))
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

function aboutCode(out: Exposition, view: View): void {
  const code = view.code()
  if (code.length === 0) return
  const each = (value: (sums: CodeView['sums']) => number): Sample[] =>
    code.map(({ ref, sums }) => ({
      labels: { kind: ref.codeKind, module: ref.path, export: ref.name },
      value: value(sums),
    }))
  out.counter(
    'evenkeel_code_calls_total',
    'Calls of code of the configuration.',
    each(sums => sums.calls),
  )
  out.counter(
    'evenkeel_code_failures_total',
    'Calls that threw, or answered what they may not.',
    each(sums => sums.failures),
  )
  out.counter(
    'evenkeel_code_timeouts_total',
    'Asynchronous steps that did not end in time.',
    each(sums => sums.timeouts),
  )
  out.counter(
    'evenkeel_code_slow_total',
    'Calls that held their worker up for 50 ms or more.',
    each(sums => sums.slow),
  )
  out.counter(
    'evenkeel_code_seconds_total',
    'Time in code that ran without waiting.',
    each(sums => sums.ms / 1000),
  )
}

interface LabelledPeer {
  readonly labels: Labels
  readonly peer: PeerView
}

function aboutPeers(out: Exposition, peers: readonly LabelledPeer[]): void {
  const name = (what: string): string => `evenkeel_upstream_peer_${what}`
  const each = (value: (peer: PeerView) => number): Sample[] =>
    peers.map(({ labels, peer }) => ({ labels, value: value(peer) }))
  out.gauge(
    name('up'),
    'Whether it gets requests: 1 for up and draining.',
    each(({ state }) => (state === 'up' || state === 'draining' ? 1 : 0)),
  )
  out.gauge(
    name('state'),
    'Its state, as a label.',
    peers.map(({ labels, peer }) => ({ labels: { ...labels, state: peer.state }, value: 1 })),
  )
  out.gauge(
    name('in_flight'),
    'Requests under way at it.',
    each(peer => peer.active),
  )
  out.gauge(
    name('weight'),
    'Its weight.',
    each(peer => peer.line.weight),
  )
  out.counter(
    name('requests_total'),
    'Requests given to it, tries included.',
    each(peer => peer.requests),
  )
  out.counter(
    name('responses_total'),
    'Its responses, by status class.',
    peers.flatMap(({ labels, peer }) => byClass(labels, peer.sums.classes)),
  )
  out.counter(
    name('received_bytes_total'),
    'Bytes from it.',
    each(peer => peer.sums.received),
  )
  out.counter(
    name('sent_bytes_total'),
    'Bytes to it.',
    each(peer => peer.sums.sent),
  )
  out.counter(
    name('failures_total'),
    'Tries that failed.',
    each(peer => peer.fails),
  )
  out.counter(
    name('unavailable_total'),
    'Times that failures took it out.',
    each(peer => peer.sums.unavailable),
  )
  out.counter(
    name('downtime_seconds_total'),
    'Time it was unavailable or unhealthy.',
    each(peer => peer.downtimeMs / 1000),
  )
  const checked = peers.filter(({ peer }) => peer.health !== null)
  out.counter(
    name('health_checks_total'),
    'Probes, by how they ended.',
    checked.flatMap(({ labels, peer: { health } }) => [
      { labels: { ...labels, result: 'passed' }, value: health!.checks - health!.fails },
      { labels: { ...labels, result: 'failed' }, value: health!.fails },
    ]),
  )
  if (peers.length > MOST_TIMED_PEERS) return
  out.histogram(
    name('header_duration_seconds'),
    'From the start of a try to the head of its response.',
    peers.map(({ labels, peer: { sums } }) => ({ labels, buckets: sums.headerBuckets, sumMs: sums.headerSumMs })),
  )
  out.histogram(
    name('response_duration_seconds'),
    'From the start of a try to the last byte of its response.',
    peers.map(({ labels, peer: { sums } }) => ({ labels, buckets: sums.responseBuckets, sumMs: sums.responseSumMs })),
  )
}

/** One address may stand twice in an upstream: the second has a number behind it. */
function labelled(upstreams: readonly UpstreamView[]): LabelledPeer[] {
  return upstreams.flatMap(({ name, peers }) => {
    const seen = new Map<string, number>()
    return peers.map(peer => {
      const times = (seen.get(peer.server) ?? 0) + 1
      seen.set(peer.server, times)
      return { peer, labels: { upstream: name, server: times === 1 ? peer.server : `${peer.server}#${times}` } }
    })
  })
}

function byClass(labels: Labels, classes: readonly number[]): Sample[] {
  return classes.map((value, index) => ({ labels: { ...labels, code: `${index + 1}xx` }, value }))
}

function one(value: number): Sample[] {
  return [{ value }]
}
