/** Whether certificates still hold, asked of those who say so, and remembered for as long as the answer does. */
import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { LRU } from '../lru.ts'
import { certificateId, ocspRequest, readStatus, type CertificateStatus } from './message.ts'
import { queryOcsp } from './query.ts'

/** Calls `done` with addresses, or with why there are none. */
export type ResolveHost = (name: string, done: (addresses: readonly string[] | string) => void) => void

export interface OcspAskingParts {
  /** In the place of who the certificate names; null: it does. */
  readonly responder: string | null
  /** null: responders are known by address alone. */
  readonly resolve: ResolveHost | null
  /** Whether answers have to be signed by the issuer, or by whom it names for that. */
  readonly signed: boolean
  /** Answers kept; 0: none. */
  readonly kept: number
  readonly now: () => number
}

export interface OcspAnswer {
  readonly status: CertificateStatus
  /** DER. */
  readonly bytes: Buffer
}

export class OcspAsking {
  readonly #parts: OcspAskingParts
  readonly #kept: LRU<string, CertificateStatus>

  constructor(parts: OcspAskingParts) {
    this.#parts = parts
    this.#kept = new LRU(Math.max(1, parts.kept))
  }

  /** Calls `done` once; a text is why nothing is known. */
  ask(certificate: X509Certificate, issuer: X509Certificate, done: (status: CertificateStatus | string) => void): void {
    const { kept, now } = this.#parts
    const key = `${certificate.fingerprint256} ${issuer.fingerprint256}`
    const known = kept > 0 ? this.#kept.get(key) : undefined
    if (known !== undefined && known.untilMs > now()) return done(known)
    this.fetch(certificate, issuer, answer => {
      if (typeof answer === 'string') return done(answer)
      if (kept > 0) this.#kept.set(key, answer.status)
      done(answer.status)
    })
  }

  /** The same with the answer as it came, and never from what is kept. */
  fetch(certificate: X509Certificate, issuer: X509Certificate, done: (answer: OcspAnswer | string) => void): void {
    const { responder, resolve, signed, now } = this.#parts
    const url = readUrl(responder ?? urlOf(certificate))
    if (url === null) return done('no OCSP responder over http is named')
    const id = certificateId(certificate, issuer)
    const query = (address: string): void => {
      const { port, host, pathname } = url
      const place = { address, port: Number(port || 80), host, path: pathname.replace(/\/$/, '') }
      queryOcsp(place, ocspRequest(id), answer => {
        if (typeof answer === 'string') return done(answer)
        const status = readStatus(answer, id, signed ? issuer : null, now())
        done(typeof status === 'string' ? status : { status, bytes: answer })
      })
    }
    const name = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(name) !== 0) return query(name)
    if (resolve === null) return done(`no resolver defined to resolve ${name}`)
    resolve(name, found => {
      const [address] = typeof found === 'string' ? [] : found
      if (address === undefined) done(`"${name}" could not be resolved`)
      else query(address)
    })
  }
}

function readUrl(text: string): URL | null {
  return URL.canParse(text) && text.startsWith('http://') ? new URL(text) : null
}

/** What stands in the certificate (authority information access); '': nothing. */
function urlOf({ infoAccess }: X509Certificate): string {
  return /^OCSP - URI:(.*)$/m.exec(infoAccess ?? '')?.[1] ?? ''
}
