/**
 * The main thread's error log: few lines, written at once and in order, so that the last words before an exit are on
 * disk. Workers write the same files with logs of their own; every line is one append, so lines never mix.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { ErrorLogModel, LogLevel } from '../../model/model.ts'
import { openSyslog, type SyslogLines } from '../../worker/logs.ts'
import { onDisk } from './paths.ts'
import { systemErrorText } from '../../log/system-error.ts'

interface Target {
  /** null: stderr, or no file at all. */
  readonly path: string | null
  fd: number
  readonly level: number
  readonly syslog: SyslogLines | null
}

export class ErrorLog {
  #targets: Target[] = []
  /** Takes lines of warn and graver until the process is up: who starts it is looking at the terminal. */
  #echo: ((line: string) => void) | null
  /** Hears of what keeps a configuration from being made live. */
  ear: ((text: string) => void) | null = null

  constructor(echo: ((line: string) => void) | null) {
    this.#echo = echo
  }

  /** Goes over to these targets; null, or why one of them could not be opened (then the old ones stay). */
  open(models: readonly ErrorLogModel[], prefix: string): string | null {
    const opened: Target[] = []
    for (const model of models) {
      const level = levelNames.indexOf(model.level)
      if (model.target.startsWith('syslog:')) {
        const syslog = openSyslog(model.target, text => this.#append('error', text, target => target.syslog === null))
        if (typeof syslog === 'string') {
          closeAll(opened)
          return syslog
        }
        opened.push({ path: null, level, fd: -1, syslog })
        continue
      }
      const path =
        model.target === 'stderr' ? null : model.target.startsWith('/') ? model.target : prefix + model.target
      try {
        opened.push({ path, level, fd: path === null ? STDERR : openSync(onDisk(path), 'a', 0o644), syslog: null })
      } catch (error) {
        closeAll(opened)
        return `open() "${path}" failed (${systemErrorText(error)})`
      }
    }
    closeAll(this.#targets)
    this.#targets = opened
    return null
  }

  write(level: LogLevel, text: string): void {
    const told = this.record(level, text)
    if (this.#echo !== null && !told && levelNames.indexOf(level) <= WARN) this.#echo(`evenkeel: [${level}] ${text}`)
  }

  /** Only into the logs, for what the terminal is told in other words. Answers whether one of them is the terminal. */
  record(level: LogLevel, text: string): boolean {
    return this.#append(level, text, () => true)
  }

  /** From now on only the logs are told. */
  hush(): void {
    this.#echo = null
  }

  /** For log rotation: the files under their names, anew. One that cannot be opened goes on under its old name. */
  reopen(): void {
    for (const target of this.#targets) {
      if (target.path === null) continue
      try {
        const fd = openSync(onDisk(target.path), 'a', 0o644)
        closeSync(target.fd)
        target.fd = fd
      } catch (error) {
        this.write('error', `open() "${target.path}" failed (${systemErrorText(error)})`)
      }
    }
  }

  close(): void {
    closeAll(this.#targets)
    this.#targets = []
  }

  #append(level: LogLevel, text: string, to: (target: Target) => boolean): boolean {
    const rank = levelNames.indexOf(level)
    let terminal = false
    if (level === 'emerg') this.ear?.(text)
    const line = `${stamp(new Date())} [${level}] ${process.pid}#0: ${text}`
    for (const target of this.#targets) {
      if (rank > target.level || !to(target)) continue
      if (target.fd === STDERR) terminal = true
      if (target.syslog === null) append(target.fd, `${line}\n`)
      else target.syslog.send(rank, line)
    }
    return terminal
  }
}

/** From the gravest on; a level's place is its severity in syslog, but for debug. */
const levelNames: readonly LogLevel[] = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug']
const WARN = levelNames.indexOf('warn')
const STDERR = 2

function closeAll(targets: readonly Target[]): void {
  for (const { path, fd, syslog } of targets) {
    syslog?.close()
    if (path !== null) closeSync(fd)
  }
}

function append(fd: number, line: string): void {
  try {
    writeSync(fd, line)
  } catch {
    // A full disk or a closed terminal is no reason to stop balancing, and there is nowhere left to say it.
  }
}

/** `2026/11/22 11:08:32`, local time. */
function stamp(now: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${now.getFullYear()}/${two(now.getMonth() + 1)}/${two(now.getDate())}`
  return `${day} ${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`
}
