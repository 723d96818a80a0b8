/**
 * The system's hosts file, for names that are resolved by asking name servers directly: what an administrator wrote
 * there counts before any server, as everywhere else on the machine. Read anew only when it has changed.
 */
import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'

export class HostsFile {
  readonly #path: string
  #stamp = ''
  #names: ReadonlyMap<string, readonly string[]> = new Map()

  constructor(path = '/etc/hosts') {
    this.#path = path
  }

  /** Numeric addresses in the order of the file; empty: it does not stand there. */
  addresses(name: string): readonly string[] {
    this.#refresh()
    return this.#names.get(name.toLowerCase()) ?? []
  }

  #refresh(): void {
    try {
      const { mtimeMs, size, ino } = statSync(this.#path)
      const stamp = `${mtimeMs} ${size} ${ino}`
      if (stamp === this.#stamp) return
      this.#names = readHosts(readFileSync(this.#path, 'latin1'))
      this.#stamp = stamp
    } catch {
      // Without a hosts file there is nothing in it.
      this.#names = new Map()
      this.#stamp = ''
    }
  }
}

/** Names, lower-case, to their addresses. Lines that are none are left out. */
export function readHosts(text: string): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...written] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (isIP(address) === 0) continue
    for (const name of written) {
      const key = name.toLowerCase()
      const known = names.get(key)
      if (known === undefined) names.set(key, [address])
      else if (!known.includes(address)) known.push(address)
    }
  }
  return names
}
