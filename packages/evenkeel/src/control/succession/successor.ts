/**
 * The process that takes over: the same command again, perhaps of another version by now. It binds the same ports beside
 * its predecessor (SO_REUSEPORT), and when that one ends it is given its listening sockets with all that waits in them.
 *
 * Started by the main process, or by its privileged child where only that may bind and read what a start needs.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import type { Server } from 'node:net'
import type { MovedListener } from '../../worker/messages.ts'
import { INHERITED, type SuccessionMessage } from './succession-messages.ts'

/** How this process was started: decided once, so that nobody can have another program started later. */
export interface Command {
  readonly file: string
  readonly list: readonly string[]
}

/** By the name it was called with, which may be a link to a newer version by now. */
export function ownCommand(): Command {
  const launcher = process.env['EVENKEEL_LAUNCHER']
  const [node = '', program = '', ...list] = process.argv
  if (launcher !== undefined && launcher !== '') return { file: launcher, list }
  return { file: node, list: [...process.execArgv, program, ...list] }
}

export interface SuccessorEvents {
  /** It gives a socket back, since it is ending first. False: it is not wanted. */
  readonly take: (listener: MovedListener) => boolean
  /** `code` null: it was killed. */
  readonly ended: (code: number | null) => void
}

export class Successor {
  readonly #child: ChildProcess
  readonly #events: SuccessorEvents
  #up = false
  #alive = true
  #waiting: (() => void)[] = []
  #answered: ((taken: boolean) => void) | null = null

  constructor(command: Command, inherited: readonly string[], events: SuccessorEvents) {
    this.#events = events
    this.#child = spawn(command.file, command.list, {
      // Signals of a terminal are for the one that runs in front.
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, [INHERITED]: JSON.stringify(inherited) },
    })
    this.#child.on('message', (message: SuccessionMessage, handle) => this.#told(message, handle as Server | undefined))
    this.#child.on('error', () => this.#ended(null))
    this.#child.on('exit', code => this.#ended(code))
    this.#child.on('disconnect', () => this.#answer(false))
  }

  /** undefined: it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Whether it serves and can be given sockets; one that is still starting is waited for. */
  async ready(): Promise<boolean> {
    if (this.#alive && !this.#up) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, START_MS)
        this.#waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
    return this.#serves
  }

  get #serves(): boolean {
    return this.#up && this.#alive && this.#child.connected
  }

  /** Gives it a listening socket; false: it did not take it. One at a time. */
  pass({ address, server }: MovedListener): Promise<boolean> {
    if (!this.#serves) return Promise.resolve(false)
    return new Promise(resolve => {
      // Who does not answer in time goes on without it.
      const timer = setTimeout(() => this.#answer(false), PASS_MS)
      this.#answered = taken => {
        clearTimeout(timer)
        resolve(taken)
      }
      passSocket(this.#child, { address, server })
    })
  }

  /** Lets it go on alone. */
  release(): void {
    this.#child.unref()
    if (this.#child.connected) this.#child.disconnect()
  }

  #told(message: SuccessionMessage, server: Server | undefined): void {
    if (message.kind === 'up') {
      this.#up = true
      this.#decided()
    }
    if (message.kind === 'taken') this.#answer(message.taken)
    if (message.kind === 'take') {
      const taken = server !== undefined && this.#events.take({ address: message.address, server })
      if (!taken) server?.close()
      this.#child.send({ kind: 'taken', taken } satisfies SuccessionMessage)
    }
  }

  #decided(): void {
    for (const decided of this.#waiting.splice(0)) decided()
  }

  #answer(taken: boolean): void {
    this.#answered?.(taken)
    this.#answered = null
  }

  #ended(code: number | null): void {
    if (!this.#alive) return
    this.#alive = false
    this.#answer(false)
    this.#decided()
    this.#events.ended(code)
  }
}

/** In the turn that it came, and closed in that same turn: no connection is ever taken by the one in between. */
export function passSocket(
  to: { send?: (message: SuccessionMessage, handle: Server) => unknown },
  { address, server }: MovedListener,
): void {
  to.send?.({ kind: 'take', address }, server)
  server.close()
}

const PASS_MS = 2_000
/** Who is told to go while its successor starts waits that long for it. */
const START_MS = 10_000
