/** TLS with origins: who verifies them knows by whom, and a certificate has its key. */
import type { ModelProblem } from './check.ts'
import type { HttpModel } from '../model.ts'
import { originTlsPlaces, type OriginTlsPlace } from '../origin-tls.ts'

export function checkOriginTls(http: HttpModel): ModelProblem[] {
  return checkOriginTlsPlaces(originTlsPlaces(http))
}

export function checkOriginTlsPlaces(places: readonly OriginTlsPlace[]): ModelProblem[] {
  const problems: ModelProblem[] = []
  for (const { settings, prefix = 'proxy', path } of places) {
    const { proxySslCertificate, proxySslCertificateKey, proxySslVerify, proxySslTrustedCertificate } = settings
    if (proxySslCertificate.length > 0 && proxySslCertificateKey.length === 0) {
      const name = proxySslCertificate
        .map(part => (typeof part === 'string' ? part : '$' + Object.values(part).join('')))
        .join('')
      problems.push({
        level: 'emerg',
        message: `no "${prefix}_ssl_certificate_key" is defined for certificate "${name}"`,
        path: `${path}.content`,
      })
    }
    if (proxySslVerify && proxySslTrustedCertificate === null) {
      problems.push({
        level: 'emerg',
        message: `no ${prefix}_ssl_trusted_certificate for ${prefix}_ssl_verify`,
        path: `${path}.content`,
        remedy: `name the authorities: ${prefix}_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;`,
      })
    }
  }
  return problems
}
