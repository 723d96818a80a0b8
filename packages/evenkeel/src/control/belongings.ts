/**
 * What the process has from the system besides its traffic: logs, folders, the right to bind, descriptors, the pid
 * file. What cannot be had is said in the log, and then the configuration that asked for it is refused.
 */
import type { ListenAddress, Model, ProcessModel } from '../model/model.ts'
import { ErrorLog } from './files/error-log.ts'
import { makeFolders, makeTemporary, removeTemporary } from './files/folders.ts'
import { addressText, datagramAddresses, listenAddresses, waitForAddresses } from './listening/listeners.ts'
import { logFiles, openLogFiles } from './files/log-files.ts'
import { limitOpenFiles } from './files/open-files.ts'
import { under } from './files/paths.ts'
import { movePidFile, oldPidPath, removePidFile, writePidFile } from './files/pid-file.ts'
import { needsRoot, startPrivileged, type Privileged } from './rights/privileged.ts'
import { becomeIdentity, chooseIdentity, type Identity } from './rights/rights.ts'
import { NOWHERE } from './test-configuration.ts'
import { removeRecord, writeRecord } from './succession/running-record.ts'
import { ownCommand } from './succession/successor.ts'
import type { MovedListener } from '../worker/messages.ts'

export interface BelongingsOptions {
  readonly prefix: string
  readonly say: (text: string) => void
  readonly pidFile: boolean
  /** false: no address is needed, because nothing is listened on. */
  readonly listens: boolean
  readonly bindTries: number
}

export class Belongings {
  readonly log: ErrorLog
  /** Folder for files that nobody named. */
  readonly temporary: string
  readonly #options: BelongingsOptions
  #pidPath: string | null = null
  #identity: Identity | null = null
  #privileged: Privileged | null = null
  #mostFiles: number | null = null

  constructor(options: BelongingsOptions) {
    this.#options = options
    this.log = new ErrorLog(options.say)
    this.temporary = makeTemporary()
  }

  /** Until the configuration names others, errors go to the log of -e. */
  openFirstLog(path: string): void {
    if (path === 'stderr') return
    const wrong = this.log.open([{ target: path, level: 'notice' }], '')
    if (wrong !== null) this.log.write('warn', `could not open error log file: ${wrong}`)
  }

  /** Who it will be; false: there is no such user, and it was said. */
  chooseIdentity(user: ProcessModel['user']): boolean {
    const identity = chooseIdentity(user, process.getuid?.() === 0)
    if (typeof identity === 'string') return this.refuse(identity)
    this.#identity = identity
    return true
  }

  /** Logs, folders and the like that a model names; false: something cannot be had, and it was said. */
  takeFiles(model: Model): boolean {
    const { prefix } = this.#options
    const owner = process.getuid?.() === 0 ? this.#identity : null
    const wrong =
      openLogFiles(logFiles(model, prefix), owner) ??
      makeFolders(model, prefix, this.temporary, owner) ??
      this.log.open(model.process.errorLogs, prefix)
    return wrong === null || this.refuse(wrong)
  }

  /** Whether they can be bound; false: not all, and it was said. */
  canListen(added: readonly ListenAddress[], datagrams: readonly ListenAddress[]): Promise<boolean> {
    if (!this.#options.listens) return Promise.resolve(true)
    const mine = this.#privileged === null ? added : added.filter(address => !needsRoot(address))
    const tell = (level: 'emerg' | 'notice', text: string): void => this.log.write(level, text)
    return waitForAddresses(mine, this.#options.bindTries, tell, datagrams)
  }

  /** The same for what `model` listens on and `before` does not. */
  canListenAlso(before: Model, model: Model): Promise<boolean> {
    const kept = new Set(listenAddresses(before).map(addressText))
    const added = listenAddresses(model).filter(address => !kept.has(addressText(address)))
    const keptUdp = new Set(datagramAddresses(before).map(addressText))
    const addedUdp = datagramAddresses(model).filter(address => !keptUdp.has(addressText(address)))
    return this.canListen(added, addedUdp)
  }

  raiseLimit(most: number | null): void {
    if (most === null || most === this.#mostFiles) return
    this.#mostFiles = most
    const wrong = limitOpenFiles(most)
    if (wrong !== null) this.log.write('warn', wrong)
  }

  /** From root to the chosen identity, if there is one; what needs root later is a child's. */
  async dropRights(model: Model): Promise<void> {
    const { prefix, pidFile } = this.#options
    this.#pidPath = pidFile ? under(prefix, model.process.pid) : null
    const identity = this.#identity
    if (identity === null) return
    const birth = { identity, logs: logFiles(model, prefix), pidPath: this.#pidPath, command: ownCommand() }
    this.#privileged = await startPrivileged(birth)
    becomeIdentity(identity)
  }

  /** Sockets for the worker of that place that it cannot bind itself and does not have. */
  async provide(
    index: number,
    model: Model,
    has: readonly ListenAddress[],
    give: (listener: MovedListener) => void,
  ): Promise<void> {
    await this.#privileged?.provide(index, listenAddresses(model), has, give)
  }

  /** The worker of that place died, and its sockets with it. */
  forget(index: number): void {
    this.#privileged?.forget(index)
  }

  /** Log files that only root may make. */
  async createLogs(model: Model): Promise<void> {
    await this.#privileged?.createLogs(logFiles(model, this.#options.prefix))
  }

  /** The last step of a start: its being there means that connections are taken. */
  async writePid(): Promise<boolean> {
    const path = this.#pidPath
    if (path === null) return true
    const wrong = this.#privileged === null ? writePidFile(path) : await this.#privileged.writePid()
    return wrong === null || this.refuse(wrong)
  }

  /** What runs now, and how it came to, for commands at the terminal. */
  record(reloads: number, problems: readonly string[], model: Model): void {
    const path = this.#pidPath
    if (path !== null) writeRecord(path, { pid: process.pid, reloads, problems, model: this.#asWritten(model) })
  }

  /** Its name is the successor's from here on. null, or what went wrong. */
  movePidFile(): string | null {
    const path = this.#pidPath
    const wrong = path === null ? null : movePidFile(path, oldPidPath(path))
    if (wrong === null && path !== null) this.#pidPath = oldPidPath(path)
    return wrong
  }

  /** The successor has gone. */
  restorePidFile(): void {
    const path = this.#pidPath
    if (path === null || !path.endsWith(oldPidPath(''))) return
    const usual = path.slice(0, -oldPidPath('').length)
    if (movePidFile(path, usual) === null) this.#pidPath = usual
  }

  /** By whoever has kept the rights of root; null: nobody has. */
  async startSuccessor(inherited: readonly string[]): Promise<{ pid: number | null; text: string } | null> {
    if (this.#privileged === null) return null
    const { wrong, pid } = await this.#privileged.startSuccessor(inherited)
    if (pid === null) return { pid, text: `the new binary process could not be started: ${wrong}` }
    return { pid, text: `start new binary process ${pid}` }
  }

  async successorReady(): Promise<boolean> {
    return (await this.#privileged?.successorReady()) ?? false
  }

  async passToSuccessor(listener: MovedListener): Promise<boolean> {
    return (await this.#privileged?.passToSuccessor(listener)) ?? false
  }

  /** All but the log, which has the last words. */
  close(): void {
    if (this.#pidPath !== null) removeRecord(this.#pidPath)
    if (this.#pidPath !== null && this.#privileged === null) removePidFile(this.#pidPath)
    this.#privileged?.close()
    removeTemporary(this.temporary)
  }

  /** Without the name of the folder that is of this process alone. */
  #asWritten(model: Model): Model {
    const { http } = model
    if (http === null) return model
    const plain = (path: string | undefined): string | undefined => path?.replace(this.temporary, NOWHERE)
    const { clientBodyTempPath, proxyTempPath } = http.settings
    const settings = { clientBodyTempPath: plain(clientBodyTempPath), proxyTempPath: plain(proxyTempPath) }
    return { ...model, http: { ...http, settings: { ...http.settings, ...(settings as object) } } }
  }

  refuse(text: string): false {
    this.log.write('emerg', text)
    return false
  }
}
