/**
 * Signals, as nginx's master takes them. They are taken from the first moment on: SIGUSR1 would otherwise open Node's
 * debugger to the machine.
 */
import type { LogLevel } from '../model/model.ts'

export type SignalTask = 'stop' | 'quit' | 'reload' | 'reopen' | 'upgrade' | 'quit-workers'

export class Signals {
  #act: ((task: SignalTask) => void) | null = null
  #note: (level: LogLevel, text: string) => void = () => {}
  readonly #listeners = new Map<NodeJS.Signals, () => void>()

  constructor() {
    for (const [signal, number, task, doing] of table) {
      const listener = (): void => {
        this.#note('notice', `signal ${number} (${signal}) received${doing}`)
        if (this.#act !== null) this.#act(task)
        else if (task === 'stop' || task === 'quit') process.exit(128 + number)
      }
      process.on(signal, listener)
      this.#listeners.set(signal, listener)
    }
  }

  /** From now on they go there; until then those that end a process end this one, and the others do nothing. */
  deliver(act: (task: SignalTask) => void, note: (level: LogLevel, text: string) => void): void {
    this.#act = act
    this.#note = note
  }

  /** Gives all but the dangerous one back, for a command that takes them itself. */
  release(): void {
    for (const [signal, listener] of this.#listeners) if (signal !== 'SIGUSR1') process.off(signal, listener)
  }
}

const table: readonly (readonly [NodeJS.Signals, number, SignalTask, string])[] = [
  ['SIGTERM', 15, 'stop', ', exiting'],
  ['SIGINT', 2, 'stop', ', exiting'],
  ['SIGQUIT', 3, 'quit', ', shutting down'],
  ['SIGHUP', 1, 'reload', ', reconfiguring'],
  ['SIGUSR1', 10, 'reopen', ', reopening logs'],
  ['SIGUSR2', 12, 'upgrade', ', changing binary'],
  ['SIGWINCH', 28, 'quit-workers', ''],
]
