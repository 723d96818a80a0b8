/**
 * What runs, for commands at the terminal: the configuration as it was last read, and how the last reload went. It stands
 * beside the pid file, readable to nobody else, since it holds what the configuration does.
 */
import { closeSync, constants, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
import type { Model } from '../../model/model.ts'
import { onDisk } from '../files/paths.ts'

export interface RunningRecord {
  readonly pid: number
  /** Grows with each reload, also with one that was refused. */
  readonly reloads: number
  /** Of the last reload; empty: it went well. */
  readonly problems: readonly string[]
  readonly model: Model
}

export function recordPath(pidPath: string): string {
  return `${pidPath}.running`
}

/** Nobody's traffic depends on it: where it cannot be written, commands have to do without. */
export function writeRecord(pidPath: string, record: RunningRecord): void {
  try {
    const bytes = serialize(record)
    const { O_WRONLY, O_CREAT, O_NOFOLLOW } = constants
    const fd = openSync(onDisk(recordPath(pidPath)), O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600)
    try {
      // Who reads the half of it sees that it is none, and looks again.
      ftruncateSync(fd, 0)
      writeSync(fd, bytes, 0, bytes.length, 0)
    } finally {
      closeSync(fd)
    }
  } catch {
    // The folder is not ours, or the disk is full.
  }
}

/** Of that process; null: it has left none. */
export function readRecord(pidPath: string, pid: number): RunningRecord | null {
  try {
    const record = deserialize(readFileSync(onDisk(recordPath(pidPath)))) as RunningRecord
    return record.pid === pid ? record : null
  } catch {
    return null
  }
}

export function removeRecord(pidPath: string): void {
  if (readRecord(pidPath, process.pid) === null) return
  try {
    rmSync(onDisk(recordPath(pidPath)), { force: true })
  } catch {
    // The folder is root's: who kept those rights removes it.
  }
}
