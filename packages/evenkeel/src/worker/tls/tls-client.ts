/**
 * TLS with origins in a worker: targets made of settings and of the files that the main thread read, and made anew when
 * those change. Places that want the same share them, with their sessions and idle connections; whoever differs in
 * anything, be it the name alone, has a target of its own, and so connections that nobody else is given.
 *
 * Certificates whose names have variables are read here, connection by connection, by whoever the worker runs as.
 */
import { createSecureContext, type SecureContext } from 'node:tls'
import { isIP } from 'node:net'
import type { Exchange } from '../../exchange/exchange.ts'
import { failure } from '../../exchange/failure.ts'
import type { TlsClientModel } from '../../model/origin-tls.ts'
import { literalText, type Template } from '../../model/template.ts'
import { tlsDefaults, type TlsMaterial, type TlsSettings } from '../../model/settings/tls-settings.ts'
import { LRU } from '../../net/lru.ts'
import type { TlsTarget } from '../../net/tls-dial.ts'
import type { TlsTargetOf } from '../../proxy/forward/forward-settings.ts'
import { KeptCertificates } from './kept-certificates.ts'
import { tlsContextOptions, tlsFiles } from './tls-context.ts'
import { fixedIdentities, type TlsIdentity } from './tls-identities.ts'

export interface TlsClientParts {
  readonly material: TlsMaterial
  readonly fullPath: (path: string) => string
  readonly now: () => number
}

/** The text of a template for an exchange or session, one character a byte. */
export type CompileText<Subject> = (template: Template) => (subject: Subject) => string

/** Names and client certificates that requests bring along are forgotten past so many of them. */
const MOST_TARGETS = 1000
/** Addresses of one target with a session. */
const MOST_SESSIONS = 1000

/** All of a runtime's. */
export class TlsClients {
  readonly #parts: TlsClientParts
  #material: TlsMaterial
  readonly #clients = new Map<string, TlsClient>()
  readonly #serial = { last: 0 }

  constructor(parts: TlsClientParts) {
    this.#parts = parts
    this.#material = parts.material
  }

  /** Throws what is wrong with its files. */
  of(model: TlsClientModel): TlsClient {
    const key = JSON.stringify(model)
    let client = this.#clients.get(key)
    if (client === undefined) {
      client = new TlsClient(model, { ...this.#parts, material: this.#material }, this.#serial)
      this.#clients.set(key, client)
    }
    return client
  }

  /** Throws what is wrong with the new files; then the old ones stay in use. */
  recertify(material: TlsMaterial): void {
    for (const client of this.#clients.values()) client.recertify(material)
    this.#material = material
  }
}

export class TlsClient {
  readonly #model: TlsClientModel
  readonly #settings: TlsSettings
  readonly #parts: TlsClientParts
  readonly #serial: { last: number }
  #material: TlsMaterial
  /** null: which certificate is shown depends on the request. */
  #fixed: SecureContext | null = null
  /** Without a certificate. */
  #bare: SecureContext | null = null
  readonly #kept: KeptCertificates<SecureContext>
  /** By host, name and certificate. */
  #targets = new LRU<string, TlsTarget>(MOST_TARGETS)

  constructor(model: TlsClientModel, parts: TlsClientParts, serial: { last: number }) {
    this.#model = model
    this.#settings = contextSettings(model)
    this.#parts = parts
    this.#serial = serial
    this.#material = parts.material
    this.#kept = new KeptCertificates(model.certificateCache, parts.fullPath, parts.now)
    if (!variesByRequest(model)) this.#fixed = this.#makeFixed(parts.material)
  }

  /** Throws what is wrong with the new files; then the old ones stay in use. */
  recertify(material: TlsMaterial): void {
    const files = tlsFiles(this.#settings).map(path => this.#parts.fullPath(path))
    if (files.every(path => material.files[path] === this.#material.files[path])) return
    const fixed = this.#fixed === null ? null : this.#makeFixed(material)
    this.#fixed = fixed
    this.#bare = null
    this.#material = material
    this.#kept.clear()
    this.#targets = new LRU(MOST_TARGETS)
  }

  /**
   * `host` as proxy_pass has it; `name` of whom it has to be; `names` of the certificate and its key, where they are not
   * fixed; `protocols` for ALPN. Throws what is wrong with those.
   */
  target(
    host: string,
    name: string,
    names: readonly string[] = [],
    protocols: readonly string[] = this.#model.alpn,
  ): TlsTarget {
    const { serverName, verify, verifyDepth, sessionReuse } = this.#model
    // Where nobody asks for the name it makes no difference.
    const asked = serverName || verify ? hostOf(name) : ''
    const key = [host, asked, ...names, '', ...protocols].join('\0')
    const found = this.#targets.get(key)
    const context = this.#fixed ?? this.#named(names)
    if (found !== undefined) return found.context === context ? found : { ...found, context }
    const target: TlsTarget = {
      key: ` ${++this.#serial.last}`,
      context,
      serverName: serverName && isIP(asked) === 0 && !asked.startsWith('[') ? asked : '',
      protocols,
      verify: verify ? { name: asked, depth: verifyDepth } : null,
      sessions: sessionReuse ? new LRU(MOST_SESSIONS) : null,
    }
    this.#targets.set(key, target)
    return target
  }

  /** For one place; `fixedHost` null: requests bring along where they go. `alpn` where protocols are not the same for all. */
  compile<Subject = Exchange>(
    text: CompileText<Subject>,
    fixedHost: string | null,
    alpn: readonly Template[] | null = null,
  ): TlsTargetOf<Subject> {
    const { certificate, certificateKey, name } = this.#model
    const fixedName = name === null ? fixedHost : (literalText(name) ?? null)
    if (alpn === null && !variesByRequest(this.#model) && fixedHost !== null && fixedName !== null)
      return this.#one(fixedHost, fixedName)
    const nameOf = name === null ? null : text(name)
    const files = variesByRequest(this.#model) ? [text(certificate), text(certificateKey)] : []
    const protocolsOf = alpn?.map(text) ?? null
    return (exchange, host) => {
      const names = files.map(file => Buffer.from(file(exchange), 'latin1').toString())
      try {
        const protocols = protocolsOf?.map(of => of(exchange)).filter(one => one !== '')
        return this.target(host, nameOf === null ? host : nameOf(exchange), names, protocols)
      } catch (error) {
        return failure('certificate_not_loaded', error instanceof Error ? error.message : String(error))
      }
    }
  }

  /** The same for all requests, until certificates are replaced. */
  #one(host: string, name: string): () => TlsTarget {
    let targets = this.#targets
    let target = this.target(host, name)
    return () => {
      if (targets !== this.#targets) {
        targets = this.#targets
        target = this.target(host, name)
      }
      return target
    }
  }

  #named(names: readonly string[]): SecureContext {
    if (names.every(name => name === '')) return (this.#bare ??= this.#make([], this.#material))
    return this.#kept.get(names, identities => this.#make(identities, this.#material))
  }

  #makeFixed(material: TlsMaterial): SecureContext {
    const { fullPath } = this.#parts
    const settings = this.#settings
    return this.#make(
      fixedIdentities({ settings, fullPath }, path => material.files[path]),
      material,
    )
  }

  #make(identities: readonly TlsIdentity[], material: TlsMaterial): SecureContext {
    const context = tlsContextOptions({
      settings: this.#settings,
      identities,
      fullPath: this.#parts.fullPath,
      textOf: path => material.files[path],
      ticketKeys: material.ticketKeys,
    })
    if (typeof context === 'string') throw new Error(context)
    return createSecureContext(context)
  }
}

/** What the context of a client has in common with that of a server. */
export function contextSettings(model: TlsClientModel): TlsSettings {
  const shown = literalText(model.certificate) !== ''
  return {
    ...tlsDefaults,
    sslCertificate: shown ? [model.certificate] : [],
    sslCertificateKey: shown ? [model.certificateKey] : [],
    sslPasswordFile: model.passwordFile,
    sslProtocols: model.protocols,
    sslCiphers: model.ciphers,
    sslConfCommand: model.confCommand,
    sslVerifyClient: model.verify ? 'on' : 'off',
    sslTrustedCertificate: model.trustedCertificate,
    sslCrl: model.verify ? model.crl : null,
  }
}

function variesByRequest({ certificate, certificateKey }: TlsClientModel): boolean {
  return literalText(certificate) === undefined || (certificate.length > 0 && literalText(certificateKey) === undefined)
}

/** A name may come with a port, from `$proxy_host` or `$http_host`. */
function hostOf(name: string): string {
  const end = name.startsWith('[') ? name.indexOf(']') + 1 : name.indexOf(':')
  return end <= 0 ? name : name.slice(0, end)
}
