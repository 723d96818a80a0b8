/**
 * `ssl_certificate auto`: a certificate that signs itself, for development, made at the start. Node can make keys and
 * signatures but no certificates, so the few structures of one (RFC 5280) are written here.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** Certificate and key, PEM one after the other. `names` are hosts and addresses it is good for; the first is its subject. */
export function developmentCertificate(names: readonly string[], now: Date): string {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(oid(ECDSA_WITH_SHA256))
  const subject = sequence(tag(0x31, sequence(oid(COMMON_NAME), tag(0x0c, Buffer.from(names[0] ?? 'localhost')))))
  const until = new Date(now.getTime() + VALID_MS)
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))),
    tag(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    subject,
    sequence(time(new Date(now.getTime() - DAY_MS)), time(until)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(extension(SUBJECT_ALT_NAME, sequence(...names.map(altName))), authority)),
  )
  const signature = sign('sha256', body, privateKey)
  const certificate = sequence(body, algorithm, tag(0x03, Buffer.concat([Buffer.from([0]), signature])))
  return pem(certificate) + privateKey.export({ type: 'pkcs8', format: 'pem' })
}

const DAY_MS = 86_400_000
/** Browsers refuse what is good for longer. */
const VALID_MS = 397 * DAY_MS

const ECDSA_WITH_SHA256 = '2a8648ce3d040302'
const COMMON_NAME = '550403'
const SUBJECT_ALT_NAME = '551d11'
const BASIC_CONSTRAINTS = '551d13'

/** So that it can be put among trusted authorities as it is. */
const authority = extension(BASIC_CONSTRAINTS, sequence(tag(0x01, Buffer.from([0xff]))))

function extension(name: string, value: Buffer): Buffer {
  return sequence(oid(name), tag(0x04, value))
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
