/**
 * USR2: another process of the same command, perhaps of another version, is started beside this one, and both serve
 * until one of them is told to go, as in nginx. Whoever goes first gives its listening sockets to the other.
 */
import type { ListenAddress, Model } from '../../model/model.ts'
import type { MovedListener } from '../../worker/messages.ts'
import type { Belongings } from '../belongings.ts'
import type { Crew } from '../workers/crew.ts'
import { addressText, datagramAddresses, listenAddresses } from '../listening/listeners.ts'
import { findPredecessor, type Predecessor } from './predecessor.ts'
import { ownCommand, Successor, type Command } from './successor.ts'

export interface SuccessionOptions {
  readonly belongings: Belongings
  readonly crew: Crew
}

/** Whoever sockets can be given to. */
interface Other {
  ready(): Promise<boolean>
  pass(listener: MovedListener): Promise<boolean>
}

export class Succession {
  readonly #options: SuccessionOptions
  readonly #command: Command = ownCommand()
  readonly #predecessor: Predecessor | null
  #successor: Successor | null = null
  #rooted = false

  /** `alone`: it is part of another program, and nobody's successor. */
  constructor(options: SuccessionOptions, alone: boolean) {
    this.#options = options
    this.#predecessor = alone ? null : findPredecessor()
  }

  /** Held by the one before, so that a plain bind fails. */
  inherits(address: ListenAddress): boolean {
    return this.#predecessor?.inherited.has(addressText(address)) ?? false
  }

  inheritsUdp(address: ListenAddress): boolean {
    return this.#predecessor?.inherited.has(`udp:${addressText(address)}`) ?? false
  }

  /** This process serves. */
  up(): void {
    this.#predecessor?.up(listener => this.#options.crew.adopt(listener))
  }

  async begin(model: Model): Promise<void> {
    const { belongings } = this.#options
    const { log } = belongings
    if (this.#successor !== null || this.#rooted || (await this.#predecessor?.ready()) === true) {
      return log.write('crit', 'the changing binary signal is ignored: end either the old or the new process first')
    }
    const inherited = [
      ...listenAddresses(model).map(addressText),
      ...datagramAddresses(model).map(address => `udp:${addressText(address)}`),
    ]
    const byRoot = await belongings.startSuccessor(inherited)
    if (byRoot !== null) {
      this.#rooted = byRoot.pid !== null
      log.write(byRoot.pid === null ? 'alert' : 'notice', byRoot.text)
      return
    }
    const wrong = belongings.movePidFile()
    if (wrong !== null) return log.write('alert', wrong)
    const successor = new Successor(this.#command, inherited, {
      take: listener => this.#options.crew.adopt(listener),
      ended: code => {
        log.write(
          'notice',
          `new binary process ${successor.pid} exited with ${code === null ? 'a signal' : `code ${code}`}`,
        )
        this.#successor = null
        belongings.restorePidFile()
      },
    })
    this.#successor = successor
    if (successor.pid !== undefined) log.write('notice', `start new binary process ${successor.pid}`)
  }

  /** Whoever goes on gets the listening sockets; false: there is nobody. */
  async handOver(model: Model): Promise<boolean> {
    const other = this.#other()
    if (other === null || !(await other.ready())) return false
    await this.#options.crew.handOver(listenAddresses(model), listener => other.pass(listener))
    return true
  }

  /** The last thing: who goes on does so alone. */
  close(): void {
    this.#successor?.release()
  }

  #other(): Other | null {
    if (this.#successor !== null) return this.#successor
    const { belongings } = this.#options
    if (!this.#rooted) return this.#predecessor
    return {
      ready: () => belongings.successorReady(),
      pass: listener => belongings.passToSuccessor(listener),
    }
  }
}
