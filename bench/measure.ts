/** One measurement of one peer: figures by name, the first of which is the one that counts. */
import { idleBytes } from './idle.ts'
import { type Load, multiplex, paced, readWhole, resume, saturate, type Target } from './load.ts'
import { cpuMicros, memoryBytes, type Started, startPinned } from './processes.ts'
import { firstAnswer } from './ready.ts'
import type { Workload } from './workloads.ts'

export type Figures = Readonly<Record<string, number>>

/** A peer that runs, with what is needed to start another like it. */
export interface Running {
  readonly started: Started
  readonly port: number
  readonly command: readonly string[]
  readonly folder: string
}

export interface Cores {
  readonly proxyCore: number
  readonly loadCore: number
}

export async function measure(workload: Workload, running: Running, seconds: number, cores: Cores): Promise<Figures> {
  const target = targetOf(workload, running, cores)
  switch (workload.measure) {
    case 'throughput':
      return throughput(running, () => saturate(target, seconds))
    case 'handshakes':
      return throughput(running, () => saturate({ ...target, once: true }, seconds))
    case 'resumptions':
      return throughput(running, () => resume(target, seconds))
    case 'multiplexed':
      return throughput(running, () => multiplex(target, seconds))
    case 'latency': {
      const { perSecond } = await saturate(target, Math.min(2, seconds))
      const figures = await throughput(running, () => paced(target, seconds, perSecond * 0.7))
      return { 'p99 ms': figures['p99 ms'] ?? NaN, ...figures }
    }
    case 'idle': {
      const { host, connections } = workload
      return { 'bytes a connection': await idleBytes(running.started.pid, running.port, host, connections) }
    }
    case 'bulk':
      return bulk(running, target)
    case 'start':
      return { 'ms to first answer': await coldStart(running, workload, cores) }
  }
}

/** A compiler that works beside the program, on the same core, is done by then; measured: after 2 s it is not. */
const WARM_SECONDS = 6

/** Runs the workload without looking, so that a just-in-time compiler is done before it counts. */
export async function warmUp(workload: Workload, running: Running, cores: Cores): Promise<void> {
  if (workload.measure === 'idle' || workload.measure === 'start') return
  const target = targetOf(workload, running, cores)
  if (workload.measure === 'bulk') await readWhole(target, WARM_BYTES)
  else await saturate(target, WARM_SECONDS)
}

const WARM_BYTES = 2 ** 30

function targetOf(workload: Workload, { port }: Running, { loadCore: core }: Cores): Target {
  const { host, path, connections, requestBytes, shape } = workload
  return { port, host, path, connections, core, requestBytes, secure: shape === 'tls' }
}

async function bulk(running: Running, target: Target): Promise<Figures> {
  const { pid } = running.started
  const before = cpuMicros(pid)
  const { bytes, seconds } = await readWhole(target, null)
  const micros = cpuMicros(pid) - before
  return {
    'CPU ns a KB': (micros * 1000) / (bytes / 1024),
    'MB/s': bytes / 1e6 / seconds,
    'GB in all': bytes / 1e9,
    'memory MB': memoryBytes(pid) / 1e6,
  }
}

async function throughput(running: Running, load: () => Promise<Load>): Promise<Figures> {
  const { pid } = running.started
  const before = cpuMicros(pid)
  const result = await load()
  const micros = cpuMicros(pid) - before
  return {
    'CPU µs': micros / result.requests,
    'requests/s': result.perSecond,
    'p50 ms': result.p50Ms,
    'p99 ms': result.p99Ms,
    'memory MB': memoryBytes(pid) / 1e6,
    errors: result.errors,
  }
}

async function coldStart(running: Running, workload: Workload, { proxyCore }: Cores): Promise<number> {
  await running.started.stop()
  const begun = performance.now()
  const started = startPinned(running.command, proxyCore, running.folder)
  try {
    await firstAnswer(started, running.port, workload.path, workload.host)
    return performance.now() - begun
  } finally {
    await started.stop()
  }
}
