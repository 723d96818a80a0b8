/**
 * What was made of certificates whose names have variables, kept for as long and for as many as the configuration says
 * (`ssl_certificate_cache` and its like).
 */
import { statSync } from 'node:fs'
import type { TlsSettings } from '../../model/settings/tls-settings.ts'
import { readIdentities, type TlsIdentity } from './tls-identities.ts'

interface Kept<Made> {
  readonly made: Made
  readonly stamp: string
  checkedMs: number
  usedMs: number
}

export class KeptCertificates<Made> {
  readonly #settings: TlsSettings['sslCertificateCache']
  readonly #fullPath: (path: string) => string
  readonly #now: () => number
  /** By names, those used last at the end. */
  readonly #kept = new Map<string, Kept<Made>>()

  /** `settings` null: nothing is kept. */
  constructor(settings: TlsSettings['sslCertificateCache'], fullPath: (path: string) => string, now: () => number) {
    this.#settings = settings
    this.#fullPath = fullPath
    this.#now = now
  }

  clear(): void {
    this.#kept.clear()
  }

  /** `names` of certificates and keys, in turn. Throws what `make` throws, and what keeps a file from being looked at. */
  get(names: readonly string[], make: (identities: readonly TlsIdentity[]) => Made): Made {
    const settings = this.#settings
    if (settings === null) return make(readIdentities(names, this.#fullPath))
    const key = names.join('\0')
    const found = this.#kept.get(key)
    const nowMs = this.#now()
    if (found !== undefined && nowMs - found.usedMs < settings.inactiveMs) {
      const fresh = nowMs - found.checkedMs < settings.validMs
      if (fresh || this.#stamp(names) === found.stamp) {
        if (!fresh) found.checkedMs = nowMs
        found.usedMs = nowMs
        this.#kept.delete(key)
        this.#kept.set(key, found)
        return found.made
      }
    }
    this.#kept.delete(key)
    const stamp = this.#stamp(names)
    const identities = readIdentities(names, this.#fullPath)
    const made = make(identities)
    // Who gives a key a pass phrase does not want it to lie about.
    if (identities.some(({ key: pem }) => pem.includes('ENCRYPTED'))) return made
    // As nginx counts: a certificate and its key are two.
    while (this.#kept.size >= Math.max(1, Math.floor(settings.max / names.length))) {
      this.#kept.delete(this.#kept.keys().next().value!)
    }
    this.#kept.set(key, { made, stamp, checkedMs: nowMs, usedMs: nowMs })
    return made
  }

  #stamp(names: readonly string[]): string {
    const files = names.filter(name => !name.startsWith('data:')).map(name => statSync(this.#fullPath(name)))
    return files.map(({ mtimeMs, ino }) => `${mtimeMs} ${ino}`).join()
  }
}
