/**
 * `-s reload`: the signal, and then what became of it. The configuration was read here before, so most of what can be wrong
 * has been told with its place; what only the running process can find is told when it has.
 */
import { setTimeout as pass } from 'node:timers/promises'
import { readRecord } from '../control/succession/running-record.ts'
import { signalProcess } from '../control/files/pid-file.ts'
import { say } from './speech.ts'

/** Answers the exit code. A process that leaves no record (nginx, or another version) is only told. */
export async function reload(pidPath: string, pid: number): Promise<number> {
  const before = readRecord(pidPath, pid)
  const problem = signalProcess(pid, 'SIGHUP')
  if (problem !== null) {
    say(`evenkeel: [alert] kill(${pid}, 1) failed (${problem})`)
    return 1
  }
  if (before === null) return 0
  const until = performance.now() + PATIENCE_MS
  while (performance.now() < until) {
    await pass(LOOK_MS)
    const now = readRecord(pidPath, pid)
    if (now === null || now.reloads === before.reloads) {
      if (signalProcess(pid, 0 as never) === null) continue
      say(`evenkeel: [error] process ${pid} has ended`)
      return 1
    }
    for (const text of new Set(now.problems)) say(`evenkeel: [emerg] ${text}`)
    if (now.problems.length === 0) return 0
    say('evenkeel: the reload was refused, the configuration before goes on')
    return 1
  }
  say(`evenkeel: [warn] the reload is not over after ${PATIENCE_MS / 1000} s; its outcome will be in the error log`)
  return 0
}

const PATIENCE_MS = 60_000
const LOOK_MS = 20
