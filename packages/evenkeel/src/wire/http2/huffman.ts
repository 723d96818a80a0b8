/**
 * The Huffman code of HPACK (RFC 7541, 5.2 and Appendix B).
 *
 * The code is canonical: symbols of one length have consecutive codes in their own order, so the lengths say all of it.
 * Decoding takes half a byte a step through a table of states; no code is shorter than five bits, so a step ends at most
 * one symbol. Tried as well: a walk bit by bit, five times slower.
 */

/** Lengths in bits of the codes of 0 to 255 and of the end of string, a digit in base 36 each. */
const LENGTHS =
  'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca' +
  'd67777777777777777777777878djde6f56565666577666567655677777fbeds' +
  'kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn' +
  'qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrqu'

const END = 256
const lengths = Array.from(LENGTHS, digit => Number.parseInt(digit, 36))
const codes = assign()

/** A step's entry: the state it leads to, a symbol it ends (EMITS), or neither. FAILED leads nowhere. */
const EMITS = 0x1_0000
const FAILED = -1
/** Seven bits by the letter. Encoders that end a string on a byte and pad it with another are let pass, as nginx does. */
const MAX_PADDING = 8
const { steps, accepting } = build()

/**
 * Decodes bytes[start, end) into `target` from `at`. Answers the index behind the last byte written; -1 when the code is
 * wrong (RFC 7541, 5.2: its end spelled out, padding that is too long or not made of ones). `target` has to have room
 * for 8/5 of the length.
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  let state = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    let entry = steps[(state << 4) | (byte >> 4)]!
    if (entry === FAILED) return -1
    if ((entry & EMITS) !== 0) target[at++] = (entry >> 17) & 255
    entry = steps[((entry & 0xffff) << 4) | (byte & 15)]!
    if (entry === FAILED) return -1
    if ((entry & EMITS) !== 0) target[at++] = (entry >> 17) & 255
    state = entry & 0xffff
  }
  return accepting[state] === 1 ? at : -1
}

/** Writes the code of Latin-1 text into `target`, which has room for `huffmanLength(text)` bytes. */
export function encodeHuffman(text: string, target: Uint8Array): void {
  let at = 0
  let bits = 0
  let held = 0
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 255
    let left = lengths[symbol]!
    const code = codes[symbol]!
    // At most 16 bits beside the seven that may be held, so that nothing overflows 32.
    while (left > 0) {
      const taken = Math.min(left, 16)
      bits = (bits << taken) | ((code >>> (left - taken)) & ((1 << taken) - 1))
      left -= taken
      held += taken
      while (held >= 8) target[at++] = bits >>> (held -= 8)
      bits &= (1 << held) - 1
    }
  }
  if (held > 0) target[at] = (bits << (8 - held)) | (255 >> held)
}

/** Bytes the code of this text takes. */
export function huffmanLength(text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) bits += lengths[text.charCodeAt(i) & 255]!
  return (bits + 7) >> 3
}

function assign(): readonly number[] {
  const order = lengths.map((_, symbol) => symbol).sort((a, b) => lengths[a]! - lengths[b]! || a - b)
  const found: number[] = []
  let code = 0
  let length = lengths[order[0]!]!
  for (const symbol of order) {
    code <<= lengths[symbol]! - length
    length = lengths[symbol]!
    found[symbol] = code++
  }
  return found
}

/** One state for every inner node of the code's tree, numbered from the root. */
function build(): { steps: Int32Array; accepting: Uint8Array } {
  // A node: two children, each another node (its number), a symbol (-2 - symbol), or nothing yet (-1).
  const tree: [number, number][] = [[-1, -1]]
  // The padding is a beginning of the end of string: all ones.
  const ends: number[] = [1]
  for (const [symbol, length] of lengths.entries()) {
    let node = 0
    let ones = true
    for (let bit = length - 1; bit >= 0; bit--) {
      const side = (codes[symbol]! >>> bit) & 1
      ones &&= side === 1
      if (bit === 0) tree[node]![side] = -2 - symbol
      else {
        let next = tree[node]![side]!
        if (next === -1) {
          next = tree.push([-1, -1]) - 1
          tree[node]![side] = next
          ends[next] = ones && length - bit <= MAX_PADDING ? 1 : 0
        }
        node = next
      }
    }
  }
  const table = new Int32Array(tree.length * 16)
  for (let from = 0; from < tree.length; from++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      let node = from
      let emitted = 0
      for (let bit = 3; bit >= 0 && node !== FAILED; bit--) {
        const next = tree[node]![(nibble >> bit) & 1]!
        if (next >= 0) node = next
        else if (next === -2 - END) node = FAILED
        else {
          emitted = EMITS | ((-2 - next) << 17)
          node = 0
        }
      }
      table[(from << 4) | nibble] = node === FAILED ? FAILED : node | emitted
    }
  }
  return { steps: table, accepting: Uint8Array.from(ends) }
}
