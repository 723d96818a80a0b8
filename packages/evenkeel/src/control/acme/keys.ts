/** Keys of accounts and certificates, and what is signed with the first: JWS (RFC 7515) as ACME has it (RFC 8555, 6.2). */
import { createHash, createHmac, createPublicKey, generateKeyPair, sign, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { AcmeKey } from '../../model/acme.ts'

const generate = promisify(generateKeyPair)

/** Off the event loop: an RSA key may take a second. */
export async function makeKey(kind: AcmeKey): Promise<KeyObject> {
  const size = Number(kind.slice(kind.indexOf(':') + 1))
  const { privateKey } = kind.startsWith('rsa')
    ? await generate('rsa', { modulusLength: size })
    : await generate('ec', { namedCurve: `P-${size}` })
  return privateKey
}

export type Json = Readonly<Record<string, unknown>>

/** What an account key signs with; null: nothing that ACME knows. */
export function signatureOf(key: KeyObject): { readonly alg: string; readonly hash: string } | null {
  if (key.asymmetricKeyType === 'rsa') return { alg: 'RS256', hash: 'sha256' }
  const curve = key.asymmetricKeyDetails?.namedCurve ?? ''
  return Object.hasOwn(curves, curve) ? curves[curve]! : null
}

const curves: Readonly<Record<string, { readonly alg: string; readonly hash: string }>> = {
  prime256v1: { alg: 'ES256', hash: 'sha256' },
  secp384r1: { alg: 'ES384', hash: 'sha384' },
  secp521r1: { alg: 'ES512', hash: 'sha512' },
}

/** The public half, with its members in the order that a thumbprint wants (RFC 7638). */
export function publicJwk(key: KeyObject): Json {
  const { crv, e, kty, n, x, y } = createPublicKey(key).export({
    format: 'jwk',
  })
  return kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y }
}

export function thumbprint(key: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(publicJwk(key)))
    .digest('base64url')
}

/** A flattened JWS; `payload` null is the empty one of POST-as-GET. */
export function signed(key: KeyObject, header: Json, payload: Json | null): string {
  const signature = signatureOf(key)
  const protectedPart = base64url(JSON.stringify({ alg: signature?.alg, ...header }))
  const payloadPart = payload === null ? '' : base64url(JSON.stringify(payload))
  const bytes = Buffer.from(`${protectedPart}.${payloadPart}`)
  const mark = sign(signature?.hash ?? 'sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
  return JSON.stringify({ protected: protectedPart, payload: payloadPart, signature: mark.toString('base64url') })
}

/** Proof that the account's key belongs to who has `mac` (RFC 8555, 7.3.4). */
export function externalBinding(key: KeyObject, kid: string, mac: Buffer, url: string): Json {
  const protectedPart = base64url(JSON.stringify({ alg: 'HS256', kid, url }))
  const payload = base64url(JSON.stringify(publicJwk(key)))
  const signature = createHmac('sha256', mac).update(`${protectedPart}.${payload}`).digest('base64url')
  return { protected: protectedPart, payload, signature }
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
