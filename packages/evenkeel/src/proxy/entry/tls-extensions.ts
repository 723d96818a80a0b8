/**
 * What servers are told of a client's TLS by the PROXY protocol, version 2: the extensions that nginx sends. Of the
 * certificate the server showed there are the names of its algorithms, of the client's its common name.
 */
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { Extension } from '../../exchange/client-tls.ts'
import { verifyErrorNumber } from '../../net/tls-verify.ts'

/** Types of extensions, and of those inside the one about TLS. */
const ALPN = 0x01
const AUTHORITY = 0x02
const TLS = 0x20
const VERSION = 0x21
const COMMON_NAME = 0x22
const CIPHER = 0x23
const SIGNATURE = 0x24
const KEY = 0x25

/** The client speaks TLS, has shown a certificate on this connection, or on one whose session this is. */
const SPEAKS_TLS = 0x01
const CERTIFIED_NOW = 0x02
const CERTIFIED = 0x04
/** Nobody was asked for a certificate, or showed none: nothing was found good. */
const UNVERIFIED = 1

export function tlsExtensions(
  socket: TLSSocket,
  serverName: string,
  protocol: string,
  certificate: X509Certificate | undefined,
  verifyCode: string,
): Extension[] {
  const told: Extension[] = []
  const tell = (list: Extension[], type: number, value: string | undefined): void => {
    if (value !== undefined && value !== '') list.push({ type, value: Buffer.from(value, 'utf8') })
  }
  tell(told, AUTHORITY, serverName)
  tell(told, ALPN, protocol)

  const inner: Extension[] = []
  const own = socket.getX509Certificate()
  tell(inner, VERSION, socket.getProtocol() ?? undefined)
  tell(inner, COMMON_NAME, certificate && commonName(certificate))
  tell(inner, CIPHER, socket.getCipher()?.name)
  tell(inner, SIGNATURE, own && signatureName(own))
  tell(inner, KEY, own && keyName(own))

  const flags = certificate === undefined ? 0 : CERTIFIED | (socket.isSessionReused() ? 0 : CERTIFIED_NOW)
  const head = Buffer.alloc(5)
  head[0] = SPEAKS_TLS | flags
  head.writeUInt32BE(certificate === undefined ? UNVERIFIED : verifyErrorNumber(verifyCode), 1)
  told.push({ type: TLS, value: Buffer.concat([head, ...inner.map(written)]) })
  return told
}

function written({ type, value }: Extension): Buffer {
  return Buffer.concat([Buffer.of(type, value.length >> 8, value.length & 0xff), value])
}

/** The first, where there are several. */
function commonName(certificate: X509Certificate): string | undefined {
  const name: string | readonly string[] | undefined = certificate.toLegacyObject().subject?.CN
  return typeof name === 'string' ? name : name?.[0]
}

/** As OpenSSL's short names have it: what it calls sha256WithRSAEncryption is RSA-SHA256 there. */
function signatureName({ signatureAlgorithm }: X509Certificate): string | undefined {
  const [, digest] = /^(\w+)WithRSAEncryption$/.exec(signatureAlgorithm ?? '') ?? []
  return digest === undefined ? signatureAlgorithm : `RSA-${digest.toUpperCase()}`
}

/** `RSA2048`, `EC256`; other kinds have no such name. */
function keyName({ publicKey }: X509Certificate): string | undefined {
  const { asymmetricKeyType: kind, asymmetricKeyDetails: details } = publicKey
  if (kind === 'rsa' || kind === 'rsa-pss') return `RSA${details?.modulusLength ?? 0}`
  if (kind === 'dsa') return `DSA${details?.modulusLength ?? 0}`
  const bits =
    kind === 'ec' ? /(\d+)/.exec(curveBits[details?.namedCurve ?? ''] ?? details?.namedCurve ?? '')?.[1] : undefined
  return bits === undefined ? undefined : `EC${bits}`
}

/** Curves whose names begin with another number than that of their bits. */
const curveBits: Readonly<Record<string, string>> = { prime256v1: '256', prime192v1: '192' }
