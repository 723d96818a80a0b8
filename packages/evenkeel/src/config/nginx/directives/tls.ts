/** TLS with clients. */
import type { Settings } from '../../../model/settings.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { ANY, choice, flag, number, once, row, serverUp, takeFlag, type Directive } from '../table.ts'
import { readSeconds, readSize } from '../values.ts'
import { readCertificateCache, readIdentityName, readProtocols } from './tls-values.ts'

type PathKey = 'sslPasswordFile' | 'sslDhparam' | 'sslClientCertificate' | 'sslTrustedCertificate' | 'sslCrl'

export const tlsDirectives: readonly Directive[] = [
  identity(
    'ssl_certificate',
    'sslCertificate',
    'file | data:text | auto',
    'Certificate with its chain; several for several kinds of keys.',
  ),
  identity(
    'ssl_certificate_key',
    'sslCertificateKey',
    'file | data:text',
    'Key of the certificate named at the same place.',
  ),
  {
    ...row(
      'ssl_certificate_cache',
      serverUp,
      'off | max=n [inactive=time] [valid=time]',
      'off',
      'Keeps certificates whose names have variables.',
    ),
    arguments: [1, 3],
    apply: (place, statement) => readCertificateCache(place, statement, 'sslCertificateCache'),
  },
  flag(
    'ssl_certificate_compression',
    'sslCertificateCompression',
    'off',
    'Compresses certificates for clients that can take them so.',
    serverUp,
  ),
  path('ssl_password_file', 'sslPasswordFile', 'Pass phrases of keys, one a line.'),
  {
    ...row('ssl_protocols', serverUp, 'TLSv1 | TLSv1.1 | TLSv1.2 | TLSv1.3 ...', 'TLSv1.2 TLSv1.3', 'Versions of TLS.'),
    arguments: [1, ANY],
    apply: (place, statement) => readProtocols(place, statement, 'sslProtocols'),
  },
  text('ssl_ciphers', 'sslCiphers', 'HIGH:!aNULL:!MD5', 'Ciphers as OpenSSL writes them.'),
  text('ssl_ecdh_curve', 'sslEcdhCurve', 'auto', 'Groups for the key exchange, with colons between.'),
  path('ssl_dhparam', 'sslDhparam', 'Parameters of DHE ciphers.'),
  flag(
    'ssl_prefer_server_ciphers',
    'sslPreferServerCiphers',
    'off',
    'The order of ssl_ciphers counts, not that of the client.',
    serverUp,
  ),
  {
    ...row(
      'ssl_conf_command',
      serverUp,
      'name value',
      null,
      'A command of OpenSSL: Ciphersuites, CipherString, Curves, Groups, SignatureAlgorithms, MinProtocol, MaxProtocol, Options, Certificate, PrivateKey.',
    ),
    arguments: [2, 2],
    apply(place, statement) {
      const [, name = '', value = ''] = statement.words
      place.append(statement, 'sslConfCommand', { name, value })
    },
  },
  {
    ...row(
      'ssl_session_cache',
      serverUp,
      'off | none | builtin[:n] | shared:name:size',
      'none',
      'Keeps sessions for clients without tickets; each worker its own.',
    ),
    arguments: [1, 2],
    apply: readSessionCache,
  },
  {
    ...row('ssl_session_timeout', serverUp, 'time', '5m', 'How long a session can be taken up again.'),
    apply(place, statement) {
      if (!once(place, statement, 'sslSessionTimeoutSeconds')) return
      const value = readSeconds(statement.words[1] ?? '')
      if (value === null) place.failDirective(statement, 'invalid value')
      else place.put(statement, 'sslSessionTimeoutSeconds', value)
    },
  },
  flag(
    'ssl_session_tickets',
    'sslSessionTickets',
    'on',
    'Sessions are kept by clients, sealed with keys that all workers have.',
    serverUp,
  ),
  {
    ...row(
      'ssl_session_ticket_key',
      serverUp,
      'file',
      null,
      'A file of 48 random bytes that seals tickets, for several machines that share clients.',
    ),
    apply: (place, statement) => place.append(statement, 'sslSessionTicketKey', statement.words[1] ?? ''),
  },
  choice(
    'ssl_verify_client',
    'sslVerifyClient',
    { off: 'off', on: 'on', optional: 'optional', optional_no_ca: 'optional_no_ca' },
    'off',
    'Whether clients show certificates.',
    serverUp,
  ),
  number(
    'ssl_verify_depth',
    'sslVerifyDepth',
    '1',
    'Most certificates between that of a client and one that is trusted.',
    serverUp,
  ),
  path('ssl_client_certificate', 'sslClientCertificate', 'Authorities of client certificates, told to clients.'),
  path('ssl_trusted_certificate', 'sslTrustedCertificate', 'More authorities of client certificates.'),
  path('ssl_crl', 'sslCrl', 'Client certificates that were revoked.'),
  flag('ssl_reject_handshake', 'sslRejectHandshake', 'off', 'Handshakes for this server are refused.', serverUp),
  choice(
    'ssl_ocsp',
    'sslOcsp',
    { off: 'off', on: 'on', leaf: 'leaf' },
    'off',
    'Asks those who issued the certificates of clients whether they still hold.',
    serverUp,
  ),
  responder('ssl_ocsp_responder', 'sslOcspResponder', 'Who is asked in the place of those that certificates name.'),
  {
    ...row(
      'ssl_ocsp_cache',
      serverUp,
      'off | shared:name:size',
      'off',
      'Remembers what is said of the certificates of clients; each worker for itself.',
    ),
    apply(place, statement) {
      if (!once(place, statement, 'sslOcspCache')) return
      const word = statement.words[1] ?? ''
      const [, size = ''] = /^shared:[^:]+:(.*)$/.exec(word) ?? []
      if (word === 'off') place.put(statement, 'sslOcspCache', false)
      else if ((readSize(size) ?? 0) < LEAST_ZONE) place.fail(statement, 1, `invalid OCSP cache "${word}"`)
      else place.put(statement, 'sslOcspCache', true)
    },
  },
  path('ssl_stapling_file', 'sslStaplingFile', 'An OCSP response in DER that is stapled.'),
  flag(
    'ssl_stapling',
    'sslStapling',
    'off',
    'Staples what the issuer says of the certificate, for clients that ask for it.',
    serverUp,
  ),
  responder(
    'ssl_stapling_responder',
    'sslStaplingResponder',
    'Who is asked in the place of the one that the certificate names.',
  ),
  flag(
    'ssl_stapling_verify',
    'sslStaplingVerify',
    'off',
    'Who answers is to be proved by ssl_trusted_certificate, up to a root.',
    serverUp,
  ),
  ...['ssl_early_data', 'ssl_buffer_size'].map((name): Directive => ({
    ...row(name, serverUp, '...', null, 'Accepted; has no meaning here.'),
    apply: ignored,
  })),
  {
    ...row(
      'ssl_object_cache_inheritable',
      ['main'],
      'on | off',
      'off',
      'A reload reads only those certificates anew that changed on disk.',
    ),
    apply(place, statement) {
      const on = place.once(statement) ? takeFlag(place, statement) : null
      if (on !== null) place.reading.process.inheritTlsFiles = on
    },
  },
]

function identity(
  name: string,
  key: 'sslCertificate' | 'sslCertificateKey',
  syntax: string,
  explanation: string,
): Directive {
  return {
    ...row(name, serverUp, syntax, null, explanation),
    apply(place, statement) {
      const value = readIdentityName(place, statement)
      if (value !== null) place.append(statement, key, value)
    },
  }
}

function path(name: string, key: PathKey | 'sslStaplingFile', explanation: string): Directive {
  return {
    ...row(name, serverUp, 'file', null, explanation),
    apply(place, statement) {
      if (once(place, statement, key)) place.put(statement, key, statement.words[1] || null)
    },
  }
}

function responder(name: string, key: 'sslOcspResponder' | 'sslStaplingResponder', explanation: string): Directive {
  return {
    ...row(name, serverUp, 'url', null, explanation),
    apply(place, statement) {
      if (!once(place, statement, key)) return
      const url = statement.words[1] ?? ''
      if (url.startsWith('http://') && URL.canParse(url)) place.put(statement, key, url)
      else place.fail(statement, 1, `invalid URL "${url}" in "${name}"`, 'it begins with http://')
    },
  }
}

function text(name: string, key: 'sslCiphers' | 'sslEcdhCurve', standard: string, explanation: string): Directive {
  return {
    ...row(name, serverUp, 'list', standard, explanation),
    apply(place, statement) {
      if (once(place, statement, key)) place.put(statement, key, statement.words[1] ?? '')
    },
  }
}

/** Least size of a shared zone in nginx: eight pages. */
const LEAST_ZONE = 32_768

function readSessionCache(place: Place, statement: Statement): void {
  let value: Settings['sslSessionCache'] = 'none'
  for (const [index, word] of statement.words.slice(1).entries()) {
    const [, size] = /^shared:[^:]+:(.*)$/.exec(word) ?? []
    const bytes = size === undefined ? undefined : readSize(size)
    if (word === 'off' || word === 'none') value = word
    else if (word === 'builtin' || /^builtin:\d+$/.test(word)) value = 'kept'
    else if (bytes === undefined || bytes === null)
      return place.fail(statement, index + 1, `invalid session cache "${word}"`)
    else if (bytes < LEAST_ZONE) return place.fail(statement, index + 1, `session cache "${word}" is too small`)
    else value = 'kept'
  }
  place.put(statement, 'sslSessionCache', value)
}

function ignored(place: Place, statement: Statement): void {
  place.reading.ignored.push({ name: statement.words[0] ?? '', position: statement.position })
}
