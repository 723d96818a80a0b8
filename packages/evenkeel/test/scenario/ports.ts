/**
 * Free TCP ports for servers that are told their port in a file.
 *
 * "Listen on 0, note, close" would race with every other test file. So each port is locked by holding the UDP socket of
 * the same number for as long as it is in use, and taken below the range from which the kernel picks ports of its own.
 */
import { createSocket, type Socket } from 'node:dgram'
import { createServer } from 'node:net'

const lowest = 10_000
const count = 20_000

/** Ports under names a test gives them, until disposed. */
export class Ports {
  readonly #locks = new Map<number, Socket>()
  readonly #spare: number[] = []
  readonly #named = new Map<string, number>()

  /** As many as one configuration may name. */
  static async reserve(many: number): Promise<Ports> {
    const ports = new Ports()
    // Another process starts elsewhere, so that they seldom meet.
    let candidate = (process.pid * 97 + Number(process.hrtime.bigint() % 7919n)) % count
    for (let tried = 0; ports.#spare.length < many; tried++) {
      if (tried > count) throw new Error('no free ports left')
      candidate = (candidate + 1) % count
      await ports.#tryLock(lowest + candidate)
    }
    return ports
  }

  /** The first of so many ports in a row, for commands that count on from one. */
  async row(many: number): Promise<number> {
    for (let first = lowest + ((process.pid * 31) % count); first < lowest + 2 * count; first += many) {
      const start = lowest + ((first - lowest) % (count - many))
      const before = this.#spare.length
      for (let port = start; port < start + many; port++) await this.#tryLock(port)
      const taken = this.#spare.splice(before)
      if (taken.length === many) return start
      for (const port of taken) {
        this.#locks.get(port)?.close()
        this.#locks.delete(port)
      }
    }
    throw new Error(`no ${many} free ports in a row`)
  }

  /** An object whose every property is a port: `ports.main`, `ports.admin`. */
  get byName(): Readonly<Record<string, number>> {
    return new Proxy({}, { get: (_, name) => this.#name(String(name)) })
  }

  /** The port of that name, or the first that was named. */
  get(name?: string): number {
    const port = name === undefined ? this.#named.values().next().value : this.#named.get(name)
    if (port === undefined)
      throw new Error(`the configuration names no port ${name ?? ''}; it has: ${[...this.#named.keys()].join(', ')}`)
    return port
  }

  release(): void {
    for (const lock of this.#locks.values()) lock.close()
    this.#locks.clear()
  }

  #name(name: string): number {
    const known = this.#named.get(name) ?? this.#spare.pop()
    if (known === undefined) throw new Error('a configuration with so many ports needs more reserved')
    this.#named.set(name, known)
    return known
  }

  async #tryLock(port: number): Promise<void> {
    const lock = createSocket('udp4')
    const locked = await new Promise<boolean>(resolve => {
      lock.once('error', () => resolve(false))
      lock.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true))
    })
    if (!locked || !(await isFree(port))) {
      lock.close()
      return
    }
    lock.unref()
    this.#locks.set(port, lock)
    this.#spare.push(port)
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', () => resolve(false))
    server.listen({ port, host: '0.0.0.0' }, () => server.close(() => resolve(true)))
  })
}
