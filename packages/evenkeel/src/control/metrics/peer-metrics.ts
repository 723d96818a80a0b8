/** The peers of upstreams, of http and of stream: the same of both, but for what only one of them has. */
import type { PeerView, Side, UpstreamView } from '../status/view.ts'
import { byClass, type Exposition, type Labels, type Sample } from './exposition.ts'

/** With more peers than that, times of single ones are left out: a dozen lines each, for which nobody has the eyes. */
const MOST_TIMED_PEERS = 500

interface LabelledPeer {
  readonly labels: Labels
  readonly peer: PeerView
}

export function aboutPeers(out: Exposition, side: Side, upstreams: readonly UpstreamView[]): void {
  const peers = labelled(upstreams)
  const name = (what: string): string => `evenkeel_${side === 'http' ? '' : 'stream_'}upstream_peer_${what}`
  const work = side === 'http' ? 'requests' : 'sessions'
  const each = (value: (peer: PeerView) => number): Sample[] =>
    peers.map(({ labels, peer }) => ({ labels, value: value(peer) }))
  out.gauge(
    name('up'),
    `Whether it gets ${work}: 1 for up and draining.`,
    each(({ state }) => (state === 'up' || state === 'draining' ? 1 : 0)),
  )
  out.gauge(
    name('state'),
    'Its state, as a label.',
    peers.map(({ labels, peer }) => ({ labels: { ...labels, state: peer.state }, value: 1 })),
  )
  out.gauge(
    name('in_flight'),
    side === 'http' ? 'Requests under way at it.' : 'Sessions with it.',
    each(peer => peer.active),
  )
  out.gauge(
    name('weight'),
    'Its weight.',
    each(peer => peer.line.weight),
  )
  out.counter(
    name(`${work}_total`),
    side === 'http' ? 'Requests given to it, tries included.' : 'Sessions given to it, tries included.',
    each(peer => peer.requests),
  )
  if (side === 'http') {
    out.counter(
      name('responses_total'),
      'Its responses, by status class.',
      peers.flatMap(({ labels, peer }) => byClass(labels, peer.sums.classes)),
    )
  }
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
  const [head, whole] = side === 'http' ? requestTimes : sessionTimes
  out.histogram(
    name(head.name),
    head.text,
    peers.map(({ labels, peer: { sums } }) => ({ labels, buckets: sums.headerBuckets, sumMs: sums.headerSumMs })),
  )
  out.histogram(
    name(whole.name),
    whole.text,
    peers.map(({ labels, peer: { sums } }) => ({ labels, buckets: sums.responseBuckets, sumMs: sums.responseSumMs })),
  )
  if (side === 'http') return
  // How often stands beside it: of connections there is no histogram.
  out.counter(
    name('connected_total'),
    'Sessions that were connected to it.',
    each(peer => peer.sums.classes[1] ?? 0),
  )
  out.counter(
    name('connect_seconds_total'),
    'Time that took, all together.',
    each(peer => peer.sums.connectSumMs / 1000),
  )
}

const requestTimes = [
  { name: 'header_duration_seconds', text: 'From the start of a try to the head of its response.' },
  { name: 'response_duration_seconds', text: 'From the start of a try to the last byte of its response.' },
] as const

const sessionTimes = [
  { name: 'first_byte_duration_seconds', text: 'From the start of a try to its first byte.' },
  { name: 'session_duration_seconds', text: 'From the start of a try to the end of the session.' },
] as const

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
