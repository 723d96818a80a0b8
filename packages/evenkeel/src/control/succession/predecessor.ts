/** The process that this one takes over from, as seen from here: it started this one and speaks with it until it ends. */
import type { Server } from 'node:net'
import type { MovedListener } from '../../worker/messages.ts'
import { INHERITED, type SuccessionMessage } from './succession-messages.ts'
import { passSocket } from './successor.ts'

/** null: nobody is taken over from. Asked once: what is started from here must not think so of itself. */
export function findPredecessor(): Predecessor | null {
  const inherited = process.env[INHERITED]
  delete process.env[INHERITED]
  if (inherited === undefined || process.send === undefined) return null
  return new Predecessor(JSON.parse(inherited) as string[])
}

export class Predecessor {
  /** Addresses that it holds, as text: they can be bound all the same. */
  readonly inherited: ReadonlySet<string>
  #answered: ((taken: boolean) => void) | null = null

  constructor(inherited: readonly string[]) {
    this.inherited = new Set(inherited)
  }

  ready(): Promise<boolean> {
    return Promise.resolve(process.connected)
  }

  /** This one serves from now on, and takes what it is given. */
  up(take: (listener: MovedListener) => boolean): void {
    process.on('message', (message: SuccessionMessage, server: Server | undefined) => {
      if (message.kind === 'taken') return this.#answer(message.taken)
      if (message.kind !== 'take') return
      const taken = server !== undefined && take({ address: message.address, server })
      if (!taken) server?.close()
      tell({ kind: 'taken', taken })
    })
    process.on('disconnect', () => this.#answer(false))
    tell({ kind: 'up' })
  }

  /** Gives it a socket, since this one ends first. */
  pass(listener: MovedListener): Promise<boolean> {
    if (!process.connected) return Promise.resolve(false)
    return new Promise(resolve => {
      // Who does not answer in time goes on without it.
      const timer = setTimeout(() => this.#answer(false), PASS_MS)
      this.#answered = taken => {
        clearTimeout(timer)
        resolve(taken)
      }
      passSocket(process as { send?: (message: SuccessionMessage, handle: Server) => unknown }, listener)
    })
  }

  #answer(taken: boolean): void {
    this.#answered?.(taken)
    this.#answered = null
  }
}

function tell(message: SuccessionMessage): void {
  // It may end at any moment.
  if (process.connected) process.send!(message, undefined, undefined, () => {})
}

const PASS_MS = 2_000
