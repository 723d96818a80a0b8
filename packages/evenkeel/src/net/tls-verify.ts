/** What OpenSSL found wrong with a certificate, by Node's codes, in the numbers and words that logs and people know. */
import type { X509Certificate } from 'node:crypto'

/** OpenSSL's words; a code that is none of them as it is. */
export function verifyErrorText(code: string): string {
  return errors[code]?.[1] ?? code
}

/** `18:self-signed certificate` */
export function numberedVerifyError(code: string): string {
  const found = errors[code]
  return found === undefined ? code : `${found[0]}:${found[1]}`
}

/** 0: nothing is wrong; 1: OpenSSL's for what has no number here. */
export function verifyErrorNumber(code: string): number {
  return code === '' ? 0 : (errors[code]?.[0] ?? 1)
}

/** Node has no setting for the depth, so the chain it has verified is counted: what stands between both its ends. */
export function chainTooLong(certificate: X509Certificate | undefined, depth: number): boolean {
  let between = -1
  const seen = new Set<string>()
  for (let one = certificate; one !== undefined; one = one.issuerCertificate) {
    if (seen.has(one.fingerprint256)) break
    seen.add(one.fingerprint256)
    if (one.checkIssued(one)) break
    between++
  }
  return between > depth
}

export const CHAIN_TOO_LONG = 'CERT_CHAIN_TOO_LONG'

const errors: Readonly<Record<string, readonly [number: number, text: string]>> = {
  UNABLE_TO_GET_ISSUER_CERT: [2, 'unable to get issuer certificate'],
  UNABLE_TO_GET_CRL: [3, 'unable to get certificate CRL'],
  CERT_SIGNATURE_FAILURE: [7, 'certificate signature failure'],
  CERT_NOT_YET_VALID: [9, 'certificate is not yet valid'],
  CERT_HAS_EXPIRED: [10, 'certificate has expired'],
  CRL_NOT_YET_VALID: [11, 'CRL is not yet valid'],
  CRL_HAS_EXPIRED: [12, 'CRL has expired'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [18, 'self-signed certificate'],
  SELF_SIGNED_CERT_IN_CHAIN: [19, 'self-signed certificate in certificate chain'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [20, 'unable to get local issuer certificate'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [21, 'unable to verify the first certificate'],
  [CHAIN_TOO_LONG]: [22, 'certificate chain too long'],
  CERT_REVOKED: [23, 'certificate revoked'],
  INVALID_CA: [24, 'invalid CA certificate'],
  PATH_LENGTH_EXCEEDED: [25, 'path length constraint exceeded'],
  INVALID_PURPOSE: [26, 'unsuitable certificate purpose'],
  CERT_UNTRUSTED: [27, 'certificate not trusted'],
  CERT_REJECTED: [28, 'certificate rejected'],
}
