/**
 * The TLS of one virtual server in a worker: terminators made of its settings and of the files that the main thread
 * read, and made anew when those change. Certificates whose names have variables are read here, handshake by handshake,
 * by whoever the worker runs as; the cache keeps as many of them as it is told.
 */
import { readFileSync, statSync } from 'node:fs'
import { TlsTerminator } from '../net/tls-terminator.ts'
import { literalText } from '../model/template.ts'
import type { TlsMaterial, TlsSettings } from '../model/tls-settings.ts'
import type { ClientHello } from '../wire/tls-hello.ts'
import { AUTO, tlsContextOptions, type TlsIdentity } from './tls-context.ts'

export interface TlsServerParts {
  readonly settings: TlsSettings
  readonly fullPath: (path: string) => string
  /** Names of certificates and keys for a client, in turn; null: they have no variables. */
  readonly names: ((hello: ClientHello) => readonly string[]) | null
  /** Offered by ALPN, the best first. */
  readonly protocols: readonly string[]
  readonly now: () => number
}

interface Kept {
  readonly terminator: TlsTerminator
  readonly stamp: string
  checkedMs: number
  usedMs: number
}

/** Sessions kept for clients without tickets, a worker and virtual server. */
const KEPT_SESSIONS = 4_000

export class TlsServer {
  readonly #parts: TlsServerParts
  #material: TlsMaterial
  #fixed: TlsTerminator | null = null
  /** By names, those used last at the end. */
  readonly #kept = new Map<string, Kept>()

  /** Throws what is wrong with its files. */
  constructor(parts: TlsServerParts, material: TlsMaterial) {
    this.#parts = parts
    this.#material = material
    if (parts.names === null && parts.settings.sslCertificate.length + conf(parts.settings) > 0) {
      this.#fixed = this.#make(fixedIdentities(parts, path => this.#material.files[path]))
    }
  }

  /** Throws what is wrong with the new files; then the old ones stay in use. */
  recertify(material: TlsMaterial): void {
    const before = this.#material
    this.#material = material
    this.#kept.clear()
    if (this.#fixed === null) return
    try {
      this.#fixed = this.#make(fixedIdentities(this.#parts, path => material.files[path]))
    } catch (error) {
      this.#material = before
      throw error
    }
  }

  terminator(hello: ClientHello): TlsTerminator | string | null {
    const { names } = this.#parts
    if (names === null) return this.#fixed
    try {
      return this.#named(names(hello))
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  #named(names: readonly string[]): TlsTerminator {
    const { now, settings } = this.#parts
    const cache = settings.sslCertificateCache
    const key = names.join('\0')
    const nowMs = now()
    const found = this.#kept.get(key)
    if (cache !== null && found !== undefined && nowMs - found.usedMs < cache.inactiveMs) {
      const fresh = nowMs - found.checkedMs < cache.validMs
      if (fresh || this.#stamp(names) === found.stamp) {
        if (!fresh) found.checkedMs = nowMs
        found.usedMs = nowMs
        this.#kept.delete(key)
        this.#kept.set(key, found)
        return found.terminator
      }
    }
    this.#kept.delete(key)
    const stamp = cache === null ? '' : this.#stamp(names)
    const terminator = this.#make(pairs(names, this.#parts.fullPath, path => readFileSync(path, 'latin1')))
    if (cache !== null) {
      // As nginx counts: a certificate and its key are two.
      while (this.#kept.size >= Math.max(1, Math.floor(cache.max / names.length))) {
        this.#kept.delete(this.#kept.keys().next().value!)
      }
      this.#kept.set(key, { terminator, stamp, checkedMs: nowMs, usedMs: nowMs })
    }
    return terminator
  }

  #stamp(names: readonly string[]): string {
    const { fullPath } = this.#parts
    const files = names.filter(name => !name.startsWith('data:')).map(name => statSync(fullPath(name)))
    return files.map(({ mtimeMs, ino }) => `${mtimeMs} ${ino}`).join()
  }

  #make(identities: readonly TlsIdentity[]): TlsTerminator {
    const { settings, fullPath, protocols } = this.#parts
    const { files, ticketKeys } = this.#material
    const context = tlsContextOptions({ settings, identities, fullPath, textOf: path => files[path], ticketKeys })
    if (typeof context === 'string') throw new Error(context)
    const { sslStaplingFile, sslVerifyClient, sslSessionCache } = settings
    const stapled = sslStaplingFile === null ? undefined : files[fullPath(sslStaplingFile)]
    return new TlsTerminator({
      ...context,
      ALPNProtocols: [...protocols],
      requestCert: sslVerifyClient !== 'off',
      // What is wrong with a certificate is told in HTTP, or to the application.
      rejectUnauthorized: false,
      keptSessions: sslSessionCache === 'kept' ? KEPT_SESSIONS : 0,
      stapled: stapled === undefined ? null : Buffer.from(stapled, 'latin1'),
    })
  }
}

/** The pairs a server names without variables. */
export function fixedIdentities(
  { settings, fullPath }: Pick<TlsServerParts, 'settings' | 'fullPath'>,
  textOf: (path: string) => string | undefined,
): TlsIdentity[] {
  const names = settings.sslCertificate.flatMap((certificate, index) => {
    const name = literalText(certificate) ?? ''
    const key = settings.sslCertificateKey[index]
    return [name, key === undefined ? (name === AUTO ? AUTO : '') : (literalText(key) ?? '')]
  })
  return pairs(names, fullPath, textOf)
}

function pairs(
  names: readonly string[],
  fullPath: (path: string) => string,
  textOf: (path: string) => string | undefined,
): TlsIdentity[] {
  const pathOf = (name: string): string => (name === AUTO ? AUTO : fullPath(name))
  const text = (name: string): string => (name.startsWith('data:') ? name.slice(5) : (textOf(pathOf(name)) ?? ''))
  return Array.from({ length: names.length / 2 }, (_, index) => {
    const name = names[2 * index]!
    const keyName = names[2 * index + 1]!
    return {
      name: name.startsWith('data:') ? 'data:…' : pathOf(name),
      certificate: text(name),
      keyName: keyName.startsWith('data:') ? 'data:…' : pathOf(keyName),
      key: text(keyName),
    }
  })
}

/** A certificate may come from a command of OpenSSL alone. */
function conf(settings: TlsSettings): number {
  return settings.sslConfCommand.some(({ name }) => name === 'Certificate') ? 1 : 0
}
