/**
 * Settings and files of a virtual server to what Node's TLS takes.
 *
 * Made in the main thread to find what is wrong before anything goes live, and in each worker to be used. What Node's
 * API has no place for is refused or left out by name, never silently.
 */
import { constants, createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'
import type { TlsMaterial, TlsSettings, TlsVersion } from '../../model/settings/tls-settings.ts'
import { isMade, type TlsIdentity } from './tls-identities.ts'

/** Text of a file, one character a byte; undefined: it can't be had. */
export type TextOf = (path: string) => string | undefined

export interface TlsContextParts {
  readonly settings: TlsSettings
  readonly identities: readonly TlsIdentity[]
  readonly textOf: TextOf
  readonly fullPath: (path: string) => string
  readonly ticketKeys: TlsMaterial['ticketKeys']
}

/** Options of a secure context, or what is wrong in nginx's words. */
export function tlsContextOptions(parts: TlsContextParts): SecureContextOptions | string {
  const { settings, fullPath } = parts
  const commands = readCommands(settings)
  if (typeof commands === 'string') return commands
  const pairs = readIdentities(parts, commands)
  if (typeof pairs === 'string') return pairs
  const authorities = clientAuthorities(parts)
  if (typeof authorities === 'string') return authorities
  const text = (path: string | null, what: string): string | Missing => {
    if (path === null) return ''
    return parts.textOf(fullPath(path)) ?? new Missing(`cannot load ${what} "${fullPath(path)}"`)
  }
  const dhparam = text(settings.sslDhparam, 'DH parameters')
  if (dhparam instanceof Missing) return dhparam.text
  const crl = text(settings.sslCrl, 'certificate revocation list')
  if (crl instanceof Missing) return crl.text
  const ticketKeys = readTicketKeys(parts)
  if (typeof ticketKeys === 'string') return ticketKeys
  const versions = commands.versions ?? settings.sslProtocols
  const [least, most] = [
    versionOrder.find(one => versions.includes(one)),
    versionOrder.findLast(one => versions.includes(one)),
  ]
  if (least === undefined || most === undefined) return 'no version of TLS is left in "ssl_protocols"'
  const bits = secureOptions(settings, commands, versions, least, most)
  return {
    cert: pairs.map(pair => pair.certificate),
    key: pairs.map(pair => pair.key),
    // Never Node's own list of authorities: who may come is said by the configuration alone.
    ca: authorities,
    ...(crl === '' ? {} : { crl: pemBlocks(crl, 'X509 CRL') }),
    ...(dhparam === '' ? {} : { dhparam }),
    ciphers: cipherList(commands.ciphers ?? settings.sslCiphers, commands.suites),
    ecdhCurve: commands.groups ?? settings.sslEcdhCurve,
    ...(commands.signatures === undefined ? {} : { sigalgs: commands.signatures }),
    ...(settings.sslCertificateCompression ? { certificateCompression: ['zlib', 'brotli', 'zstd'] } : {}),
    minVersion: least,
    maxVersion: most,
    secureOptions: bits,
    // Node's own default is the other one.
    honorCipherOrder: (bits & constants.SSL_OP_CIPHER_SERVER_PREFERENCE) !== 0,
    sessionIdContext: sessionContext(pairs, authorities, settings),
    sessionTimeout: settings.sslSessionTimeoutSeconds,
    ticketKeys,
  }
}

/** Files that a virtual server's TLS is made of, as written; those whose names have variables are not among them. */
export function tlsFiles(settings: TlsSettings): string[] {
  const fixed = [...settings.sslCertificate, ...settings.sslCertificateKey].flatMap(template =>
    template.every(part => typeof part === 'string') ? [template.join('')] : [],
  )
  const commands = settings.sslConfCommand.filter(({ name }) => name === 'Certificate' || name === 'PrivateKey')
  const others = [
    settings.sslPasswordFile,
    settings.sslDhparam,
    settings.sslClientCertificate,
    settings.sslTrustedCertificate,
    settings.sslCrl,
    settings.sslStaplingFile,
    ...settings.sslSessionTicketKey,
    ...commands.map(({ value }) => value),
  ]
  return [...fixed, ...others].filter(path => path !== null).filter(path => !path.startsWith('data:') && !isMade(path))
}

class Missing {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const versionOrder: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

/** Renegotiation has cost more than it was ever worth: a client that asks for it is refused, as in nginx. */
const NO_RENEGOTIATION = 0x40000000

const versionBits: Readonly<Record<TlsVersion, number>> = {
  TLSv1: constants.SSL_OP_NO_TLSv1,
  'TLSv1.1': constants.SSL_OP_NO_TLSv1_1,
  'TLSv1.2': constants.SSL_OP_NO_TLSv1_2,
  'TLSv1.3': constants.SSL_OP_NO_TLSv1_3,
}

interface Commands {
  ciphers?: string
  suites?: string
  groups?: string
  signatures?: string
  versions?: readonly TlsVersion[]
  certificate?: string
  key?: string
  /** Bits by the name of their option; true: set. */
  readonly options: Map<string, boolean>
}

/** Options of ssl_conf_command and the bits they stand for; those with a dash before them in `inverted` clear the bit. */
const optionBits: Readonly<Record<string, number>> = {
  ServerPreference: constants.SSL_OP_CIPHER_SERVER_PREFERENCE,
  PrioritizeChaCha: 0x00200000,
  NoRenegotiation: NO_RENEGOTIATION,
  Compression: constants.SSL_OP_NO_COMPRESSION,
  SessionTicket: constants.SSL_OP_NO_TICKET,
  KTLS: 0,
}
const inverted = new Set(['Compression', 'SessionTicket'])

function readCommands(settings: TlsSettings): Commands | string {
  const commands: Commands = { options: new Map() }
  for (const { name, value } of settings.sslConfCommand) {
    switch (name.toLowerCase()) {
      case 'ciphersuites':
        commands.suites = value
        break
      case 'cipherstring':
        commands.ciphers = value
        break
      case 'curves':
      case 'groups':
        commands.groups = value
        break
      case 'signaturealgorithms':
        commands.signatures = value
        break
      case 'certificate':
        commands.certificate = value
        break
      case 'privatekey':
        commands.key = value
        break
      case 'minprotocol':
      case 'maxprotocol': {
        const index = versionOrder.findIndex(version => version.toLowerCase() === value.toLowerCase())
        if (index < 0) return `SSL_CONF_cmd("${name}", "${value}") failed: no such version`
        const now = commands.versions ?? settings.sslProtocols
        const least = name.toLowerCase() === 'minprotocol'
        commands.versions = least ? versionOrder.slice(index) : versionOrder.slice(0, index + 1)
        if (commands.versions !== now && settings.sslConfCommand.length > 1) {
          commands.versions = commands.versions.filter(version => least || now.includes(version))
        }
        break
      }
      case 'options':
        for (const word of value.split(',')) {
          const on = !word.startsWith('-')
          const option = word.replace(/^[+-]/, '')
          if (!Object.hasOwn(optionBits, option)) {
            return `SSL_CONF_cmd("Options", "${word}") is not supported by evenkeel; it may be ${Object.keys(optionBits).join(', ')}`
          }
          commands.options.set(option, on)
        }
        break
      default:
        return `SSL_CONF_cmd("${name}", "${value}") is not supported by evenkeel`
    }
  }
  return commands
}

/** Of each kind of key the last pair counts, as in OpenSSL. */
function readIdentities(parts: TlsContextParts, commands: Commands): readonly TlsIdentity[] | string {
  const { fullPath, textOf } = parts
  let identities = parts.identities
  if (commands.certificate !== undefined) {
    const name = fullPath(commands.certificate)
    const keyName = fullPath(commands.key ?? commands.certificate)
    identities = [...identities, { name, certificate: textOf(name) ?? '', keyName, key: textOf(keyName) ?? '' }]
  }
  const passwords = readPasswords(parts)
  if (typeof passwords === 'string') return passwords
  const byKind = new Map<string, TlsIdentity>()
  for (const identity of identities) {
    const read = readPair(identity, passwords)
    if (typeof read === 'string') return read
    byKind.set(read.kind, { ...identity, key: read.key })
  }
  return [...byKind.values()]
}

function readPair(
  { name, certificate, keyName, key }: TlsIdentity,
  passwords: readonly string[],
): { readonly kind: string; readonly key: string } | string {
  let leaf: X509Certificate
  try {
    leaf = new X509Certificate(certificate)
  } catch (error) {
    return `cannot load certificate "${name}": ${certificate.includes('-----BEGIN') ? reason(error) : 'PEM_read_bio_X509() failed (no certificate in PEM form)'}`
  }
  const secret = readKey(key, passwords)
  if (typeof secret === 'string') return `cannot load certificate key "${keyName}": ${secret}`
  if (!leaf.checkPrivateKey(secret)) {
    return `SSL_CTX_use_PrivateKey("${keyName}") failed: key values mismatch, it is not the key of "${name}"`
  }
  // Node asks for a pass phrase for all keys alike, and there may be several.
  const open = secret.export({ type: 'pkcs8', format: 'pem' })
  return { kind: secret.asymmetricKeyType ?? '', key: open }
}

function readKey(pem: string, passwords: readonly string[]): KeyObject | string {
  let problem = 'PEM_read_bio_PrivateKey() failed'
  for (const passphrase of ['', ...passwords]) {
    try {
      return createPrivateKey(passphrase === '' ? pem : { key: pem, passphrase })
    } catch (error) {
      problem = `PEM_read_bio_PrivateKey() failed (${reason(error)})`
    }
  }
  return problem
}

function readPasswords({ settings, fullPath, textOf }: TlsContextParts): readonly string[] | string {
  if (settings.sslPasswordFile === null) return []
  const text = textOf(fullPath(settings.sslPasswordFile))
  return text?.split(/\r?\n/).filter(line => line !== '') ?? `open() "${fullPath(settings.sslPasswordFile)}" failed`
}

/** PEM of those who may have issued certificates of clients, each once. */
export function clientAuthorities({
  settings,
  fullPath,
  textOf,
}: Pick<TlsContextParts, 'settings' | 'fullPath' | 'textOf'>): string[] | string {
  const { sslClientCertificate, sslTrustedCertificate, sslVerifyClient } = settings
  const found = new Set<string>()
  for (const path of sslVerifyClient === 'off' ? [] : [sslClientCertificate, sslTrustedCertificate]) {
    if (path === null) continue
    const text = textOf(fullPath(path))
    if (text === undefined) return `cannot load certificate "${fullPath(path)}"`
    const blocks = pemBlocks(text, '(?:TRUSTED |X509 )?CERTIFICATE')
    if (blocks.length === 0)
      return `SSL_CTX_load_verify_locations("${fullPath(path)}") failed: no certificate in PEM form`
    // One that stands twice would be told to clients twice.
    for (const block of blocks) found.add(block)
  }
  return [...found]
}

/** nginx has the two keys of such a file in the other order than Node. */
function readTicketKeys({ settings, fullPath, textOf, ticketKeys }: TlsContextParts): Buffer | string {
  const [path] = settings.sslSessionTicketKey
  if (path === undefined) return Buffer.from(ticketKeys)
  const bytes = Buffer.from(textOf(fullPath(path)) ?? '', 'latin1')
  if (bytes.length === 48) return Buffer.concat([bytes.subarray(0, 16), bytes.subarray(32), bytes.subarray(16, 32)])
  if (bytes.length === 80)
    return `"${fullPath(path)}" has 80 bytes, for AES-256; tickets are sealed with AES-128 here: use 48 bytes`
  return `"${fullPath(path)}" must be 48 bytes`
}

function secureOptions(
  settings: TlsSettings,
  commands: Commands,
  versions: readonly TlsVersion[],
  least: TlsVersion,
  most: TlsVersion,
): number {
  let bits = NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION
  if (settings.sslPreferServerCiphers) bits |= constants.SSL_OP_CIPHER_SERVER_PREFERENCE
  if (!settings.sslSessionTickets) bits |= constants.SSL_OP_NO_TICKET
  for (const version of versionOrder.slice(versionOrder.indexOf(least), versionOrder.indexOf(most))) {
    if (!versions.includes(version)) bits |= versionBits[version]
  }
  for (const [option, on] of commands.options) {
    if (on !== inverted.has(option)) bits |= optionBits[option]!
    else bits &= ~optionBits[option]!
  }
  return bits
}

/** Suites of TLS 1.3 are in a list of their own, which is OpenSSL's unless told. */
function cipherList(ciphers: string, suites: string | undefined): string {
  return `${suites ?? STANDARD_SUITES}:${ciphers}`
}

const STANDARD_SUITES = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256'

/**
 * A session may only be taken up where the same certificates are shown and the same authorities are trusted: else a
 * client verified for one server would be taken as verified for another.
 */
function sessionContext(
  pairs: readonly TlsIdentity[],
  authorities: readonly string[],
  { sslVerifyClient, sslCrl }: TlsSettings,
): string {
  const hash = createHash('sha256')
  for (const { certificate } of pairs) hash.update(certificate).update('\0')
  for (const authority of authorities) hash.update(authority).update('\0')
  return hash.update(`${sslVerifyClient} ${sslCrl}`).digest('hex').slice(0, 32)
}

function pemBlocks(text: string, kind: string): string[] {
  return text.match(new RegExp(`-----BEGIN ${kind}-----[^-]*-----END ${kind}-----`, 'g')) ?? []
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
