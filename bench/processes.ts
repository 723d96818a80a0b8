/** Starting and ending what is measured, pinned to a core, and what the kernel says it has used. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pass } from 'node:timers/promises'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

const alive = new Set<ChildProcess>()
process.on('exit', () => alive.forEach(child => child.kill('SIGKILL')))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

export interface Started {
  readonly pid: number
  /** Everything it said, for when it fails. */
  output(): string
  ended(): boolean
  readonly stop: () => Promise<void>
}

/** `core` undefined: wherever the kernel likes. */
export function startPinned(command: readonly string[], core: number, cwd: string): Started {
  // taskset executes the program in its own place, so the pid is the program's.
  const child = spawn('taskset', ['-c', String(core), ...command], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  alive.add(child)
  child.on('exit', () => alive.delete(child))
  let output = ''
  // Only the end is kept, since some peers log each request to their stdout.
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', part => (output = (output + String(part)).slice(-4000)))
  child.on('error', error => (output += String(error)))
  return {
    pid: child.pid ?? 0,
    output: () => output,
    ended: () => hasEnded(child),
    stop: () => stop(child),
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await Promise.race([ended, pass(3000, undefined, { ref: false })])
  if (!hasEnded(child)) child.kill('SIGKILL')
  await ended
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined
}

/** User and system time in microseconds, of all threads of the process and of the processes it started (nginx's workers). */
export function cpuMicros(pid: number): number {
  return family(pid)
    .map(stat => (Number(stat[11]) + Number(stat[12])) * (1e6 / ticksPerSecond))
    .reduce((sum, micros) => sum + micros, 0)
}

/** Resident memory in bytes; what processes share is counted once, by its share. */
export function memoryBytes(pid: number): number {
  return family(pid)
    .map(
      stat => Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${stat.pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024,
    )
    .reduce((sum, bytes) => sum + bytes, 0)
}

type Stat = string[] & { pid: number }

/** The fields of /proc/PID/stat from the third on, of a process and all below it. */
function family(root: number): Stat[] {
  const all = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(readStat)
    .filter(stat => stat !== undefined)
  const members = new Set([root])
  // Children may be listed before their parents: go on until nobody new is found.
  for (let before = 0; before !== members.size;) {
    before = members.size
    for (const stat of all) if (members.has(Number(stat[1]))) members.add(stat.pid)
  }
  return all.filter(stat => members.has(stat.pid))
}

function readStat(pid: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in brackets may hold anything; what counts begins after the last of them.
    return Object.assign(text.slice(text.lastIndexOf(')') + 2).split(' '), { pid: Number(pid) })
  } catch {
    return undefined
  }
}
