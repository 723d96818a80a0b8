/**
 * Whether a password is the one that a line of a password file holds, in every form that htpasswd and openssl write.
 * Texts have one character a byte.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { bcrypt, blowfishState } from './bcrypt.ts'
import { md5Crypt } from './md5-crypt.ts'
import { shaCrypt } from './sha-crypt.ts'

/** It takes so long that it must not be done where requests are served. */
export function isExpensive(stored: string): boolean {
  return stored.startsWith('$')
}

/** Undefined: the form is not known. `state`: who asks often keeps what bcrypt begins with. */
export function verify(
  password: string,
  stored: string,
  state: () => Uint32Array = blowfishState,
): boolean | undefined {
  const bytes = Buffer.from(password, 'latin1')
  if (stored.startsWith('{PLAIN}')) return same(password, stored.slice(7))
  if (stored.startsWith('{SHA}')) return same(sha1(bytes).toString('base64'), stored.slice(5))
  if (stored.startsWith('{SSHA}')) {
    const whole = Buffer.from(stored.slice(6), 'base64')
    return whole.length > 20 && sha1(bytes, whole.subarray(20)).equals(whole.subarray(0, 20))
  }
  if (/^\$(?:apr1|1)\$/.test(stored)) return same(md5Crypt(bytes, stored), stored)
  if (/^\$[56]\$./.test(stored)) return same(shaCrypt(bytes, stored), stored)
  const found = bcrypt(bytes, stored, state)
  return found === undefined ? undefined : same(found, stored)
}

function sha1(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha1')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** In a time that does not tell where they differ. */
function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'latin1').digest()
  return timingSafeEqual(digest(a), digest(b))
}
