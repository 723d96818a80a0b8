/** A request for a certificate (PKCS #10, RFC 2986): the names, and proof that who asks has the key. */
import { createPublicKey, sign, type KeyObject } from 'node:crypto'
import { bits, integer, oid, sequence, subject, subjectAltNames, tag } from '../../net/asn1.ts'

/** DER. `commonName` null: names stand in the extension alone, as issuers want it today. */
export function signingRequest(key: KeyObject, identifiers: readonly string[], commonName: string | null): Buffer {
  const extensions = sequence(oid(EXTENSION_REQUEST), tag(0x31, sequence(subjectAltNames(identifiers))))
  const body = sequence(
    integer(Buffer.from([0])),
    subject(commonName),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    tag(0xa0, extensions),
  )
  const rsa = key.asymmetricKeyType === 'rsa'
  const algorithm = rsa ? sequence(oid(SHA256_WITH_RSA), tag(0x05, Buffer.alloc(0))) : sequence(oid(ECDSA_WITH_SHA256))
  return sequence(body, algorithm, bits(sign('sha256', body, key)))
}

const EXTENSION_REQUEST = '2a864886f70d01090e'
const SHA256_WITH_RSA = '2a864886f70d01010b'
const ECDSA_WITH_SHA256 = '2a8648ce3d040302'
