/** Passwords hashed by MD5 a thousand times: Apache's `$apr1$` and the `$1$` of crypt(3), which differ in that name. */
import { createHash } from 'node:crypto'
import { encode24 } from './crypt-text.ts'

const ROUNDS = 1000
const LONGEST_SALT = 8

/** The whole stored form that this password has with the magic and salt of `stored`. */
export function md5Crypt(password: Buffer, stored: string): string {
  const [, name = '', salt = ''] = stored.split('$')
  const magic = `$${name}$`
  const short = Buffer.from(salt.slice(0, LONGEST_SALT), 'latin1')

  const inner = md5(password, short, password)
  const parts: Buffer[] = [password, Buffer.from(magic), short]
  for (let left = password.length; left > 0; left -= 16) parts.push(inner.subarray(0, Math.min(left, 16)))
  for (let bits = password.length; bits > 0; bits >>= 1) {
    parts.push(bits & 1 ? Buffer.alloc(1) : password.subarray(0, 1))
  }
  let digest = md5(...parts)
  for (let round = 0; round < ROUNDS; round++) {
    const odd = round % 2 === 1
    const mixed = [odd ? password : digest]
    if (round % 3 !== 0) mixed.push(short)
    if (round % 7 !== 0) mixed.push(password)
    mixed.push(odd ? digest : password)
    digest = md5(...mixed)
  }
  let text = ''
  for (const [a, b, c] of [
    [0, 6, 12],
    [1, 7, 13],
    [2, 8, 14],
    [3, 9, 15],
    [4, 10, 5],
  ] as const) {
    text += encode24(digest[a]!, digest[b]!, digest[c]!, 4)
  }
  return `${magic}${short.toString('latin1')}$${text}${encode24(0, 0, digest[11]!, 2)}`
}

function md5(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
