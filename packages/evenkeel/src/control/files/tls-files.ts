/**
 * Certificates, keys and the like, read in the main thread: it may still read what only root may when workers no longer
 * can, finds what is wrong before anything goes live, and sees when a file is replaced. Workers get texts.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { systemErrorCode, systemErrorText } from '../../log/system-error.ts'
import type { HttpModel, Model, ServerName } from '../../model/model.ts'
import { originTlsPlaces, proxyTls } from '../../model/origin-tls.ts'
import { resolveServers } from '../../model/resolve.ts'
import { streamProxyTls } from '../../model/stream/stream-tls.ts'
import { resolveStream, type StreamModel } from '../../model/stream/stream.ts'
import { literalText } from '../../model/template.ts'
import type { TlsMaterial, TlsSettings } from '../../model/settings/tls-settings.ts'
import { tlsContextOptions, tlsFiles } from '../../worker/tls/tls-context.ts'
import { contextSettings } from '../../worker/tls/tls-client.ts'
import { AUTO, fixedIdentities, isMade } from '../../worker/tls/tls-identities.ts'
import type { AcmeFiles } from '../acme/files.ts'
import { developmentCertificate } from '../certificates/development-certificate.ts'
import { onDisk } from './paths.ts'

interface ReadTlsFile {
  readonly text: string
  /** Changes when the file does; '' for what is no plain file and can be read only once. */
  readonly stamp: string
}

const ROTATE_MS = 3_600_000

export class TlsFiles {
  readonly #confPrefix: string
  readonly #now: () => number
  readonly #issued: AcmeFiles | null
  #files = new Map<string, ReadTlsFile>()
  #servers: readonly TlsSettings[] = []
  #ticketKeys: Buffer = randomBytes(48)
  #rotatedMs: number
  #development: string | null = null
  /** What was refused, so that it is told once. */
  #refused = ''

  /** `issued`: certificates that came over ACME; null: they are not looked for. */
  constructor(confPrefix: string, now: () => number = Date.now, issued: AcmeFiles | null = null) {
    this.#issued = issued
    this.#confPrefix = confPrefix.endsWith('/') ? confPrefix : confPrefix + '/'
    this.#now = now
    this.#rotatedMs = now()
  }

  /** undefined: nothing speaks TLS. */
  get material(): TlsMaterial | undefined {
    if (this.#servers.length === 0) return undefined
    const files = Object.fromEntries([...this.#files].map(([path, { text }]) => [path, text]))
    if (this.#development !== null) files[AUTO] = this.#development
    return { files: { ...files, ...this.#issued?.texts }, ticketKeys: this.#ticketKeys }
  }

  /** Reads what a configuration names; what is wrong leaves everything as it was. */
  load(model: Model): string | null {
    const unread = this.#issued?.load(model) ?? null
    if (unread !== null) return unread
    const servers = secureServers(model)
    const clients = clientSettings(model)
    const before = model.process.inheritTlsFiles === true ? this.#files : new Map<string, ReadTlsFile>()
    const files = new Map<string, ReadTlsFile>()
    for (const { settings } of servers) {
      for (const path of tlsFiles(settings)) {
        const wrong = this.#read(path, what(settings, path), files, before, true)
        if (wrong !== null) return wrong
      }
      if (settings.sslCertificate.some(name => literalText(name) === AUTO)) this.#development ??= this.#certify(servers)
    }
    for (const settings of clients) {
      for (const path of tlsFiles(settings)) {
        const wrong = this.#read(path, what(settings, path), files, before, true)
        if (wrong !== null) return wrong
      }
    }
    const settings = [...servers.map(server => server.settings), ...clients]
    const wrong = this.#check(settings, files)
    if (wrong !== null) return wrong
    this.#servers = settings
    this.#files = files
    return null
  }

  /** Looks at the files again: new material when some changed or tickets are due for other keys, else null. */
  refresh(warn: (text: string) => void): TlsMaterial | null {
    if (this.#servers.length === 0) return null
    const issued = this.#issued?.takeChanged() === true
    const rotated = this.#rotate()
    const changed = [...this.#files].filter(([path, { stamp }]) => stamp !== '' && stampOf(path) !== stamp)
    if (changed.length > 0 && this.#replace(changed, warn)) return this.material!
    return rotated || issued ? this.material! : null
  }

  #rotate(): boolean {
    if (this.#now() - this.#rotatedMs < ROTATE_MS) return false
    this.#rotatedMs = this.#now()
    this.#ticketKeys = randomBytes(48)
    return true
  }

  #replace(changed: readonly (readonly [string, ReadTlsFile])[], warn: (text: string) => void): boolean {
    const files = new Map(this.#files)
    let wrong: string | null = null
    for (const [path] of changed) {
      files.delete(path)
      wrong ??= this.#read(path, 'certificate', files, new Map(), false)
    }
    wrong ??= this.#check(this.#servers, files)
    if (wrong === null) {
      this.#files = files
      this.#refused = ''
      return true
    }
    // Half of a pair may be there already: it is looked at again, but told once.
    if (wrong !== this.#refused) warn(`${wrong}; the certificates before stay in use`)
    this.#refused = wrong
    return false
  }

  #read(
    written: string,
    kind: string,
    files: Map<string, ReadTlsFile>,
    before: ReadonlyMap<string, ReadTlsFile>,
    reloading: boolean,
  ): string | null {
    const path = this.#full(written)
    if (files.has(path)) return null
    try {
      const stamp = stampOf(path)
      const known = before.get(path)
      const same = known !== undefined && known.stamp === stamp
      files.set(path, same ? known : { text: readFileSync(onDisk(path), 'latin1'), stamp })
      return null
    } catch (error) {
      // Root has been given up since it was read: better the one there was than no reload at all.
      const known = this.#files.get(path)
      if (known !== undefined && reloading && systemErrorCode(error) === 'EACCES') {
        files.set(path, known)
        return null
      }
      return `cannot load ${kind} "${path}": open() failed (${systemErrorText(error)})`
    }
  }

  #check(servers: readonly TlsSettings[], files: ReadonlyMap<string, ReadTlsFile>): string | null {
    const textOf = (path: string): string | undefined => {
      if (path === AUTO) return this.#development ?? undefined
      return isMade(path) ? this.#issued?.text(path) : files.get(path)?.text
    }
    const fullPath = (path: string): string => this.#full(path)
    for (const settings of servers) {
      const varies = [...settings.sslCertificate, ...settings.sslCertificateKey].some(hasVariables)
      const identities = varies ? [] : fixedIdentities({ settings, fullPath }, textOf)
      const options = tlsContextOptions({ settings, identities, textOf, fullPath, ticketKeys: this.#ticketKeys })
      if (typeof options === 'string') return options
      try {
        createSecureContext(options)
      } catch (error) {
        return contextProblem(settings, error)
      }
    }
    return null
  }

  #certify(servers: readonly SecureServer[]): string {
    const names = servers.flatMap(({ model }) =>
      model.names.flatMap(name => (name.kind === 'exact' ? [name.text] : [])),
    )
    const hosts = ['localhost', ...names.filter(name => /^[a-z0-9.-]+$/.test(name))]
    return developmentCertificate([...new Set([...hosts, '127.0.0.1', '::1'])], new Date(this.#now()))
  }

  #full(path: string): string {
    return path.startsWith('/') || isMade(path) ? path : this.#confPrefix + path
  }
}

interface SecureServer {
  readonly model: { readonly names: readonly ServerName[] }
  readonly settings: TlsSettings
}

function secureServers({ http, stream }: Model): readonly SecureServer[] {
  const ofHttp = http === null || !maySpeakTls(http) ? [] : resolveServers(http)
  const ofStream = stream === undefined || !maySpeakTls(stream) ? [] : resolveStream(stream)
  return [...ofHttp, ...ofStream].filter(speaksTls)
}

/** Most configurations do not, and resolving thousands of servers takes its time. */
function maySpeakTls({ settings, servers }: HttpModel | StreamModel): boolean {
  return [settings, ...servers.map(server => server.settings)].some(
    ({ sslCertificate, sslRejectHandshake }) => sslCertificate !== undefined || sslRejectHandshake === true,
  )
}

/** Of whoever connects with TLS, each once. */
function clientSettings({ http, stream }: Model): TlsSettings[] {
  const places = http === null ? [] : originTlsPlaces(http).map(({ settings }) => proxyTls(settings))
  for (const { settings } of stream === undefined ? [] : resolveStream(stream)) {
    const tls = streamProxyTls(settings)
    if (tls !== null) places.push(tls)
  }
  return [...new Map(places.map(one => [JSON.stringify(one), one])).values()].map(contextSettings)
}

function speaksTls({ settings }: SecureServer): boolean {
  return settings.sslCertificate.length > 0 || settings.sslRejectHandshake
}

function hasVariables(template: TlsSettings['sslCertificate'][number]): boolean {
  return template.some(part => typeof part !== 'string')
}

function what(settings: TlsSettings, path: string): string {
  if (settings.sslCertificateKey.some(name => literalText(name) === path)) return 'certificate key'
  if (settings.sslCrl === path) return 'certificate revocation list'
  if (settings.sslDhparam === path) return 'DH parameters'
  return 'certificate'
}

function stampOf(path: string): string {
  try {
    const stats = statSync(onDisk(path))
    // Seconds, as nginx compares them: tools that keep a file's time keep no more.
    return stats.isFile() ? `${Math.floor(stats.mtimeMs / 1000)} ${stats.ino}` : ''
  } catch {
    return 'gone'
  }
}

/** OpenSSL says what, but not which of the settings it was. */
function contextProblem(settings: TlsSettings, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  if (/cipher/i.test(text)) return `SSL_CTX_set_cipher_list("${settings.sslCiphers}") failed (${text})`
  if (/curve|group/i.test(text)) return `SSL_CTX_set1_curves_list("${settings.sslEcdhCurve}") failed (${text})`
  if (/CRL/.test(text)) return `X509_load_crl_file("${settings.sslCrl}") failed (${text})`
  if (/DH/.test(text)) return `PEM_read_bio_DHparams("${settings.sslDhparam}") failed (${text})`
  return `the settings of TLS can't be used: ${text}`
}
