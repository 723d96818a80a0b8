/** The monitor of a running process: with real connections, time and luck. */
import { dialAny } from '../net/dial.ts'
import { ReadBuffers } from '../net/read-buffers.ts'
import { UdpConnection } from '../net/udp.ts'
import { Monitor, type MonitorOptions } from './monitor.ts'
import type { Clock } from './prober.ts'

export function liveMonitor({ rows, log, tls }: Required<Pick<MonitorOptions, 'rows' | 'log' | 'tls'>>): Monitor {
  const onBug = (error: unknown): void => log('alert', `a health check failed by a bug of evenkeel: ${String(error)}`)
  // A probe's speed is nobody's concern: the main thread does with the plain sockets of the runtime.
  const buffers = new ReadBuffers({ onBug, internals: null })
  return new Monitor({
    rows,
    log,
    tls,
    clock: liveClock,
    random: Math.random,
    dial: (addresses, user, target, preface = null) => dialAny(addresses, { buffers, tls: target, preface }, user),
    dialUdp: (to, user) => new UdpConnection(to, '', user),
  })
}

/** A timer of the runtime that is told to wait longer fires at once. */
const LONGEST_MS = 2 ** 31 - 1

/** Real time, on the main thread. */
export const liveClock: Clock = {
  nowMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(ms, LONGEST_MS))
    return () => clearTimeout(timer)
  },
}
