/** TLS with origins: as whom we come, and whom we take them for. proxy_ssl_* and grpc_ssl_* are the same twice. */
import type { Template } from '../../../model/template.ts'
import { ANY, everywhere, flag, number, once, row, type Directive } from '../table.ts'
import { readCertificateCache, readIdentityName, readProtocols } from './tls-values.ts'

export const proxySslDirectives: readonly Directive[] = originSslDirectives('proxy', 'origins', '$proxy_host')
export const grpcSslDirectives: readonly Directive[] = originSslDirectives('grpc', 'gRPC servers', 'host of grpc_pass')

type Prefix = 'proxy' | 'grpc'

function originSslDirectives(prefix: Prefix, origins: string, host: string): readonly Directive[] {
  return [
    identity(
      `${prefix}_ssl_certificate`,
      `${prefix}SslCertificate`,
      `Certificate shown to ${origins} that ask for one.`,
    ),
    identity(`${prefix}_ssl_certificate_key`, `${prefix}SslCertificateKey`, 'Key of that certificate.'),
    {
      ...row(
        `${prefix}_ssl_certificate_cache`,
        everywhere,
        'off | max=n [inactive=time] [valid=time]',
        'off',
        'Keeps certificates whose names have variables.',
      ),
      arguments: [1, 3],
      apply: (place, statement) => readCertificateCache(place, statement, `${prefix}SslCertificateCache`),
    },
    path(`${prefix}_ssl_password_file`, `${prefix}SslPasswordFile`, 'Pass phrases of keys, one a line.'),
    {
      ...row(
        `${prefix}_ssl_protocols`,
        everywhere,
        'TLSv1 | TLSv1.1 | TLSv1.2 | TLSv1.3 ...',
        'TLSv1.2 TLSv1.3',
        `Versions of TLS towards ${origins}.`,
      ),
      arguments: [1, ANY],
      apply: (place, statement) => readProtocols(place, statement, `${prefix}SslProtocols`),
    },
    {
      ...row(
        `${prefix}_ssl_ciphers`,
        everywhere,
        'list',
        'DEFAULT',
        `Ciphers towards ${origins}, as OpenSSL writes them.`,
      ),
      apply(place, statement) {
        if (once(place, statement, `${prefix}SslCiphers`))
          place.put(statement, `${prefix}SslCiphers`, statement.words[1] ?? '')
      },
    },
    {
      ...row(
        `${prefix}_ssl_conf_command`,
        everywhere,
        'name value',
        null,
        'A command of OpenSSL, as for ssl_conf_command.',
      ),
      arguments: [2, 2],
      apply(place, statement) {
        const [, name = '', value = ''] = statement.words
        place.append(statement, `${prefix}SslConfCommand`, { name, value })
      },
    },
    {
      ...row(`${prefix}_ssl_name`, everywhere, 'name', host, `Whom the certificate of ${origins} has to be for.`),
      apply(place, statement) {
        const value = once(place, statement, `${prefix}SslName`) ? place.template(statement, 1) : null
        if (value !== null) place.put(statement, `${prefix}SslName`, value)
      },
    },
    flag(
      `${prefix}_ssl_server_name`,
      `${prefix}SslServerName`,
      'off',
      `Tells ${origins} that name in the handshake (SNI).`,
    ),
    flag(`${prefix}_ssl_session_reuse`, `${prefix}SslSessionReuse`, 'on', `Takes up sessions with ${origins} again.`),
    flag(`${prefix}_ssl_verify`, `${prefix}SslVerify`, 'off', `Whether ${origins} have to prove who they are.`),
    number(
      `${prefix}_ssl_verify_depth`,
      `${prefix}SslVerifyDepth`,
      '1',
      `Most certificates between that of ${origins} and one that is trusted.`,
    ),
    path(
      `${prefix}_ssl_trusted_certificate`,
      `${prefix}SslTrustedCertificate`,
      `Authorities that certificates of ${origins} are trusted by.`,
    ),
    path(`${prefix}_ssl_crl`, `${prefix}SslCrl`, `Certificates of ${origins} that were revoked.`),
  ]
}

function identity(
  name: string,
  key: `${Prefix}SslCertificate` | `${Prefix}SslCertificateKey`,
  explanation: string,
): Directive {
  return {
    ...row(name, everywhere, 'file | data:text', null, explanation),
    apply(place, statement) {
      const value: Template | null = once(place, statement, key) ? readIdentityName(place, statement) : null
      if (value !== null) place.put(statement, key, value)
    },
  }
}

function path(
  name: string,
  key: `${Prefix}SslPasswordFile` | `${Prefix}SslTrustedCertificate` | `${Prefix}SslCrl`,
  explanation: string,
): Directive {
  return {
    ...row(name, everywhere, 'file', null, explanation),
    apply(place, statement) {
      if (once(place, statement, key)) place.put(statement, key, statement.words[1] || null)
    },
  }
}
