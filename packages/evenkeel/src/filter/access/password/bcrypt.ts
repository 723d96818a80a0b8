/**
 * Passwords hashed by bcrypt (Provos and Mazières, 1999), which is what `htpasswd -B` writes.
 *
 * Blowfish starts from 33,344 binary digits of pi. They are computed, in 40 milliseconds at the first use, rather
 * than printed here: a table of a thousand numbers can hide a mistake, and the published vectors can't miss one.
 */
const ROUND_KEYS = 18
const BOX_WORDS = 1024
const LONGEST_PASSWORD = 72
/** Each step doubles the work; 2^20 already takes hours here. */
const MOST_COST = 20
const MAGIC = 'OrpheanBeholderScryDoubt'
const ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** The whole stored form that this password has with the parameters of `stored`; undefined: that is no bcrypt hash. `state` is where Blowfish begins. */
export function bcrypt(password: Buffer, stored: string, state: () => Uint32Array): string | undefined {
  const [, prefix, written, salted] = /^(\$2[aby]\$)(\d\d)\$([./A-Za-z0-9]{22})[./A-Za-z0-9]{31}$/.exec(stored) ?? []
  const cost = Number(written)
  if (prefix === undefined || salted === undefined || cost < 4 || cost > MOST_COST) return undefined
  const salt = decode(salted, 16)
  const key = Buffer.concat([password, Buffer.alloc(1)]).subarray(0, LONGEST_PASSWORD)

  const cipher = new Blowfish(state().slice())
  cipher.expand(key, salt)
  for (let round = 0; round < 2 ** cost; round++) {
    cipher.expand(key, null)
    cipher.expand(salt, null)
  }
  const text = Buffer.from(MAGIC)
  const words = Uint32Array.from({ length: 6 }, (_, i) => text.readUInt32BE(4 * i))
  for (let pair = 0; pair < 6; pair += 2) {
    for (let time = 0; time < 64; time++) cipher.encrypt(words, pair)
  }
  const bytes = Buffer.alloc(24)
  for (const [i, word] of words.entries()) bytes.writeUInt32BE(word, 4 * i)
  return `${prefix}${written}$${salted}${encode(bytes.subarray(0, 23))}`
}

class Blowfish {
  /** Round keys, then four boxes of 256 words. */
  readonly #state: Uint32Array

  constructor(state: Uint32Array) {
    this.#state = state
  }

  /** Mixes a key in, and runs through the whole state with a salt, or without. */
  expand(key: Buffer, salt: Buffer | null): void {
    const state = this.#state
    let at = 0
    for (let i = 0; i < ROUND_KEYS; i++) {
      let word = 0
      for (let byte = 0; byte < 4; byte++, at++) word = (word << 8) | key[at % key.length]!
      state[i]! ^= word
    }
    const block = new Uint32Array(2)
    for (let i = 0; i < state.length; i += 2) {
      if (salt !== null) {
        const from = (i * 4) % salt.length
        block[0]! ^= salt.readUInt32BE(from)
        block[1]! ^= salt.readUInt32BE(from + 4)
      }
      this.encrypt(block, 0)
      state[i] = block[0]!
      state[i + 1] = block[1]!
    }
  }

  encrypt(words: Uint32Array, at: number): void {
    const state = this.#state
    let left = words[at]! ^ state[0]!
    let right = words[at + 1]!
    for (let i = 1; i <= 16; i += 2) {
      right ^= mix(state, left) ^ state[i]!
      left ^= mix(state, right) ^ state[i + 1]!
    }
    words[at] = right ^ state[17]!
    words[at + 1] = left
  }
}

function mix(state: Uint32Array, word: number): number {
  const sum = state[18 + (word >>> 24)]! + state[274 + ((word >>> 16) & 0xff)]!
  return ((sum ^ state[530 + ((word >>> 8) & 0xff)]!) + state[786 + (word & 0xff)]!) | 0
}

/** The fraction of pi by Machin's formula: 16 atan(1/5) - 4 atan(1/239), with some digits to spare. */
export function blowfishState(): Uint32Array {
  const words = ROUND_KEYS + BOX_WORDS
  const bits = BigInt(words * 32)
  const spare = 64n
  const one = 1n << (bits + spare)
  const pi = (16n * arctangent(5n, one) - 4n * arctangent(239n, one)) >> spare
  const digits = (pi & ((1n << bits) - 1n)).toString(16).padStart(words * 8, '0')
  return Uint32Array.from({ length: words }, (_, i) => Number.parseInt(digits.slice(8 * i, 8 * i + 8), 16))
}

function arctangent(inverse: bigint, one: bigint): bigint {
  const square = inverse * inverse
  let power = one / inverse
  let sum = power
  let sign = -1n
  for (let n = 3n; power > 0n; n += 2n) {
    power /= square
    sum += (sign * power) / n
    sign = -sign
  }
  return sum
}

function decode(text: string, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let bits = 0
  let held = 0
  let at = 0
  for (const letter of text) {
    bits = ((bits << 6) | ALPHABET.indexOf(letter)) & 0xffff
    held += 6
    if (held < 8 || at === length) continue
    held -= 8
    bytes[at++] = (bits >> held) & 0xff
  }
  return bytes
}

function encode(bytes: Buffer): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff
    held += 8
    for (; held >= 6; held -= 6) text += ALPHABET[(bits >> (held - 6)) & 63]
  }
  return held > 0 ? text + ALPHABET[(bits << (6 - held)) & 63] : text
}
