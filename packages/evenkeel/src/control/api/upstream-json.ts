/** Upstreams, their peers and their servers as nginx's API shows them. */
import type { ServerLine } from '../../model/model.ts'
import { latencyBoundsMs } from '../../shared/latency.ts'
import { idOf, type PeerView, type UpstreamView } from '../status/view.ts'
import { timestamp } from './state-json.ts'
import { classesJson, total } from './zone-json.ts'

export function upstreamJson({ name, model, peers }: UpstreamView): Record<string, unknown> {
  return {
    peers: peers.map(peerJson),
    keepalive: 0,
    zombies: 0,
    zone: model.zone ?? name,
  }
}

export function streamUpstreamJson({ name, model, peers }: UpstreamView): Record<string, unknown> {
  return { peers: peers.map(streamPeerJson), zombies: 0, zone: model.zone ?? name }
}

/** Connections rather than requests; bytes and times are those of sessions that have ended. */
function streamPeerJson(peer: PeerView): Record<string, unknown> {
  const { sums } = peer
  return {
    ...whoJson(peer),
    connections: peer.requests,
    ...(total(sums.classes) > 0 ? { connect_time: Math.round(sums.connectMs) } : {}),
    ...(total(sums.headerBuckets) > 0 ? { first_byte_time: Math.round(sums.headerMs) } : {}),
    ...(total(sums.responseBuckets) > 0
      ? {
          response_time: Math.round(sums.responseMs),
          response_time_histogram: { bounds_ms: latencyBoundsMs, counts: sums.responseBuckets },
        }
      : {}),
    sent: sums.sent,
    received: sums.received,
    ...troubleJson(peer),
  }
}

function peerJson(peer: PeerView): Record<string, unknown> {
  const { sums } = peer
  return {
    ...whoJson(peer),
    requests: peer.requests,
    ...(sums.headerSumMs > 0 || total(sums.headerBuckets) > 0
      ? {
          header_time: Math.round(sums.headerMs),
          response_time: Math.round(sums.responseMs),
          // Only in evenkeel: quantiles cannot be had of averages.
          response_time_histogram: { bounds_ms: latencyBoundsMs, counts: sums.responseBuckets },
        }
      : {}),
    responses: { ...classesJson(sums.classes), total: total(sums.classes) },
    sent: sums.sent,
    received: sums.received,
    ...troubleJson(peer),
  }
}

function whoJson({ line, ...peer }: PeerView): Record<string, unknown> {
  return {
    id: peer.id,
    server: peer.server,
    name: line.text,
    ...(line.service === undefined ? {} : { service: line.service }),
    backup: line.backup,
    weight: line.weight,
    state: peer.state,
    active: peer.active,
    ...(line.maxConns > 0 ? { max_conns: line.maxConns } : {}),
  }
}

function troubleJson({ sums, health, ...peer }: PeerView): Record<string, unknown> {
  return {
    fails: peer.fails,
    unavail: sums.unavailable,
    health_checks: {
      checks: health?.checks ?? 0,
      fails: health?.fails ?? 0,
      unhealthy: health?.unhealthy ?? 0,
      ...(health === null || health.lastPassed === null ? {} : { last_passed: health.lastPassed }),
      ...(health === null || health.lastWrong === null ? {} : { reason: health.lastWrong }),
    },
    downtime: peer.downtimeMs,
    ...(peer.downSinceMs > 0 ? { downstart: timestamp(peer.downSinceMs) } : {}),
    ...(sums.selectedMs > 0 ? { selected: timestamp(sums.selectedMs) } : {}),
  }
}

export function serverJson(line: ServerLine, index: number): Record<string, unknown> {
  return {
    id: idOf(line, index),
    server: line.text,
    weight: line.weight,
    max_conns: line.maxConns,
    max_fails: line.maxFails,
    fail_timeout: `${line.failTimeoutSeconds}s`,
    slow_start: timeText(line.slowStartMs ?? 0),
    route: line.route ?? '',
    backup: line.backup,
    down: line.down,
    ...(line.drain === true ? { drain: true } : {}),
    ...(line.service === undefined ? {} : { service: line.service }),
    ...(line.resolve === true ? { resolve: true } : {}),
    ...(line.priority === undefined ? {} : { priority: line.priority }),
    ...(line.zone === undefined ? {} : { zone: line.zone }),
  }
}

/** As nginx writes times. */
export function timeText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}
