/**
 * A hash of text under a secret key: HalfSipHash-1-3 with 64 bits of result (Aumasson and Bernstein, 2012).
 *
 * Keys of shared tables come from strangers (addresses, cookies, URIs). With a hash that anybody can compute, somebody
 * could choose a key that falls together with another client's, or many that fall into one chain. 32-bit arithmetic
 * throughout, since 64-bit integers cost a hundred times as much here.
 */

export interface HashKey {
  readonly first: number
  readonly second: number
}

/** Two 32-bit words. Reused by the next call of the same hash: who keeps it copies it. */
export interface Digest {
  high: number
  low: number
}

export class KeyedHash {
  readonly #first: number
  readonly #second: number
  readonly #digest: Digest = { high: 0, low: 0 }
  #v0 = 0
  #v1 = 0
  #v2 = 0
  #v3 = 0

  constructor(key: HashKey) {
    this.#first = key.first | 0
    this.#second = key.second | 0
  }

  /** Of byte text: one byte a character, as everywhere on the data plane. */
  of(text: string): Digest {
    this.#v0 = this.#first
    this.#v1 = this.#second ^ 0xee
    this.#v2 = this.#first ^ 0x6c796765
    this.#v3 = this.#second ^ 0x74656462
    const { length } = text
    const whole = length - (length & 3)
    let at = 0
    for (; at < whole; at += 4) this.#word(bytesAt(text, at, 4))
    this.#word(bytesAt(text, at, length & 3) | (length << 24))
    this.#v2 ^= 0xee
    this.#round()
    this.#round()
    this.#round()
    this.#digest.low = this.#v1 ^ this.#v3
    this.#v1 ^= 0xdd
    this.#round()
    this.#round()
    this.#round()
    this.#digest.high = this.#v1 ^ this.#v3
    return this.#digest
  }

  #word(word: number): void {
    this.#v3 ^= word
    this.#round()
    this.#v0 ^= word
  }

  #round(): void {
    let v0 = this.#v0
    let v1 = this.#v1
    let v2 = this.#v2
    let v3 = this.#v3
    v0 = (v0 + v1) | 0
    v1 = rotate(v1, 5) ^ v0
    v0 = rotate(v0, 16)
    v2 = (v2 + v3) | 0
    v3 = rotate(v3, 8) ^ v2
    v0 = (v0 + v3) | 0
    v3 = rotate(v3, 7) ^ v0
    v2 = (v2 + v1) | 0
    v1 = rotate(v1, 13) ^ v2
    v2 = rotate(v2, 16)
    this.#v0 = v0
    this.#v1 = v1
    this.#v2 = v2
    this.#v3 = v3
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

function bytesAt(text: string, at: number, count: number): number {
  let word = 0
  for (let i = 0; i < count; i++) word |= (text.charCodeAt(at + i) & 0xff) << (8 * i)
  return word
}
