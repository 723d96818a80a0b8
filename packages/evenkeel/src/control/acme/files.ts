/**
 * What ACME has on disk: files that the configuration names, and in each issuer's `state_path` the account's key and one
 * file a certificate, chain and key together, so that half a pair cannot be there. Only the owner may read them.
 */
import { createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { systemErrorCode, systemErrorText } from '../../log/system-error.ts'
import { acmeCertificates, type AcmeCertificate, type AcmeIssuer } from '../../model/acme.ts'
import type { Model } from '../../model/model.ts'
import { onDisk, under } from '../files/paths.ts'
import { makeKey, signatureOf } from './keys.ts'
import type { Validity } from './schedule.ts'

/** Of one issuer. */
export interface IssuerFiles {
  /** null: made when it is needed, or found in the folder. */
  readonly accountKey: KeyObject | null
  readonly mac: Buffer | null
  readonly authorities: string | null
}

export class AcmeFiles {
  readonly #prefix: string
  readonly #confPrefix: string
  readonly #issuers = new Map<string, IssuerFiles>()
  /** Certificates with their keys, by name. */
  readonly #texts = new Map<string, string>()
  /** Account keys of issuers without a folder. */
  readonly #keys = new Map<string, KeyObject>()
  #changed = false

  constructor(prefix: string, confPrefix: string) {
    this.#prefix = prefix
    this.#confPrefix = confPrefix
  }

  /** Certificates as they are now, by the names that stand for them. */
  get texts(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#texts)
  }

  text(name: string): string | undefined {
    return this.#texts.get(name)
  }

  of(issuer: AcmeIssuer): IssuerFiles {
    return this.#issuers.get(issuer.name)!
  }

  /** Reads what a configuration names, and the certificates that are there; a text is what is wrong. */
  load({ http }: Model): string | null {
    if (http?.acmeIssuers === undefined) return null
    for (const issuer of http.acmeIssuers) {
      const read = this.#readIssuer(issuer)
      if (typeof read === 'string') return read
      this.#issuers.set(issuer.name, read)
    }
    for (const certificate of acmeCertificates(http)) {
      const issuer = http.acmeIssuers.find(({ name }) => name === certificate.issuer)
      if (issuer === undefined || this.#texts.has(certificate.name)) continue
      const text = this.#readCertificate(issuer, certificate)
      if (text !== null) this.#texts.set(certificate.name, text)
    }
    return null
  }

  /** Forgets what these do not name; files stay. */
  keep(certificates: readonly AcmeCertificate[]): void {
    const names = new Set(certificates.map(({ name }) => name))
    for (const name of this.#texts.keys()) if (!names.has(name)) this.#texts.delete(name)
  }

  /** Whether certificates were issued since it was asked last. */
  takeChanged(): boolean {
    const changed = this.#changed
    this.#changed = false
    return changed
  }

  /** In use from here on, whether or not it can be written: null, or why it can't. */
  put(issuer: AcmeIssuer, certificate: AcmeCertificate, text: string): string | null {
    this.#texts.set(certificate.name, text)
    this.#changed = true
    const path = this.#pathOf(issuer, certificate)
    return path === null ? null : writeSecret(path, text)
  }

  /** The key given by the configuration, the one of before, or a new one, which is kept. Throws why that cannot be. */
  async accountKey(issuer: AcmeIssuer): Promise<KeyObject> {
    const { accountKey } = this.of(issuer)
    if (accountKey !== null || issuer.accountKey.kind === 'file') return accountKey!
    const path = issuer.statePath === null ? null : `${under(this.#prefix, issuer.statePath)}/account.key`
    if (path === null) {
      const known = this.#keys.get(issuer.name)
      if (known !== undefined) return known
    } else {
      const text = readIfThere(path)
      if (text !== null) return createPrivateKey(text)
    }
    const key = await makeKey(issuer.accountKey.key)
    if (path === null) this.#keys.set(issuer.name, key)
    else {
      const wrong = writeSecret(path, key.export({ type: 'pkcs8', format: 'pem' }))
      if (wrong !== null) throw new Error(wrong)
    }
    return key
  }

  #readIssuer({ name, accountKey, externalAccount, trustedCertificate }: AcmeIssuer): IssuerFiles | string {
    try {
      const key = accountKey.kind === 'file' ? createPrivateKey(this.#read(accountKey.path)) : null
      if (key !== null && signatureOf(key) === null) {
        return `account_key of acme_issuer "${name}": it must be an EC key on P-256, P-384 or P-521, or an RSA key`
      }
      const written = externalAccount?.key
      const mac =
        written === undefined ? null : written.kind === 'data' ? written.text : this.#read(written.text).trim()
      const authorities = trustedCertificate === null ? null : this.#read(trustedCertificate)
      if (authorities !== null && !authorities.includes('-----BEGIN ')) {
        return `cannot load certificate "${trustedCertificate}" of acme_issuer "${name}": no certificate in PEM form`
      }
      return { accountKey: key, mac: mac === null ? null : Buffer.from(mac, 'base64url'), authorities }
    } catch (error) {
      const system = systemErrorCode(error)
      return `acme_issuer "${name}": ${system !== '' && error instanceof Error && 'path' in error ? `open() "${String(error.path)}" failed (${systemErrorText(error)})` : String(error)}`
    }
  }

  #read(path: string): string {
    return readFileSync(onDisk(under(this.#confPrefix, path)), 'latin1')
  }

  /** What can't be used is as good as none: it is asked for anew. */
  #readCertificate(issuer: AcmeIssuer, certificate: AcmeCertificate): string | null {
    const path = this.#pathOf(issuer, certificate)
    try {
      const text = path === null ? null : readIfThere(path)
      return text !== null && new X509Certificate(text).checkPrivateKey(createPrivateKey(text)) ? text : null
    } catch {
      return null
    }
  }

  #pathOf({ statePath }: AcmeIssuer, { name, identifiers }: AcmeCertificate): string | null {
    if (statePath === null) return null
    const mark = createHash('sha256').update(name).digest('hex').slice(0, 8)
    return `${under(this.#prefix, statePath)}/${(identifiers[0] ?? '').replaceAll(':', '_')}-${mark}.pem`
  }
}

export function validityOf(text: string): Validity {
  const { validFromDate, validToDate } = new X509Certificate(text)
  return { fromMs: validFromDate.getTime(), untilMs: validToDate.getTime() }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(onDisk(path), 'latin1')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null
    throw error
  }
}

/** Whole or not at all, whenever the power goes. */
function writeSecret(path: string, text: string): string | null {
  const beside = `${path}.new`
  try {
    const file = openSync(onDisk(beside), 'w', 0o600)
    try {
      writeSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(onDisk(beside), onDisk(path))
    return null
  } catch (error) {
    return `"${path}" could not be written (${systemErrorText(error)})`
  }
}
