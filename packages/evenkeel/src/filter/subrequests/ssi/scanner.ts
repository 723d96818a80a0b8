/**
 * Finds SSI commands in a body that comes in parts, cut anywhere: `<!--#command name="value" … -->`.
 *
 * Text goes on as the bytes it came in. Of a command no more is kept than a command may be long, so that a page which
 * begins one and never ends it takes no memory.
 */
export interface SsiCommand {
  readonly name: string
  /** Name, value, name, value … in order; values as written. */
  readonly params: readonly string[]
}

/** What was wrong with a command that has ended. */
export interface SsiProblem {
  readonly problem: string
}

export interface ScanTarget {
  text(part: Uint8Array): void
}

const OPENING = Buffer.from('<!--#')
const LONGEST_NAME = 32
/** More parameters than any command has. */
export const MOST_PARAMS = 16

const LESS = 0x3c
const DASH = 0x2d
const GREATER = 0x3e
const EQUALS = 0x3d
const QUOTE = 0x22
const APOSTROPHE = 0x27
const BACKSLASH = 0x5c

const NO_MATCH = 0
const TEXT = 0
const BEFORE_NAME = 1
const NAME = 2
const BEFORE_PARAM = 3
const PARAM = 4
const BEFORE_EQUALS = 5
const BEFORE_VALUE = 6
const VALUE = 7
const ESCAPED = 8
const BEHIND_VALUE = 9
const END_DASH = 10
const END_GREATER = 11
const WRONG = 12
const WRONG_DASH = 13
const WRONG_GREATER = 14

export class SsiScanner {
  /** The command, or problem, that `read` stopped behind; null: the bytes ran out. */
  found: SsiCommand | SsiProblem | null = null
  readonly #target: ScanTarget
  readonly #longestValue: number
  #state = TEXT
  /** Bytes of OPENING seen so far; those of an earlier part are held back. */
  #matched = NO_MATCH
  #held = 0
  #name = ''
  #param = ''
  #value = ''
  #quote = 0
  #params: string[] = []
  #problem = ''

  constructor(target: ScanTarget, longestValue: number) {
    this.#target = target
    this.#longestValue = longestValue
  }

  /** Reads up to the end of the next command; answers where to go on. */
  read(bytes: Uint8Array, start: number): number {
    this.found = null
    const at = this.#state === TEXT ? this.#readText(bytes, start) : start
    return this.#state === TEXT ? at : this.#readCommand(bytes, at)
  }

  /** The body is over: what might have become a command was text. One that has begun is dropped, as in nginx. */
  end(): void {
    if (this.#held > 0) this.#target.text(OPENING.subarray(0, this.#held))
    this.#held = 0
  }

  #readText(bytes: Uint8Array, start: number): number {
    let run = start
    let tag = start
    let at = start
    while (at < bytes.length) {
      if (this.#matched === NO_MATCH) {
        tag = bytes.indexOf(LESS, at)
        if (tag < 0) {
          this.#text(bytes, run, bytes.length)
          return bytes.length
        }
        this.#matched = 1
        at = tag + 1
        continue
      }
      const byte = bytes[at]!
      if (byte === OPENING[this.#matched]) {
        at++
        if (++this.#matched < OPENING.length) continue
        if (this.#held > 0) this.#held = 0
        else this.#text(bytes, run, tag)
        this.#begin()
        return at
      }
      if (this.#held > 0) {
        this.#target.text(OPENING.subarray(0, this.#held))
        this.#held = 0
        run = start
      }
      this.#matched = byte === LESS ? 1 : NO_MATCH
      tag = at++
    }
    if (this.#matched === NO_MATCH) this.#text(bytes, run, bytes.length)
    else {
      if (this.#held === 0) this.#text(bytes, run, tag)
      this.#held = this.#matched
    }
    return at
  }

  #text(bytes: Uint8Array, start: number, end: number): void {
    if (end > start) this.#target.text(bytes.subarray(start, end))
  }

  #begin(): void {
    this.#state = BEFORE_NAME
    this.#matched = NO_MATCH
    this.#name = this.#param = this.#value = this.#problem = ''
    this.#params = []
  }

  #readCommand(bytes: Uint8Array, start: number): number {
    for (let at = start; at < bytes.length; at++) {
      this.#state = this.#next(bytes[at]!)
      if (this.#state !== TEXT) continue
      this.found = this.#problem === '' ? { name: this.#name, params: this.#params } : { problem: this.#problem }
      return at + 1
    }
    return bytes.length
  }

  #next(byte: number): number {
    const space = byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
    switch (this.#state) {
      case BEFORE_NAME:
        if (space) return BEFORE_NAME
        this.#name = String.fromCharCode(byte)
        return NAME
      case NAME:
        if (space) return BEFORE_PARAM
        if (byte === DASH) return END_DASH
        if (this.#name.length === LONGEST_NAME) return this.#wrong(`the "${this.#name}..." SSI command is too long`)
        this.#name += String.fromCharCode(byte)
        return NAME
      case BEFORE_PARAM:
        if (space) return BEFORE_PARAM
        if (byte === DASH) return END_DASH
        this.#param = String.fromCharCode(byte)
        this.#value = ''
        return PARAM
      case PARAM:
        if (space) return BEFORE_EQUALS
        if (byte === EQUALS) return BEFORE_VALUE
        if (byte === DASH) return this.#unexpected(byte, 'after', WRONG_DASH)
        if (this.#param.length === LONGEST_NAME) {
          return this.#wrong(`too long "${this.#param}..." parameter in "${this.#name}" SSI command`)
        }
        this.#param += String.fromCharCode(byte)
        return PARAM
      case BEFORE_EQUALS:
        if (space) return BEFORE_EQUALS
        return byte === EQUALS ? BEFORE_VALUE : this.#unexpected(byte, 'after')
      case BEFORE_VALUE:
        if (space) return BEFORE_VALUE
        if (byte !== QUOTE && byte !== APOSTROPHE) return this.#unexpected(byte, 'before value of')
        this.#quote = byte
        return VALUE
      case VALUE:
        if (byte === this.#quote) {
          if (this.#params.length <= MOST_PARAMS * 2) this.#params.push(this.#param, this.#value)
          return BEHIND_VALUE
        }
        return this.#add(byte, byte === BACKSLASH ? ESCAPED : VALUE)
      case ESCAPED:
        return this.#add(byte, VALUE)
      case BEHIND_VALUE:
        if (space) return BEFORE_PARAM
        return byte === DASH ? END_DASH : this.#unexpected(byte, 'after value of')
      case END_DASH:
        return byte === DASH ? END_GREATER : this.#unexpected(byte)
      case END_GREATER:
        return byte === GREATER ? TEXT : this.#unexpected(byte)
      case WRONG:
        return byte === DASH ? WRONG_DASH : WRONG
      case WRONG_DASH:
        return byte === DASH ? WRONG_GREATER : WRONG
      default:
        if (byte === GREATER) return TEXT
        return byte === DASH ? WRONG_GREATER : WRONG
    }
  }

  #add(byte: number, state: number): number {
    if (this.#value.length >= this.#longestValue) {
      const value = `${this.#value}${String.fromCharCode(byte)}...`
      return this.#wrong(`too long "${value}" value of "${this.#param}" parameter in "${this.#name}" SSI command`)
    }
    this.#value += String.fromCharCode(byte)
    return state
  }

  #unexpected(byte: number, where = '', state = byte === DASH ? WRONG_DASH : WRONG): number {
    const place = where === '' ? '' : `${where} "${this.#param}" parameter `
    this.#wrong(`unexpected "${String.fromCharCode(byte)}" symbol ${place}in "${this.#name}" SSI command`)
    return state
  }

  #wrong(problem: string): number {
    this.#problem = problem
    return WRONG
  }
}
