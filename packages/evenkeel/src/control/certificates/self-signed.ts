/** Certificates that vouch for themselves. */
import type { KeyObject } from 'node:crypto'
import { makeCertificate, type CertificateParts } from './certificate.ts'

export interface SelfSigned extends Pick<CertificateParts, 'subject' | 'from' | 'until' | 'extensions'> {
  /** P-256. */
  readonly keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
}

/** DER. */
export function selfSigned({ keys, subject, ...rest }: SelfSigned): Buffer {
  return makeCertificate({ ...rest, subject, issuer: subject, key: keys.publicKey, signedWith: keys.privateKey })
}
