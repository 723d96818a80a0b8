/**
 * The few pieces of DER that certificates are made of (RFC 5280): Node can make keys and signatures, but no certificates.
 */
import { randomBytes, sign, type KeyObject } from 'node:crypto'

export interface CertificateParts {
  readonly subject: string
  readonly issuer: string
  readonly key: KeyObject
  readonly signedWith: KeyObject
  readonly from: Date
  readonly until: Date
  readonly extensions: readonly Buffer[]
}

/** PEM. Both keys are of P-256. */
export function makeCertificate(parts: CertificateParts): string {
  const algorithm = sequence(oid(ECDSA_WITH_SHA256))
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))),
    tag(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    nameOf(parts.issuer),
    sequence(time(parts.from), time(parts.until)),
    nameOf(parts.subject),
    parts.key.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(...parts.extensions)),
  )
  const signature = sign('sha256', body, parts.signedWith)
  return pem(sequence(body, algorithm, tag(0x03, Buffer.concat([Buffer.from([0]), signature]))))
}

export const DAY_MS = 86_400_000

const ECDSA_WITH_SHA256 = '2a8648ce3d040302'
const COMMON_NAME = '550403'
const SUBJECT_ALT_NAME = '551d11'
const BASIC_CONSTRAINTS = '551d13'
const KEY_USAGE = '551d0f'
const EXTENDED_KEY_USAGE = '551d25'
const NAME_CONSTRAINTS = '551d1e'
const SERVER_AUTH = '2b06010505070301'

const yes = tag(0x01, Buffer.from([0xff]))

/** Hosts and addresses it is good for. */
export function altNames(names: readonly string[]): Buffer {
  return extension(SUBJECT_ALT_NAME, sequence(...names.map(altName)))
}

/** It may be put among trusted authorities. */
export function isAuthority(critical: boolean): Buffer {
  return extension(BASIC_CONSTRAINTS, sequence(yes), critical)
}

/** It signs certificates, and those only. */
export const signsCertificates: Buffer = extension(KEY_USAGE, tag(0x03, Buffer.from([1, 0x06])), true)

export const isServer: readonly Buffer[] = [
  extension(KEY_USAGE, tag(0x03, Buffer.from([7, 0x80])), true),
  extension(EXTENDED_KEY_USAGE, sequence(oid(SERVER_AUTH))),
]

/** What it signs counts for `localhost`, what is below it, and loopback addresses: its key is worth nothing elsewhere. */
export const localOnly: Buffer = extension(
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

function extension(name: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(name), ...(critical ? [yes] : []), tag(0x04, value))
}

function nameOf(text: string): Buffer {
  return sequence(tag(0x31, sequence(oid(COMMON_NAME), tag(0x0c, Buffer.from(text)))))
}

function altName(name: string): Buffer {
  if (/^\d+(?:\.\d+){3}$/.test(name)) return tag(0x87, Buffer.from(name.split('.').map(Number)))
  if (name === '::1') return tag(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])]))
  return tag(0x82, Buffer.from(name))
}

/** UTCTime, which is to be used until 2049. */
function time(date: Date): Buffer {
  return tag(0x17, Buffer.from(date.toISOString().replace(/^\d\d|[-:T]|\.\d+/g, '')))
}

function oid(hex: string): Buffer {
  return tag(0x06, Buffer.from(hex, 'hex'))
}

function sequence(...parts: Buffer[]): Buffer {
  return tag(0x30, Buffer.concat(parts))
}

function tag(type: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([type, ...size]), content])
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
