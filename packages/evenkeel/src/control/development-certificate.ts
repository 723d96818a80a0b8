/**
 * `ssl_certificate auto`: a certificate that signs itself, for development, made at the start. And an authority of one's
 * own for `evenkeel dev`, so that a browser has to be told once, and not for each certificate.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto'
import { altNames, DAY_MS, isAuthority, isServer, localOnly, makeCertificate, signsCertificates } from './der.ts'

/** Certificate and key, PEM one after the other. `names` are hosts and addresses it is good for; the first is its subject. */
export function developmentCertificate(names: readonly string[], now: Date): string {
  const { publicKey: key, privateKey: signedWith } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = names[0] ?? 'localhost'
  const extensions = [altNames(names), isAuthority(false)]
  return (
    makeCertificate({ subject, issuer: subject, key, signedWith, ...validity(now, VALID_DAYS), extensions }) +
    keyText(signedWith)
  )
}

/** Certificate and key of an authority whose word counts for localhost alone. */
export function developmentAuthority(now: Date): string {
  const { publicKey: key, privateKey: signedWith } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = `${AUTHORITY} ${now.toISOString().slice(0, 19)}`
  const extensions = [isAuthority(true), signsCertificates, localOnly]
  return (
    makeCertificate({ subject: name, issuer: name, key, signedWith, ...validity(now, AUTHORITY_DAYS), extensions }) +
    keyText(signedWith)
  )
}

/** Certificate and key for these names, signed by an authority made above; throws when that is none. */
export function signedCertificate(authority: string, names: readonly string[], now: Date): string {
  const [, issuer = ''] = /^CN=(.*)$/m.exec(new X509Certificate(authority).subject) ?? []
  const { publicKey: key, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = names[0] ?? 'localhost'
  const signedWith = createPrivateKey(authority)
  const extensions = [altNames(names), ...isServer]
  return (
    makeCertificate({ subject, issuer, key, signedWith, ...validity(now, VALID_DAYS), extensions }) +
    keyText(privateKey)
  )
}

/** It is whole, goes with its key, and lasts for a month more. */
export function isUsableAuthority(authority: string, now: Date): boolean {
  try {
    const certificate = new X509Certificate(authority)
    const key = createPublicKey(createPrivateKey(authority))
    return (
      certificate.ca &&
      certificate.publicKey.equals(key) &&
      Date.parse(certificate.validTo) > now.getTime() + 30 * DAY_MS
    )
  } catch {
    return false
  }
}

const AUTHORITY = 'evenkeel development'
const AUTHORITY_DAYS = 3650
/** Browsers refuse what is good for longer. */
const VALID_DAYS = 397

function validity(now: Date, days: number): { readonly from: Date; readonly until: Date } {
  return { from: new Date(now.getTime() - DAY_MS), until: new Date(now.getTime() + days * DAY_MS) }
}

function keyText(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string
}
