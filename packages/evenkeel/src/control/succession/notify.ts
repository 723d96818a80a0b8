/**
 * What a service manager is told (systemd's sd_notify): ready, reloading, stopping, who the main process is, still alive.
 *
 * It listens on a Unix datagram socket, which Node cannot send to, so its own small program does it. That is a process
 * each time: fine for what happens seldom, and for a watchdog of some seconds; without the program nothing is told.
 */
import { spawn } from 'node:child_process'
import { systemErrorText } from '../../log/system-error.ts'

export class ServiceNotifier {
  readonly #log: (text: string) => void
  readonly #watchdogMs: number
  #watchdog: NodeJS.Timeout | null = null
  #broken = false
  /** One after the other: the last word has to be the last. */
  #last: Promise<void> = Promise.resolve()

  /** null: no service manager wants to know. `log` hears why nothing can be told. */
  static find(log: (text: string) => void): ServiceNotifier | null {
    if (process.env['NOTIFY_SOCKET'] === undefined) return null
    return new ServiceNotifier(watchdogMs(), log)
  }

  constructor(watchdog: number, log: (text: string) => void) {
    this.#watchdogMs = watchdog
    this.#log = log
  }

  /** It serves. `pid` is told since a successor may be another process than the one that was started. */
  ready(): void {
    this.#tell('READY=1', `MAINPID=${process.pid}`)
    if (this.#watchdogMs === 0 || this.#watchdog !== null) return
    // Twice in the time it has: from the event loop, which is what is watched.
    this.#watchdog = setInterval(() => this.#tell('WATCHDOG=1'), this.#watchdogMs / 2).unref()
  }

  reloading(): void {
    this.#tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
  }

  /** Resolves when that was told: it is the last thing before the end. */
  async stopping(): Promise<void> {
    clearInterval(this.#watchdog ?? undefined)
    this.#tell('STOPPING=1')
    await this.#last
  }

  #tell(...words: string[]): void {
    if (this.#broken) return
    this.#last = this.#last.then(() => this.#send(words))
  }

  #send(words: readonly string[]): Promise<void> {
    return new Promise(resolve => {
      const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...words], {
        stdio: 'ignore',
        timeout: PATIENCE_MS,
      })
      child.on('error', error => {
        if (!this.#broken) this.#log(`the service manager cannot be told: systemd-notify: ${systemErrorText(error)}`)
        this.#broken = true
        resolve()
      })
      child.on('exit', () => resolve())
    })
  }
}

/** 0: nobody watches, or not this process. */
function watchdogMs(): number {
  const { WATCHDOG_USEC: time, WATCHDOG_PID: pid } = process.env
  if (time === undefined || (pid !== undefined && Number(pid) !== process.pid)) return 0
  return Math.max(0, Number(time) / 1000)
}

const PATIENCE_MS = 5_000
