/** Passwords hashed by SHA-256 (`$5$`) or SHA-512 (`$6$`) some thousand times, as crypt(3) does (Drepper, 2007). */
import { createHash } from 'node:crypto'
import { encode24 } from './crypt-text.ts'

const USUAL_ROUNDS = 5000
const LEAST_ROUNDS = 1000
/** crypt(3) allows a thousand times more; no file of passwords should make one request cost minutes. */
const MOST_ROUNDS = 999_999
const LONGEST_SALT = 16

/** The whole stored form that this password has with the parameters of `stored`. */
export function shaCrypt(password: Buffer, stored: string): string {
  const [, id = '', ...rest] = stored.split('$')
  const asked = /^rounds=(\d{1,9})$/.exec(rest[0] ?? '')
  const salt = Buffer.from((asked === null ? rest[0]! : (rest[1] ?? '')).slice(0, LONGEST_SALT), 'latin1')
  const rounds = asked === null ? USUAL_ROUNDS : Math.min(MOST_ROUNDS, Math.max(LEAST_ROUNDS, Number(asked[1])))
  const hash = (...parts: readonly Buffer[]): Buffer => {
    const made = createHash(id === '5' ? 'sha256' : 'sha512')
    for (const part of parts) made.update(part)
    return made.digest()
  }

  const inner = hash(password, salt, password)
  const parts = [password, salt, repeated(inner, password.length)]
  for (let bits = password.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? inner : password)
  let digest = hash(...parts)
  const word = repeated(hash(...Array.from({ length: password.length }, () => password)), password.length)
  const salts = repeated(hash(...Array.from({ length: 16 + digest[0]! }, () => salt)), salt.length)
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1
    const mixed = [odd ? word : digest]
    if (round % 3 !== 0) mixed.push(salts)
    if (round % 7 !== 0) mixed.push(word)
    mixed.push(odd ? digest : word)
    digest = hash(...mixed)
  }
  const told = asked === null ? '' : `rounds=${rounds}$`
  return `$${id}$${told}${salt.toString('latin1')}$${id === '5' ? text256(digest) : text512(digest)}`
}

function repeated(bytes: Buffer, length: number): Buffer {
  const whole = Buffer.alloc(length)
  for (let at = 0; at < length; at += bytes.length) bytes.copy(whole, at)
  return whole
}

function text256(bytes: Buffer): string {
  let text = ''
  let [a, b, c] = [0, 10, 20]
  for (let i = 0; i < 10; i++) {
    text += encode24(bytes[a]!, bytes[b]!, bytes[c]!, 4)
    ;[a, b, c] = [c + 1, a + 1, b + 1]
  }
  return text + encode24(0, bytes[31]!, bytes[30]!, 3)
}

function text512(bytes: Buffer): string {
  let text = ''
  let [a, b, c] = [0, 21, 42]
  for (let i = 0; i < 21; i++) {
    text += encode24(bytes[a]!, bytes[b]!, bytes[c]!, 4)
    ;[a, b, c] = [b + 1, c + 1, a + 1]
  }
  return text + encode24(0, 0, bytes[63]!, 2)
}
