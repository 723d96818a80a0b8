/** The balancer itself as nginx's API shows it: process, connections, requests, TLS, workers. */
import type { ProcessView, View, WorkerView } from '../view.ts'

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

export function connectionsJson(workers: readonly WorkerView[]): Record<string, number> {
  const sum = (of: (worker: WorkerView) => number): number => workers.reduce((total, worker) => total + of(worker), 0)
  return {
    accepted: sum(worker => worker.accepted),
    dropped: sum(worker => worker.accepted - worker.handled),
    active: sum(worker => worker.active - worker.waiting),
    idle: sum(worker => worker.waiting),
  }
}

export function requestsJson(workers: readonly WorkerView[]): Record<string, number> {
  const sum = (of: (worker: WorkerView) => number): number => workers.reduce((total, worker) => total + of(worker), 0)
  return { total: sum(worker => worker.requests), current: sum(worker => worker.reading + worker.writing) }
}

export function sslJson(workers: readonly WorkerView[]): Record<string, number> {
  const sum = (of: (worker: WorkerView) => number): number => workers.reduce((total, worker) => total + of(worker), 0)
  return {
    handshakes: sum(worker => worker.handshakes),
    session_reuses: sum(worker => worker.sessionReuses),
    handshakes_failed: sum(worker => worker.handshakesFailed),
  }
}

/** Workers are threads: they have the process's number, and a place of their own. */
export function workersJson(view: View): Record<string, unknown>[] {
  const { pid } = view.process()
  return view.workers().map(worker => ({
    id: worker.index,
    pid,
    connections: connectionsJson([worker]),
    http: { requests: requestsJson([worker]) },
  }))
}

export function timestamp(ms: number): string {
  return new Date(ms).toISOString()
}
