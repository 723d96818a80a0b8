/**
 * The TLS of one virtual server in a worker: terminators made of its settings and of the files that the main thread
 * read, and made anew when those change. Certificates whose names have variables are read here, handshake by handshake,
 * by whoever the worker runs as; the cache keeps as many of them as it is told.
 */
import { TlsTerminator } from '../../net/tls-terminator.ts'
import type { TlsMaterial, TlsSettings } from '../../model/settings/tls-settings.ts'
import type { ClientHello } from '../../wire/tls-hello.ts'
import { KeptCertificates } from './kept-certificates.ts'
import { compileStapling, type Staple, type StaplingPorts } from './stapling.ts'
import { clientAuthorities, tlsContextOptions } from './tls-context.ts'
import { fixedIdentities, type TlsIdentity } from './tls-identities.ts'

/** `For`: what names of certificates may depend on. */
export interface TlsServerParts<For = ClientHello> {
  readonly settings: TlsSettings
  readonly fullPath: (path: string) => string
  /** Names of certificates and keys for a client, in turn; null: they have no variables. */
  readonly names: ((of: For) => readonly string[]) | null
  /** Offered by ALPN, the best first. */
  readonly protocols: readonly string[]
  readonly now: () => number
  readonly stapling: StaplingPorts
}

/** Sessions kept for clients without tickets, a worker and virtual server. */
const KEPT_SESSIONS = 4_000

export class TlsServer<For = ClientHello> {
  readonly #parts: TlsServerParts<For>
  #material: TlsMaterial
  /** A text: why there is no certificate, though one is named. */
  #fixed: TlsTerminator | string | null = null
  readonly #kept: KeptCertificates<TlsTerminator>

  /** Throws what is wrong with its files. */
  constructor(parts: TlsServerParts<For>, material: TlsMaterial) {
    this.#parts = parts
    this.#material = material
    this.#kept = new KeptCertificates(parts.settings.sslCertificateCache, parts.fullPath, parts.now)
    if (parts.names === null && parts.settings.sslCertificate.length + conf(parts.settings) > 0) {
      this.#fixed = this.#makeFixed(material)
    }
  }

  /** Throws what is wrong with the new files; then the old ones stay in use. */
  recertify(material: TlsMaterial): void {
    const before = this.#material
    this.#material = material
    this.#kept.clear()
    if (this.#fixed === null) return
    try {
      this.#fixed = this.#makeFixed(material)
    } catch (error) {
      this.#material = before
      throw error
    }
  }

  /** PEM of those who may have issued the certificates of clients. */
  get authorities(): readonly string[] {
    const { settings, fullPath } = this.#parts
    const found = clientAuthorities({ settings, fullPath, textOf: path => this.#material.files[path] })
    return typeof found === 'string' ? [] : found
  }

  terminator(of: For): TlsTerminator | string | null {
    const { names } = this.#parts
    if (names === null) return this.#fixed
    try {
      return this.#named(names(of))
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  #makeFixed({ files }: TlsMaterial): TlsTerminator | string {
    const identities = fixedIdentities(this.#parts, path => files[path])
    const { settings } = this.#parts
    const awaited = identities.length === 0 && settings.sslCertificate.length > 0 && conf(settings) === 0
    return awaited ? 'no certificate has been issued yet' : this.#make(identities)
  }

  #named(names: readonly string[]): TlsTerminator {
    return this.#kept.get(names, identities => this.#make(identities))
  }

  #make(identities: readonly TlsIdentity[]): TlsTerminator {
    const { settings, fullPath, protocols } = this.#parts
    const { files, ticketKeys } = this.#material
    const context = tlsContextOptions({ settings, identities, fullPath, textOf: path => files[path], ticketKeys })
    if (typeof context === 'string') throw new Error(context)
    const { sslStaplingFile, sslVerifyClient, sslSessionCache } = settings
    const stapled = sslStaplingFile === null ? undefined : files[fullPath(sslStaplingFile)]
    const fixed = stapled === undefined ? null : Buffer.from(stapled, 'latin1')
    return new TlsTerminator({
      ...context,
      ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
      requestCert: sslVerifyClient !== 'off',
      // What is wrong with a certificate is told in HTTP, or to the application.
      rejectUnauthorized: false,
      keptSessions: sslSessionCache === 'kept' ? KEPT_SESSIONS : 0,
      staple: fixed === null ? this.#stapling(identities) : () => fixed,
    })
  }

  #stapling(identities: readonly TlsIdentity[]): Staple | null {
    const { settings, fullPath, stapling } = this.#parts
    if (!settings.sslStapling) return null
    const { sslTrustedCertificate: path } = settings
    const trusted = path === null ? '' : (this.#material.files[fullPath(path)] ?? '')
    return compileStapling(settings, identities, trusted, stapling)
  }
}

/** A certificate may come from a command of OpenSSL alone. */
function conf(settings: TlsSettings): number {
  return settings.sslConfCommand.some(({ name }) => name === 'Certificate') ? 1 : 0
}
