/**
 * What a server's certificate is proved with to hold (stapling, RFC 6066, 8): asked of who issued it when the first client
 * wants it, so that nobody waits, and again before it ends. Only an answer that it holds is stapled.
 */
import { X509Certificate } from 'node:crypto'
import type { TlsSettings } from '../../model/settings/tls-settings.ts'
import { OcspAsking, type ResolveHost } from '../../net/ocsp/asking.ts'
import type { TlsIdentity } from './tls-identities.ts'

export interface StaplingPorts {
  /** null: the server names no resolver. */
  readonly resolve: ResolveHost | null
  readonly warn: (text: string) => void
  readonly now: () => number
}

/** As nginx: an answer is asked for anew after an hour, or sooner if it ends before, but not more often than this. */
const LEAST_MS = 300_000
const HOUR_MS = 3_600_000

/** DER to staple to a handshake; null: there is nothing now. */
export type Staple = () => Buffer | null

/** null: nothing can be stapled, and why was told. `trusted`: PEM of ssl_trusted_certificate. */
export function compileStapling(
  settings: TlsSettings,
  identities: readonly TlsIdentity[],
  trusted: string,
  ports: StaplingPorts,
): Staple | null {
  const ignored = (why: string): null => {
    ports.warn(`"ssl_stapling" ignored, ${why}`)
    return null
  }
  const [identity] = identities
  if (identity === undefined) return null
  if (identities.length > 1) return ignored('the server has certificates of several kinds; name a response for one')
  const known = pemCertificates(identity.certificate + trusted)
  const [certificate] = known
  if (certificate === undefined) return null
  const issuer = issuerOf(certificate, known)
  if (issuer === undefined) return ignored(`issuer certificate not found for certificate "${identity.name}"`)
  if (settings.sslStaplingResponder === null && !/^OCSP - URI:/m.test(certificate.infoAccess ?? '')) {
    return ignored(`no OCSP responder URL in the certificate "${identity.name}"`)
  }
  if (settings.sslStaplingVerify && !reachesRoot(issuer, pemCertificates(trusted))) {
    return ignored(
      `the issuer of "${identity.name}" is not proved by "ssl_trusted_certificate", which "ssl_stapling_verify" asks for`,
    )
  }
  const { sslStaplingResponder: responder, sslStaplingVerify: signed } = settings
  // Unless told, the answer is for clients to believe or not: they look at its signature themselves.
  const asking = new OcspAsking({ responder, resolve: ports.resolve, signed, kept: 0, now: ports.now })
  return stapleOf(asking, certificate, issuer, identity.name, ports)
}

function stapleOf(
  asking: OcspAsking,
  certificate: X509Certificate,
  issuer: X509Certificate,
  name: string,
  { warn, now }: StaplingPorts,
): Staple {
  let answer: Buffer | null = null
  let untilMs = 0
  let dueMs = 0
  let busy = false
  const ask = (): void => {
    busy = true
    asking.fetch(certificate, issuer, got => {
      busy = false
      const problem = typeof got === 'string' ? got : got.status.revoked ? 'certificate status "revoked"' : null
      dueMs = now() + LEAST_MS
      if (typeof got === 'string' || problem !== null) {
        if (typeof got !== 'string') answer = null
        return warn(`${problem} while requesting the certificate status of "${name}"`)
      }
      answer = got.bytes
      untilMs = got.status.untilMs
      dueMs = Math.max(dueMs, Math.min(untilMs - LEAST_MS, now() + HOUR_MS))
    })
  }
  return () => {
    const nowMs = now()
    if (!busy && nowMs >= dueMs) ask()
    return nowMs < untilMs ? answer : null
  }
}

function pemCertificates(text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END [^-]*-----/g) ?? []
  return blocks.map(block => new X509Certificate(block))
}

function issuerOf(certificate: X509Certificate, known: readonly X509Certificate[]): X509Certificate | undefined {
  return known.find(one => certificate.checkIssued(one) && certificate.verify(one.publicKey))
}

function reachesRoot(certificate: X509Certificate, trusted: readonly X509Certificate[]): boolean {
  let one: X509Certificate | undefined = certificate
  for (let steps = 0; one !== undefined && steps < LONGEST; steps++) {
    const found: X509Certificate | undefined = issuerOf(one, trusted)
    if (found !== undefined && found.checkIssued(found)) return true
    one = found
  }
  return false
}

/** More than any chain has. */
const LONGEST = 10
