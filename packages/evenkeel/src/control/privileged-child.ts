/**
 * The process that stays root: see privileged.ts. It imports next to nothing, reads nothing but its parent's messages,
 * and ends with its parent.
 */
import { closeSync, constants, fchownSync, fstatSync, openSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { ListenAddress } from '../model/model.ts'
import type { FromPrivileged, PrivilegedBirth, ToPrivileged } from './privileged-messages.ts'
import { systemErrorText } from '../log/system-error.ts'

let birth: PrivilegedBirth | null = null
let wrotePid = false

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1'] as const) process.on(signal, () => {})

process.on('message', (message: ToPrivileged) => {
  // What it is told first is for good.
  if (message.kind === 'birth') birth ??= message.birth
  if (message.kind === 'bind') bind(message.address)
  else if (message.kind === 'logs') answer(createLogs(message.paths))
  else if (message.kind === 'pid') answer(writePid())
  else answer(null)
})

process.on('disconnect', () => {
  try {
    if (wrotePid && birth?.pidPath) unlinkSync(bytes(birth.pidPath))
  } catch {
    // Somebody removed it before.
  }
  process.exit(0)
})

function answer(wrong: string | null): void {
  process.send!({ wrong } satisfies FromPrivileged)
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
    return null
  } catch (error) {
    return `open() "${path}" failed (${systemErrorText(error)})`
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}
