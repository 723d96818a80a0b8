/** The balancer itself as nginx's API shows it: process, connections, requests, TLS, workers. */
import type { ProcessView, Traffic, View } from '../status/view.ts'

export function nginxJson({ language, version, ...process }: ProcessView, address: string): Record<string, unknown> {
  return {
    version: language,
    build: `evenkeel-${version}`,
    address,
    generation: process.generation,
    load_timestamp: timestamp(process.loadedMs),
    timestamp: timestamp(process.nowMs),
    pid: process.pid,
    ppid: process.ppid,
  }
}

/** Old configurations are processes in nginx; here they are told apart, since somebody may wonder what keeps them. */
export function processesJson(view: View): Record<string, unknown> {
  const retiring = view.retiring().map(({ sinceMs, cutMs, ...one }) => ({
    ...one,
    ...(sinceMs > 0 ? { since: timestamp(sinceMs) } : {}),
    ...(cutMs > 0 ? { cut_at: timestamp(cutMs) } : {}),
  }))
  return { respawned: view.process().respawned, retiring }
}

export function connectionsJson({ accepted, handled, active, waiting }: Traffic): Record<string, number> {
  return { accepted, dropped: accepted - handled, active: active - waiting, idle: waiting }
}

export function requestsJson({ requests, reading, writing }: Traffic): Record<string, number> {
  return { total: requests, current: reading + writing }
}

export function sslJson({ handshakes, sessionReuses, handshakesFailed }: Traffic): Record<string, number> {
  return { handshakes, session_reuses: sessionReuses, handshakes_failed: handshakesFailed }
}

/** Workers are threads: they have the process's number, and a place of their own. */
export function workersJson(view: View): Record<string, unknown>[] {
  const { pid } = view.process()
  return view.workers().map(worker => ({
    id: worker.index,
    pid,
    connections: connectionsJson(worker),
    http: { requests: requestsJson(worker) },
  }))
}

/** The user's code: how often each function was called, and what became of it. */
export function codeJson(view: View): Record<string, unknown>[] {
  return view.code().map(({ ref, sums }) => ({
    kind: ref.codeKind,
    module: ref.path,
    export: ref.name,
    calls: sums.calls,
    failures: sums.failures,
    timeouts: sums.timeouts,
    slow: sums.slow,
    time_ms: Math.round(sums.ms),
  }))
}

export function timestamp(ms: number): string {
  return new Date(ms).toISOString()
}
