/** The certificates of clients, checked with those who issued them (ssl_ocsp): the client's own, or its whole chain. */
import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { TlsSettings } from '../../model/settings/tls-settings.ts'
import { OcspAsking, type ResolveHost } from '../../net/ocsp/asking.ts'
import type { StatusCheck } from '../../proxy/entry/status-check.ts'

/** Answers remembered by each worker, 200 bytes or so each. */
const KEPT_ANSWERS = 10_000
/** More than any chain has. */
const LONGEST = 10

const FAILED = 'certificate status request failed'
const REVOKED = 'certificate revoked'

/** null: nobody is asked. `authorities`: those of the server, as PEM. */
export function compileStatusCheck(
  settings: TlsSettings,
  resolve: ResolveHost | null,
  authorities: () => readonly string[],
): StatusCheck | null {
  const { sslOcsp, sslOcspResponder, sslOcspCache, sslVerifyClient } = settings
  if (sslOcsp === 'off' || sslVerifyClient === 'off') return null
  const kept = sslOcspCache ? KEPT_ANSWERS : 0
  const asking = new OcspAsking({ responder: sslOcspResponder, resolve, signed: true, kept, now: Date.now })
  return {
    check(socket, done) {
      const pairs = issuedPairs(socket, authorities(), sslOcsp === 'leaf' ? 1 : LONGEST)
      if (pairs === null) return done(FAILED)
      const next = (index: number): void => {
        const pair = pairs[index]
        if (pair === undefined) return done('')
        asking.ask(pair.certificate, pair.issuer, status => {
          if (typeof status === 'string') done(FAILED)
          else if (status.revoked) done(REVOKED)
          else next(index + 1)
        })
      }
      next(0)
    },
  }
}

interface Issued {
  readonly certificate: X509Certificate
  readonly issuer: X509Certificate
}

/** From the client's own up to the one that signed itself, which nobody can be asked about; null: one is not known. */
function issuedPairs(socket: TLSSocket, authorities: readonly string[], most: number): Issued[] | null {
  const pairs: Issued[] = []
  let certificate = socket.getPeerX509Certificate()
  while (certificate !== undefined && pairs.length < most && !certificate.checkIssued(certificate)) {
    const issuer = issuerOf(certificate, authorities)
    if (issuer === null) return null
    pairs.push({ certificate, issuer })
    certificate = issuer
  }
  return pairs
}

/** A session taken up again has the client's own certificate alone; who is trusted is known here. */
function issuerOf(certificate: X509Certificate, authorities: readonly string[]): X509Certificate | null {
  const told = certificate.issuerCertificate
  if (told !== undefined && certificate.checkIssued(told)) return told
  for (const pem of authorities) {
    const authority = new X509Certificate(pem)
    if (certificate.checkIssued(authority) && certificate.verify(authority.publicKey)) return authority
  }
  return null
}
