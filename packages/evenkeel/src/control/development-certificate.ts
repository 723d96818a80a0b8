/** `ssl_certificate auto`: a certificate that signs itself, for development, made at the start. */
import { generateKeyPairSync } from 'node:crypto'
import { extension, pem, sequence, subject, subjectAltNames, tag } from '../net/asn1.ts'
import { selfSigned } from './self-signed.ts'

/** Certificate and key, PEM one after the other. `names` are hosts and addresses it is good for; the first is its subject. */
export function developmentCertificate(names: readonly string[], now: Date): string {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const certificate = selfSigned({
    keys: { publicKey, privateKey },
    subject: subject(names[0] ?? 'localhost'),
    from: new Date(now.getTime() - DAY_MS),
    until: new Date(now.getTime() + VALID_MS),
    extensions: [subjectAltNames(names), authority],
  })
  return pem('CERTIFICATE', certificate) + privateKey.export({ type: 'pkcs8', format: 'pem' })
}

const DAY_MS = 86_400_000
/** Browsers refuse what is good for longer. */
const VALID_MS = 397 * DAY_MS

const BASIC_CONSTRAINTS = '551d13'

/** So that it can be put among trusted authorities as it is. */
const authority = extension(BASIC_CONSTRAINTS, sequence(tag(0x01, Buffer.from([0xff]))))
