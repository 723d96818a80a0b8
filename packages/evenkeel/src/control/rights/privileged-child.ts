/**
 * The process that stays root: see privileged.ts. It imports next to nothing, reads nothing but its parent's messages,
 * and ends with its parent.
 */
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import type { ListenAddress } from '../../model/model.ts'
import type { FromPrivileged, PrivilegedBirth, ToPrivileged } from './privileged-messages.ts'
import { systemErrorText } from '../../log/system-error.ts'
import { recordPath } from '../succession/running-record.ts'
import { Successor } from '../succession/successor.ts'

let birth: PrivilegedBirth | null = null
let wrotePid = false
let successor: Successor | null = null
/** The pid file has the name of one that is taken over from. */
let moved = false

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1'] as const) process.on(signal, () => {})

process.on('message', (message: ToPrivileged, handle: Server | undefined) => {
  // What it is told first is for good.
  if (message.kind === 'birth') birth ??= message.birth
  if (message.kind === 'bind') bind(message.address)
  else if (message.kind === 'logs') answer(createLogs(message.paths))
  else if (message.kind === 'pid') answer(writePid())
  else if (message.kind === 'succeed') succeed(message.inherited)
  else if (message.kind === 'successor') void ready()
  else if (message.kind === 'pass') void pass(message.address, handle)
  else answer(null)
})

process.on('disconnect', () => {
  try {
    if (wrotePid && birth?.pidPath && !moved) rmSync(bytes(recordPath(birth.pidPath)), { force: true })
    if (wrotePid && birth?.pidPath) unlinkSync(bytes(moved ? `${birth.pidPath}.oldbin` : birth.pidPath))
  } catch {
    // Somebody removed it before.
  }
  successor?.release()
  process.exit(0)
})

function answer(wrong: string | null): void {
  process.send!({ wrong } satisfies FromPrivileged)
}

/** The same command as this one's parent was started by, with the rights that it was started with. */
function succeed(inherited: readonly string[]): void {
  if (birth === null) return answer('nothing is known yet')
  const { command, pidPath } = birth
  if (!move(pidPath, '', '.oldbin')) return answer(`the pid file "${pidPath}" could not be renamed`)
  moved = true
  const started = new Successor(command, inherited, {
    take: () => false,
    ended: () => {
      successor = null
      moved = !move(pidPath, '.oldbin', '')
    },
  })
  successor = started
  if (started.pid === undefined) answer('it could not be started')
  else process.send!({ wrong: null, pid: started.pid } satisfies FromPrivileged)
}

function move(path: string | null, from: string, to: string): boolean {
  try {
    if (path !== null) renameSync(bytes(path + from), bytes(path + to))
    return true
  } catch {
    return false
  }
}

async function ready(): Promise<void> {
  answer((await successor?.ready()) === true ? null : 'nobody takes over')
}

async function pass(address: ListenAddress, server: Server | undefined): Promise<void> {
  const taken = server !== undefined && (await successor?.pass({ address, server })) === true
  answer(taken ? null : 'it was not taken')
}

function bind(address: ListenAddress): void {
  if ('path' in address) return answer('socket files are made by their worker')
  const { port } = address
  const host = address.host === '*' ? '0.0.0.0' : address.host
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true })
  server.once('error', error => answer(`bind() to ${host}:${port} failed (${systemErrorText(error)})`))
  server.listen({ host, port, backlog: 511, exclusive: true, reusePort: true, ipv6Only: host.includes(':') }, () => {
    // Closed in the same turn, so that no connection is ever taken here.
    process.send!({ wrong: null } satisfies FromPrivileged, server)
    server.close()
  })
}

/**
 * Made if missing, given to the user. Only plain files in the folders known from the beginning, without following
 * links and with one name: an unprivileged owner of the folder could point a log at a file of root otherwise.
 */
function createLogs(paths: readonly string[]): string | null {
  const folders = new Set(birth?.logs.map(folderOf))
  for (const path of paths) {
    if (!folders.has(folderOf(path))) continue
    try {
      const fd = openSync(
        bytes(path),
        constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW,
        0o644,
      )
      const found = fstatSync(fd)
      if (found.isFile() && found.nlink === 1 && birth !== null) fchownSync(fd, birth.identity.uid, birth.identity.gid)
      closeSync(fd)
    } catch (error) {
      return `open() "${path}" failed (${systemErrorText(error)})`
    }
  }
  return null
}

function writePid(): string | null {
  const path = birth?.pidPath
  if (path === undefined || path === null) return null
  try {
    writeFileSync(bytes(path), `${process.ppid}\n`, { mode: 0o644 })
    wrotePid = true
    giveRecord(recordPath(path))
    return null
  } catch (error) {
    return `open() "${path}" failed (${systemErrorText(error)})`
  }
}

/** The folder is root's: the file that says what runs is made here, and the main process's to write. */
function giveRecord(path: string): void {
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants
  rmSync(bytes(path), { force: true })
  const fd = openSync(bytes(path), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600)
  if (birth !== null) fchownSync(fd, birth.identity.uid, birth.identity.gid)
  closeSync(fd)
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}
