/** Certificates that vouch for themselves (RFC 5280), signed with a P-256 key. */
import { randomBytes, sign, type KeyObject } from 'node:crypto'
import { bits, integer, oid, sequence, tag, time } from '../net/asn1.ts'

export interface SelfSigned {
  /** P-256. */
  readonly keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
  readonly subject: Buffer
  readonly from: Date
  readonly until: Date
  readonly extensions: readonly Buffer[]
}

/** DER. */
export function selfSigned({ keys, subject, from, until, extensions }: SelfSigned): Buffer {
  const algorithm = sequence(oid(ECDSA_WITH_SHA256))
  const body = sequence(
    tag(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    subject,
    sequence(time(from), time(until)),
    subject,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(...extensions)),
  )
  return sequence(body, algorithm, bits(sign('sha256', body, keys.privateKey)))
}

const ECDSA_WITH_SHA256 = '2a8648ce3d040302'
