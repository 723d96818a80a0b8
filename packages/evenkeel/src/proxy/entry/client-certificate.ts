/** A client's certificate as `$ssl_client_…` show it. */
import type { X509Certificate } from 'node:crypto'
import type { TlsValue } from '../../exchange/client-tls.ts'

export function certificateValue(certificate: X509Certificate, name: TlsValue, now: number): string | undefined {
  switch (name) {
    case 'client_raw_cert':
      return pem(certificate)
    case 'client_cert':
      // A value of a field goes on behind a line's end only after a tab.
      return pem(certificate).trimEnd().replaceAll('\n', '\n\t')
    case 'client_escaped_cert':
      return escape(pem(certificate))
    case 'client_s_dn':
      return distinguishedName(certificate.subject)
    case 'client_i_dn':
      return distinguishedName(certificate.issuer)
    case 'client_s_dn_legacy':
      return legacyName(certificate.subject)
    case 'client_i_dn_legacy':
      return legacyName(certificate.issuer)
    case 'client_serial':
      return certificate.serialNumber.toUpperCase()
    case 'client_fingerprint':
      return certificate.fingerprint.replaceAll(':', '').toLowerCase()
    case 'client_v_start':
      return certificate.validFrom
    case 'client_v_end':
      return certificate.validTo
    case 'client_v_remain':
      return String(Math.max(0, Math.floor((certificate.validToDate.getTime() - now) / DAY_MS)))
    default:
      return undefined
  }
}

const DAY_MS = 86_400_000

function pem(certificate: X509Certificate): string {
  return certificate.toString().trimEnd() + '\n'
}

/** RFC 2253: the last part first, with commas between. */
function distinguishedName(lines: string): string {
  return utf8(lines.split('\n').toReversed().map(escapePart).join(','))
}

/** As OpenSSL once wrote it: nothing is escaped. */
function legacyName(lines: string): string {
  return utf8('/' + lines.replaceAll('\n', '/').replace(/\\(.)/gs, '$1'))
}

/** Node has most of the escapes made; those at the ends of a value it has not. */
function escapePart(line: string): string {
  const at = line.indexOf('=')
  return line.slice(0, at + 1) + line.slice(at + 1).replace(/^[# ]|(?<!\\) $/, character => '\\' + character)
}

function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

const HEX = '0123456789ABCDEF'

/** What is not unreserved in a URI, as the other side may expect to find it in a field. */
function escape(text: string): string {
  return text.replace(/[^A-Za-z0-9\-._~]/g, character => {
    const code = character.charCodeAt(0)
    return '%' + HEX[code >> 4]! + HEX[code & 15]!
  })
}
