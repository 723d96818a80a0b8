/**
 * `ssl_certificate auto`: a certificate that signs itself, for development, made at the start. And an authority of one's
 * own for `evenkeel dev`, so that a browser has to be told once, and not for each certificate.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto'
import { extension, oid, pem, sequence, subject, subjectAltNames, tag } from '../../net/asn1.ts'
import { makeCertificate } from './certificate.ts'
import { selfSigned } from './self-signed.ts'

/** Certificate and key, PEM one after the other. `names` are hosts and addresses it is good for; the first is its subject. */
export function developmentCertificate(names: readonly string[], now: Date): string {
  const keys = newKeys()
  const extensions = [subjectAltNames(names), isAuthority(false)]
  const certificate = selfSigned({ keys, subject: subject(firstOf(names)), ...validity(now, VALID_DAYS), extensions })
  return pem('CERTIFICATE', certificate) + keyText(keys.privateKey)
}

/** Certificate and key of an authority whose word counts for localhost alone. */
export function developmentAuthority(now: Date): string {
  const keys = newKeys()
  const name = subject(`${AUTHORITY} ${now.toISOString().slice(0, 19)}`)
  const extensions = [isAuthority(true), signsCertificates, localOnly]
  const certificate = selfSigned({ keys, subject: name, ...validity(now, AUTHORITY_DAYS), extensions })
  return pem('CERTIFICATE', certificate) + keyText(keys.privateKey)
}

/** Certificate and key for these names, signed by an authority made above; throws when that is none. */
export function signedCertificate(authority: string, names: readonly string[], now: Date): string {
  const [, issuer = ''] = /^CN=(.*)$/m.exec(new X509Certificate(authority).subject) ?? []
  const keys = newKeys()
  const certificate = makeCertificate({
    subject: subject(firstOf(names)),
    issuer: subject(issuer),
    key: keys.publicKey,
    signedWith: createPrivateKey(authority),
    ...validity(now, VALID_DAYS),
    extensions: [subjectAltNames(names), ...isServer],
  })
  return pem('CERTIFICATE', certificate) + keyText(keys.privateKey)
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

const DAY_MS = 86_400_000
const AUTHORITY = 'evenkeel development'
const AUTHORITY_DAYS = 3650
/** Browsers refuse what is good for longer. */
const VALID_DAYS = 397

const BASIC_CONSTRAINTS = '551d13'
const KEY_USAGE = '551d0f'
const EXTENDED_KEY_USAGE = '551d25'
const NAME_CONSTRAINTS = '551d1e'
const SERVER_AUTH = '2b06010505070301'

/** It may be put among trusted authorities. */
function isAuthority(critical: boolean): Buffer {
  return extension(BASIC_CONSTRAINTS, sequence(tag(0x01, Buffer.from([0xff]))), critical)
}

/** It signs certificates, and those only. */
const signsCertificates = extension(KEY_USAGE, tag(0x03, Buffer.from([1, 0x06])), true)

const isServer = [
  extension(KEY_USAGE, tag(0x03, Buffer.from([7, 0x80])), true),
  extension(EXTENDED_KEY_USAGE, sequence(oid(SERVER_AUTH))),
]

/** What it signs counts for `localhost`, what is below it, and loopback addresses: its key is worth nothing elsewhere. */
const localOnly = extension(
  NAME_CONSTRAINTS,
  sequence(
    tag(
      0xa0,
      Buffer.concat([
        sequence(tag(0x82, Buffer.from('localhost'))),
        sequence(tag(0x87, Buffer.from([127, 0, 0, 0, 255, 0, 0, 0]))),
        sequence(tag(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1]), Buffer.alloc(16, 255)]))),
      ]),
    ),
  ),
  true,
)

function newKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function firstOf(names: readonly string[]): string {
  return names[0] ?? 'localhost'
}

function validity(now: Date, days: number): { readonly from: Date; readonly until: Date } {
  return { from: new Date(now.getTime() - DAY_MS), until: new Date(now.getTime() + days * DAY_MS) }
}

function keyText(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string
}
