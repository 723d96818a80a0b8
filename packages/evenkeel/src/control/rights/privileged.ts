/**
 * What is left of root after `user` took effect: a child that binds ports below 1024, makes logs and keeps the pid
 * file, and does nothing else. It sees no traffic and no configuration; it is told at birth which files it may touch,
 * so that whoever took the main process over cannot have /etc/shadow made theirs.
 */
import { fork, type ChildProcess } from 'node:child_process'
import type { Server } from 'node:net'
import type { ListenAddress } from '../../model/model.ts'
import type { MovedListener } from '../../worker/messages.ts'
import { addressText } from '../listening/listeners.ts'
import type { FromPrivileged, PrivilegedBirth, ToPrivileged } from './privileged-messages.ts'

/** Started while the process is still root. */
export function startPrivileged(birth: PrivilegedBirth): Promise<Privileged> {
  const url = new URL(`./privileged-child${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
  // A group of its own: Ctrl-C is for the main process, whose end is the child's.
  const child = fork(url, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true })
  const privileged = new Privileged(child)
  return privileged.begin(birth).then(() => privileged)
}

export class Privileged {
  readonly #child: ChildProcess
  /** One request at a time: handles cross one by one anyway. */
  #last: Promise<unknown> = Promise.resolve()
  /** Who has which address already. */
  readonly #given = new Map<number, Set<string>>()

  constructor(child: ChildProcess) {
    this.#child = child
  }

  async begin(birth: PrivilegedBirth): Promise<void> {
    await this.#ask({ kind: 'birth', birth })
  }

  /**
   * Binds for that worker those addresses that it cannot bind itself and does not have. Each socket is given in the turn
   * that it comes, before anybody can connect to it here. A refusal is left to the worker to find.
   */
  async provide(
    index: number,
    addresses: readonly ListenAddress[],
    has: readonly ListenAddress[],
    give: (listener: MovedListener) => void,
  ): Promise<void> {
    const had = new Set([...(this.#given.get(index) ?? []), ...has.map(addressText)])
    const given = new Set<string>()
    this.#given.set(index, given)
    for (const address of addresses.filter(needsRoot)) {
      const text = addressText(address)
      if (!had.has(text)) {
        const { server } = await this.#ask({ kind: 'bind', address })
        if (server === null) continue
        give({ address, server })
      }
      given.add(text)
    }
  }

  /** The worker of that place died, and its sockets with it. */
  forget(index: number): void {
    this.#given.delete(index)
  }

  /** null, or what went wrong. */
  async createLogs(paths: readonly string[]): Promise<string | null> {
    return (await this.#ask({ kind: 'logs', paths })).wrong
  }

  async writePid(): Promise<string | null> {
    return (await this.#ask({ kind: 'pid' })).wrong
  }

  async startSuccessor(inherited: readonly string[]): Promise<{ wrong: string | null; pid: number | null }> {
    return this.#ask({ kind: 'succeed', inherited })
  }

  async successorReady(): Promise<boolean> {
    return (await this.#ask({ kind: 'successor' })).wrong === null
  }

  /** False: it was not taken. */
  async passToSuccessor({ address, server }: MovedListener): Promise<boolean> {
    return (await this.#exchange({ kind: 'pass', address }, server)).wrong === null
  }

  /** Its end, and the end of the pid file. */
  close(): void {
    if (this.#child.connected) this.#child.disconnect()
  }

  #ask(message: ToPrivileged): Promise<Answered> {
    const asked = this.#last.then(() => this.#exchange(message))
    this.#last = asked
    return asked
  }

  /** A socket that goes with it is closed in the same turn: nobody is to be accepted here. */
  #exchange(message: ToPrivileged, passed?: Server): Promise<Answered> {
    const child = this.#child
    if (!child.connected) return Promise.resolve({ wrong: GONE, server: null, pid: null })
    return new Promise(resolve => {
      const answered = (answer: unknown, handle: unknown): void => {
        child.off('disconnect', lost)
        const { wrong, pid = null } = answer as FromPrivileged
        resolve({ wrong, server: (handle as Server | undefined) ?? null, pid })
      }
      const lost = (): void => {
        child.off('message', answered)
        resolve({ wrong: GONE, server: null, pid: null })
      }
      child.once('message', answered)
      child.once('disconnect', lost)
      child.send(message, passed)
      passed?.close()
    })
  }
}

interface Answered {
  readonly wrong: string | null
  readonly server: Server | null
  readonly pid: number | null
}

const GONE = 'the process that keeps the rights of root has ended: restart to reopen logs and bind ports below 1024'

export function needsRoot(address: ListenAddress): boolean {
  return 'port' in address && address.port < 1024
}
