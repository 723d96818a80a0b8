/** Certificates (RFC 5280) signed with P-256 keys: Node makes keys and signatures, but no certificates. */
import { randomBytes, sign, type KeyObject } from 'node:crypto'
import { bits, integer, oid, sequence, tag, time } from '../../net/asn1.ts'

export interface CertificateParts {
  /** Names, in DER. */
  readonly subject: Buffer
  readonly issuer: Buffer
  /** Public; of any kind. */
  readonly key: KeyObject
  /** Private, P-256. */
  readonly signedWith: KeyObject
  readonly from: Date
  readonly until: Date
  readonly extensions: readonly Buffer[]
}

/** DER. */
export function makeCertificate(parts: CertificateParts): Buffer {
  const algorithm = sequence(oid(ECDSA_WITH_SHA256))
  const body = sequence(
    tag(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    parts.issuer,
    sequence(time(parts.from), time(parts.until)),
    parts.subject,
    parts.key.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(...parts.extensions)),
  )
  return sequence(body, algorithm, bits(sign('sha256', body, parts.signedWith)))
}

const ECDSA_WITH_SHA256 = '2a8648ce3d040302'
