/**
 * What became of the latest requests, as texts by id: written by workers, read by the main thread when somebody asks.
 *
 * Each worker writes only its own column, in turn, without locks. A slot has a number that is odd while it is written:
 * who reads a slot that changed meanwhile has read nothing. What is never written takes no memory.
 */
const SLOTS = 128
/** Bytes of a slot: its number, the lengths of id and text, then both. */
const SLOT = 8192
const HEAD = 12
const COLUMN = SLOTS * SLOT

export function createStories(columns: number): SharedArrayBuffer {
  return new SharedArrayBuffer(columns * COLUMN)
}

export interface Story {
  readonly id: string
  readonly text: string
}

export class StoryRing {
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #columns: number
  readonly #own: number
  #next = 0

  constructor(buffer: SharedArrayBuffer, column: number) {
    this.#words = new Int32Array(buffer)
    this.#bytes = new Uint8Array(buffer)
    this.#columns = buffer.byteLength / COLUMN
    this.#own = column * COLUMN
  }

  /** The longest text that fits with an id. */
  static readonly most: number = SLOT - HEAD - 64

  /** False: it is too long to be kept. */
  write({ id, text }: Story): boolean {
    const idBytes = new TextEncoder().encode(id)
    const textBytes = new TextEncoder().encode(text)
    if (HEAD + idBytes.length + textBytes.length > SLOT) return false
    const at = this.#own + this.#next * SLOT
    this.#next = (this.#next + 1) % SLOTS
    const word = at / 4
    const number = Atomics.load(this.#words, word)
    Atomics.store(this.#words, word, number | 1)
    this.#words[word + 1] = idBytes.length
    this.#words[word + 2] = textBytes.length
    this.#bytes.set(idBytes, at + HEAD)
    this.#bytes.set(textBytes, at + HEAD + idBytes.length)
    Atomics.store(this.#words, word, ((number | 1) + 1) | 0)
    return true
  }

  /** Undefined: nobody has told of it, or others have taken its place. */
  find(id: string): string | undefined {
    for (const story of this.#each()) if (story.id === id) return story.text
    return undefined
  }

  ids(): string[] {
    return [...this.#each()].map(({ id }) => id)
  }

  *#each(): Generator<Story> {
    for (let at = 0; at < this.#columns * COLUMN; at += SLOT) {
      const number = Atomics.load(this.#words, at / 4)
      // In the order of writing a column has no gaps.
      if (number === 0) at += COLUMN - (at % COLUMN) - SLOT
      else if ((number & 1) === 0) {
        const story = this.#read(at)
        if (Atomics.load(this.#words, at / 4) === number) yield story
      }
    }
  }

  #read(at: number): Story {
    const [idLength = 0, textLength = 0] = this.#words.subarray(at / 4 + 1, at / 4 + 3)
    const text = (from: number, length: number): string =>
      new TextDecoder().decode(this.#bytes.slice(from, from + length))
    return { id: text(at + HEAD, idLength), text: text(at + HEAD + idLength, textLength) }
  }
}
