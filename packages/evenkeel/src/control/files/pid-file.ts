/**
 * The pid file: how other programs find the process. It is written last, since its being there means that
 * connections are taken; and only the process whose number it holds removes it.
 */
import { closeSync, openSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { onDisk } from './paths.ts'
import { systemErrorText } from '../../log/system-error.ts'

/** null, or what went wrong. */
export function writePidFile(path: string): string | null {
  return attempt(path, () => writeFileSync(onDisk(path), `${process.pid}\n`, { mode: 0o644 }))
}

/** Whether it could be written, for `-t`: made if it is not there, as nginx does, and left as it is. */
export function checkPidFile(path: string): string | null {
  return attempt(path, () => closeSync(openSync(onDisk(path), 'a', 0o644)))
}

export function removePidFile(path: string): void {
  try {
    if (readFileSync(onDisk(path), 'latin1').trim() === String(process.pid)) unlinkSync(onDisk(path))
  } catch {
    // Somebody removed it before us.
  }
}

/** Of a process that another one is about to take over from. */
export function oldPidPath(path: string): string {
  return `${path}.oldbin`
}

/** null, or what went wrong. */
export function movePidFile(from: string, to: string): string | null {
  return attempt(from, () => renameSync(onDisk(from), onDisk(to)))
}

/** The number in it, or what is wrong. */
export function readPidFile(path: string): number | string {
  let text = ''
  const wrong = attempt(path, () => void (text = readFileSync(onDisk(path), 'latin1')))
  if (wrong !== null) return wrong
  const number = text.replace(/[\r\n]+$/, '')
  // 0 and negative numbers would signal whole process groups.
  if (!/^\d{1,9}$/.test(number) || Number(number) === 0) return `invalid PID number "${number}" in "${path}"`
  return Number(number)
}

function attempt(path: string, work: () => void): string | null {
  try {
    work()
    return null
  } catch (error) {
    return `open() "${path}" failed (${systemErrorText(error)})`
  }
}

/** null, or why the signal could not be sent. */
export function signalProcess(pid: number, signal: NodeJS.Signals): string | null {
  try {
    process.kill(pid, signal)
    return null
  } catch (error) {
    return systemErrorText(error)
  }
}
