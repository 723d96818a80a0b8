/**
 * Listening sockets that a service manager holds and passes on (systemd's socket activation): they stay when this
 * process goes, so connections wait over a restart. Where each of them listens is read from the kernel's tables, since a
 * socket that Node opens begins to accept.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import type { ListenAddress } from '../../model/model.ts'
import type { MovedListener } from '../../worker/messages.ts'

export interface Activated {
  readonly address: ListenAddress
  readonly fd: number
}

const FIRST = 3

/** Those that are for this process. Asked once: a process that is started from here has none. */
export function findActivated(): Activated[] {
  const { LISTEN_FDS: count, LISTEN_PID: pid } = process.env
  delete process.env['LISTEN_FDS']
  delete process.env['LISTEN_PID']
  delete process.env['LISTEN_FDNAMES']
  if (count === undefined || Number(pid) !== process.pid) return []
  return Array.from({ length: Number(count) }, (_, index) => FIRST + index).flatMap(fd => {
    const address = addressOf(fd)
    return address === null ? [] : [{ address, fd }]
  })
}

/** Opened in the turn that it is given in: nobody is accepted before. */
export function openActivated({ address, fd }: Activated, give: (listener: MovedListener) => void): Promise<void> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ fd }, () => {
      give({ address, server })
      resolve()
    })
  })
}

/** null: it listens on no TCP port. */
function addressOf(fd: number): ListenAddress | null {
  const inode = /^socket:\[(\d+)\]$/.exec(linkOf(fd))?.[1]
  if (inode === undefined) return null
  for (const [file, read] of [
    ['/proc/net/tcp', ipv4],
    ['/proc/net/tcp6', ipv6],
  ] as const) {
    for (const line of textOf(file).split('\n')) {
      const words = line.trim().split(/\s+/)
      if (words[9] !== inode) continue
      const [host = '', port = ''] = words[1]!.split(':')
      return { host: read(host), port: Number.parseInt(port, 16) }
    }
  }
  return null
}

/** Four bytes as the machine orders them: the kernel prints them as numbers. */
export function ipv4(hex: string): string {
  const text = bytesOf(hex).join('.')
  return text === '0.0.0.0' ? '*' : text
}

export function ipv6(hex: string): string {
  const bytes = [0, 8, 16, 24].flatMap(at => bytesOf(hex.slice(at, at + 8)))
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16))
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1)
}

function bytesOf(hex: string): number[] {
  const bytes = [6, 4, 2, 0].map(at => Number.parseInt(hex.slice(at, at + 2), 16))
  return littleEndian ? bytes : bytes.toReversed()
}

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

function linkOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
