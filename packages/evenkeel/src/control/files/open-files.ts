/**
 * `worker_rlimit_nofile`. Node has no call for it; the system's prlimit can raise the limit of a process that runs, as
 * far as its rights go.
 */
import { execFileSync } from 'node:child_process'
import { systemErrorCode } from '../../log/system-error.ts'

/** null, or why the limit stays as it is. */
export function limitOpenFiles(most: number): string | null {
  try {
    execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${most}:${most}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    })
    return null
  } catch (error) {
    const why =
      systemErrorCode(error) === 'ENOENT' ? 'there is no prlimit here to do it' : lastLine((error as Error).message)
    return `worker_rlimit_nofile ${most} has no effect: ${why}; set the limit before the start (ulimit -n, or LimitNOFILE= of a service)`
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? text
}
