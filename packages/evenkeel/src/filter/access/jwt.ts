/**
 * JSON Web Tokens (RFC 7519) signed by HMAC, RSA, ECDSA or EdDSA, checked by keys of a JSON Web Key Set (RFC 7517).
 *
 * Which algorithms may be used is decided by the key, never by the token: a token that says HS256 is not checked with
 * the bytes of a public key, and `none` is no algorithm.
 */
import { constants, createHmac, createPublicKey, timingSafeEqual, verify, type KeyObject } from 'node:crypto'

export type Claims = Readonly<Record<string, unknown>>

export interface Token {
  readonly header: Claims
  readonly claims: Claims
}

export interface VerifyKey {
  readonly id: string | null
  /** The one algorithm it is for; null: any of its kind. */
  readonly algorithm: string | null
  readonly secret: Buffer | null
  readonly public: KeyObject | null
}

/** Keys of a set; one that can't be read is left out, as its kind may be newer than this. */
export function readKeys(text: string): VerifyKey[] | null {
  const set = readObject(text)
  const keys = set === null ? null : set['keys']
  return Array.isArray(keys) ? keys.map(readKey).filter(key => key !== null) : null
}

function readKey(value: unknown): VerifyKey | null {
  if (typeof value !== 'object' || value === null) return null
  const jwk = value as Record<string, unknown>
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') return null
  const id = typeof jwk['kid'] === 'string' ? jwk['kid'] : null
  const algorithm = typeof jwk['alg'] === 'string' ? jwk['alg'] : null
  if (jwk['kty'] === 'oct') {
    if (typeof jwk['k'] !== 'string' || jwk['k'] === '') return null
    return { id, algorithm, secret: Buffer.from(jwk['k'], 'base64url'), public: null }
  }
  try {
    return { id, algorithm, secret: null, public: createPublicKey({ key: jwk, format: 'jwk' }) }
  } catch {
    return null
  }
}

/** The token, or why it is not accepted. `nowSeconds` and `leeway` in seconds. */
export function checkToken(
  text: string,
  keys: readonly VerifyKey[],
  nowSeconds: number,
  leeway: number,
): Token | string {
  const parts = text.split('.')
  if (parts.length !== 3 || !parts.every(part => /^[A-Za-z0-9_-]+$/.test(part))) return 'it is not a signed token'
  const [head, body, signature] = parts as [string, string, string]
  const header = readObject(Buffer.from(head, 'base64url').toString())
  const claims = readObject(Buffer.from(body, 'base64url').toString())
  if (header === null || claims === null) return 'it is not a signed token'
  const algorithm = header['alg']
  if (typeof algorithm !== 'string' || header['crit'] !== undefined) return 'its algorithm is not supported'
  const { kid } = header
  const fitting = keys.filter(
    key =>
      (kid === undefined || key.id === null || key.id === kid) &&
      (key.algorithm === null || key.algorithm === algorithm),
  )
  const signed = Buffer.from(`${head}.${body}`)
  const mark = Buffer.from(signature, 'base64url')
  if (!fitting.some(key => isSigned(algorithm, key, signed, mark))) return 'no key has signed it'
  return inTime(claims, nowSeconds, leeway) ?? { header, claims }
}

function inTime(claims: Claims, now: number, leeway: number): string | undefined {
  const { exp, nbf } = claims
  if (exp !== undefined && !(typeof exp === 'number' && now <= exp + leeway)) return 'it has expired'
  if (nbf !== undefined && !(typeof nbf === 'number' && now >= nbf - leeway)) return 'it does not hold yet'
  return undefined
}

const curves: Readonly<Record<string, string>> = { '256': 'prime256v1', '384': 'secp384r1', '512': 'secp521r1' }

function isSigned(algorithm: string, key: VerifyKey, signed: Buffer, mark: Buffer): boolean {
  const [, family, bits = ''] = /^(HS|RS|PS|ES)(256|384|512)$/.exec(algorithm) ?? []
  if (family === 'HS') {
    if (key.secret === null) return false
    const wanted = createHmac(`sha${bits}`, key.secret).update(signed).digest()
    return wanted.length === mark.length && timingSafeEqual(wanted, mark)
  }
  if (key.public === null) return false
  const kind = key.public.asymmetricKeyType
  try {
    switch (family) {
      case 'RS':
        return kind === 'rsa' && verify(`sha${bits}`, signed, key.public, mark)
      case 'PS': {
        const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(bits) / 8 }
        return kind === 'rsa' && verify(`sha${bits}`, signed, { key: key.public, ...padding }, mark)
      }
      case 'ES': {
        if (kind !== 'ec' || key.public.asymmetricKeyDetails?.namedCurve !== curves[bits]) return false
        return verify(`sha${bits}`, signed, { key: key.public, dsaEncoding: 'ieee-p1363' }, mark)
      }
      default:
        return (
          algorithm === 'EdDSA' && (kind === 'ed25519' || kind === 'ed448') && verify(null, signed, key.public, mark)
        )
    }
  } catch {
    // A mark of a form that the library refuses outright.
    return false
  }
}

function readObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
