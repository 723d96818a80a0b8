/** TLS with origins: as whom we come, and whom we take them for. */
import type { Template } from '../../../model/template.ts'
import { ANY, everywhere, flag, number, once, row, type Directive } from '../table.ts'
import { readCertificateCache, readIdentityName, readProtocols } from './tls-values.ts'

export const proxySslDirectives: readonly Directive[] = [
  identity('proxy_ssl_certificate', 'proxySslCertificate', 'Certificate shown to origins that ask for one.'),
  identity('proxy_ssl_certificate_key', 'proxySslCertificateKey', 'Key of that certificate.'),
  {
    ...row(
      'proxy_ssl_certificate_cache',
      everywhere,
      'off | max=n [inactive=time] [valid=time]',
      'off',
      'Keeps certificates whose names have variables.',
    ),
    arguments: [1, 3],
    apply: (place, statement) => readCertificateCache(place, statement, 'proxySslCertificateCache'),
  },
  path('proxy_ssl_password_file', 'proxySslPasswordFile', 'Pass phrases of keys, one a line.'),
  {
    ...row(
      'proxy_ssl_protocols',
      everywhere,
      'TLSv1 | TLSv1.1 | TLSv1.2 | TLSv1.3 ...',
      'TLSv1.2 TLSv1.3',
      'Versions of TLS towards origins.',
    ),
    arguments: [1, ANY],
    apply: (place, statement) => readProtocols(place, statement, 'proxySslProtocols'),
  },
  {
    ...row('proxy_ssl_ciphers', everywhere, 'list', 'DEFAULT', 'Ciphers towards origins, as OpenSSL writes them.'),
    apply(place, statement) {
      if (once(place, statement, 'proxySslCiphers')) place.put(statement, 'proxySslCiphers', statement.words[1] ?? '')
    },
  },
  {
    ...row('proxy_ssl_conf_command', everywhere, 'name value', null, 'A command of OpenSSL, as for ssl_conf_command.'),
    arguments: [2, 2],
    apply(place, statement) {
      const [, name = '', value = ''] = statement.words
      place.append(statement, 'proxySslConfCommand', { name, value })
    },
  },
  {
    ...row('proxy_ssl_name', everywhere, 'name', '$proxy_host', 'Whom the certificate of an origin has to be for.'),
    apply(place, statement) {
      const value = once(place, statement, 'proxySslName') ? place.template(statement, 1) : null
      if (value !== null) place.put(statement, 'proxySslName', value)
    },
  },
  flag('proxy_ssl_server_name', 'proxySslServerName', 'off', 'Tells origins that name in the handshake (SNI).'),
  flag('proxy_ssl_session_reuse', 'proxySslSessionReuse', 'on', 'Takes up sessions with origins again.'),
  flag('proxy_ssl_verify', 'proxySslVerify', 'off', 'Whether origins have to prove who they are.'),
  number(
    'proxy_ssl_verify_depth',
    'proxySslVerifyDepth',
    '1',
    'Most certificates between that of an origin and one that is trusted.',
  ),
  path(
    'proxy_ssl_trusted_certificate',
    'proxySslTrustedCertificate',
    'Authorities that certificates of origins are trusted by.',
  ),
  path('proxy_ssl_crl', 'proxySslCrl', 'Certificates of origins that were revoked.'),
]

function identity(name: string, key: 'proxySslCertificate' | 'proxySslCertificateKey', explanation: string): Directive {
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
  key: 'proxySslPasswordFile' | 'proxySslTrustedCertificate' | 'proxySslCrl',
  explanation: string,
): Directive {
  return {
    ...row(name, everywhere, 'file', null, explanation),
    apply(place, statement) {
      if (once(place, statement, key)) place.put(statement, key, statement.words[1] || null)
    },
  }
}
