/**
 * Regular expressions in PCRE's syntax to JavaScript's.
 *
 * Most are the same text. What PCRE says differently is rewritten, what JavaScript can't do (recursion, atomic groups)
 * is refused by name rather than matched otherwise. The result is for `new RegExp(source)` without the u flag: one
 * character stands for one byte.
 */
import type { Pattern } from '../../model/pattern.ts'
import {
  readCharacter,
  readClass,
  readProperty,
  rejection,
  sets,
  unsupported,
  wrong,
  type Piece,
  type Trouble,
} from './pcre-character.ts'

/** A pattern, or what is wrong with it. */
export function translatePattern(written: string, caseless: boolean): Pattern | string {
  // In the words of the library nginx uses; a place is told as the text from there on.
  const fail = (reason: string, at: number): string =>
    `pcre2_compile() failed: ${reason} in "${written}"${at < written.length ? ` at "${written.slice(at)}"` : ''}`
  const translator = new Translator(written)
  const problem = translator.run()
  if (problem !== null) {
    return problem.unsupported
      ? `regular expression "${written}" has ${problem.reason}, which evenkeel does not support`
      : fail(problem.reason, problem.at)
  }
  const source = translator.source
  const rejected = rejection(source, caseless || translator.caseless ? 'i' : '')
  if (rejected !== null) return fail(rejected, written.length)
  return { written, source, caseless: caseless || translator.caseless, groups: translator.groups }
}

/** What an open parenthesis has to put back when it closes. */
interface Group {
  readonly extended: boolean
  readonly dotAll: boolean
  readonly at: number
  /** `(?i)` in the middle of a group: `(?i:` groups of our own, opened anew after each `|`. */
  readonly wrappers: string[]
}

const DEEPEST_GROUP = 200

class Translator {
  source = ''
  caseless = false
  readonly groups: string[] = []
  readonly #text: string
  #at = 0
  #open: Group[] = []
  #wrappers: string[] = []
  #extended = false
  #dotAll = false
  #captures = 0
  /** Something stands before that a quantifier may follow. */
  #repeatable = false

  constructor(text: string) {
    this.#text = text
  }

  run(): Trouble | null {
    const text = this.#text
    while (this.#at < text.length) {
      const trouble = this.#step(text[this.#at] ?? '')
      if (trouble !== null) return trouble
    }
    if (this.#open.length > 0) return wrong('missing closing parenthesis', text.length)
    this.source += ')'.repeat(this.#wrappers.length)
    return null
  }

  #step(sign: string): Trouble | null {
    switch (sign) {
      case '\\':
        return this.#escape()
      case '[':
        return this.#read(readClass(this.#text, this.#at))
      case '(':
        return this.#group()
      case ')':
        return this.#close()
      case '|':
        // A mid-group option holds in the alternatives that follow it, too.
        this.source += `${')'.repeat(this.#wrappers.length)}|${this.#wrappers.join('')}`
        this.#repeatable = false
        this.#at++
        return null
      case '.':
        return this.#emit(this.#dotAll ? '[^]' : '[^\\n]', 1)
      case '^':
      case '$':
        this.source += sign
        this.#repeatable = true
        this.#at++
        return null
      case '*':
      case '+':
      case '?':
        return this.#quantifier(sign, 1)
      case '{': {
        const range = /^\{(\d*)(,?)(\d*)\}/.exec(this.#text.slice(this.#at, this.#at + 16))
        if (range === null || range[1] === '') return this.#emit('\\{', 1)
        const [whole, from, comma, to] = range
        if (comma !== '' && to !== '' && Number(from) > Number(to)) {
          return wrong('numbers out of order in {} quantifier', this.#at + whole.length - 1)
        }
        if (Number(from) > 65535 || Number(to) > 65535) return wrong('number too big in {} quantifier', this.#at)
        return this.#quantifier(whole, whole.length)
      }
      case '}':
      case ']':
        return this.#emit(`\\${sign}`, 1)
    }
    if (this.#extended) {
      if (/\s/.test(sign)) {
        this.#at++
        return null
      }
      if (sign === '#') {
        const end = this.#text.indexOf('\n', this.#at)
        this.#at = end < 0 ? this.#text.length : end + 1
        return null
      }
    }
    return this.#emit(sign === '/' ? '\\/' : sign, 1)
  }

  #emit(source: string, length: number): null {
    this.source += source
    this.#at += length
    this.#repeatable = true
    return null
  }

  #quantifier(source: string, length: number): Trouble | null {
    if (!this.#repeatable) return wrong('quantifier does not follow a repeatable item', this.#at)
    const after = this.#text[this.#at + length]
    if (after === '+') return unsupported('a possessive quantifier', this.#at)
    const lazy = after === '?'
    this.#emit(lazy ? `${source}?` : source, lazy ? length + 1 : length)
    this.#repeatable = false
    return null
  }

  #group(): Trouble | null {
    const text = this.#text
    const at = this.#at
    if (this.#open.length >= DEEPEST_GROUP) return wrong('parentheses are too deeply nested', at)
    if (text[at + 1] === '*') return unsupported('a verb', at)
    if (text[at + 1] !== '?') {
      this.#captures++
      return this.#openGroup('(', 1)
    }
    const head = text.slice(at + 2, at + 64)
    const name = /^(?:P?<|')([A-Za-z_]\w*)[>']/.exec(head)
    if (name !== null) {
      const [whole, group = ''] = name
      if (this.groups.includes(group)) return unsupported(`two groups named "${group}"`, at)
      this.#captures++
      this.groups.push(group)
      return this.#openGroup(`(?<${group}>`, whole.length + 2)
    }
    const plain = /^(?:[:=!]|<[=!])/.exec(head)
    if (plain !== null) return this.#openGroup(`(?${plain[0]}`, plain[0].length + 2)
    const reference = /^P=(\w+)\)/.exec(head)
    if (reference !== null) return this.#emit(`\\k<${reference[1]}>`, reference[0].length + 2)
    if (head.startsWith('#')) {
      const end = text.indexOf(')', at)
      if (end < 0) return wrong('missing ) after (?# comment', text.length)
      this.#at = end + 1
      return null
    }
    if (head.startsWith('>')) return unsupported('an atomic group', at)
    if (head.startsWith('|')) return unsupported('a branch reset group', at)
    if (head.startsWith('(')) return unsupported('a condition', at)
    if (/^(?:R|&|P>|[+-]?\d)/.test(head)) return unsupported('recursion', at)
    const options = /^([a-zA-Z]*)(-[a-zA-Z]*)?([:)])/.exec(head)
    if (options !== null)
      return this.#options(options[1] ?? '', options[2] ?? '', options[3] ?? '', options[0].length + 2)
    return wrong('unrecognized character after (? or (?-', at + 2)
  }

  /** `(?i)` and `(?i-s:…)`. Of the options, i and m go on to JavaScript; s and x are done here. */
  #options(set: string, unset: string, end: string, length: number): Trouble | null {
    const odd = /[^imsx-]/.exec(set + unset)
    if (odd !== null) return unsupported(`the option "${odd[0]}"`, this.#at)
    const extended = set.includes('x') || (this.#extended && !unset.includes('x'))
    const dotAll = set.includes('s') || (this.#dotAll && !unset.includes('s'))
    const on = [...new Set(set.replace(/[^im]/g, ''))].join('')
    const off = [...new Set(unset.replace(/[^im]/g, ''))].filter(sign => !on.includes(sign)).join('')
    const prefix = on === '' && off === '' ? '(?:' : `(?${on}${off === '' ? '' : `-${off}`}:`
    if (end === ':') {
      this.#openGroup(prefix, length)
    } else {
      if (on === 'i' && off === '' && this.source === '' && this.#open.length === 0) this.caseless = true
      else if (prefix !== '(?:') {
        // Each wrapper is written again after every `|`: many of both would make much of little.
        if (this.#wrappers.length >= 8) return unsupported('too many options in one group', this.#at)
        this.#wrappers.push(prefix)
        this.source += prefix
      }
      this.#at += length
      this.#repeatable = false
    }
    this.#extended = extended
    this.#dotAll = dotAll
    return null
  }

  #openGroup(source: string, length: number): null {
    this.#open.push({ extended: this.#extended, dotAll: this.#dotAll, at: this.#at, wrappers: this.#wrappers })
    this.#wrappers = []
    this.source += source
    this.#at += length
    this.#repeatable = false
    return null
  }

  #close(): Trouble | null {
    const group = this.#open.pop()
    if (group === undefined) return wrong('unmatched closing parenthesis', this.#at)
    this.source += ')'.repeat(this.#wrappers.length)
    this.#wrappers = group.wrappers
    this.#extended = group.extended
    this.#dotAll = group.dotAll
    return this.#emit(')', 1)
  }

  #escape(): Trouble | null {
    const text = this.#text
    const at = this.#at
    const sign = text[at + 1]
    if (sign === undefined) return wrong('\\ at end of pattern', text.length)
    const rest = text.slice(at + 1, at + 64)
    if (sign === 'Q') {
      const end = text.indexOf('\\E', at + 2)
      const quoted = text.slice(at + 2, end < 0 ? undefined : end)
      this.source += quoted.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
      this.#repeatable = quoted !== ''
      this.#at = end < 0 ? text.length : end + 2
      return null
    }
    if (sign === 'E') {
      this.#at += 2
      return null
    }
    const named = /^(?:k(?:<(\w+)>|'(\w+)'|\{(\w+)\})|g\{([A-Za-z_]\w*)\})/.exec(rest)
    if (named !== null) {
      const name = named[1] ?? named[2] ?? named[3] ?? named[4] ?? ''
      return this.#emit(`\\k<${name}>`, named[0].length + 1)
    }
    const numbered = /^(?:g(-?\d+)|g\{(-?\d+)\}|([1-9]\d*))/.exec(rest)
    const number = Number(numbered?.[1] ?? numbered?.[2] ?? numbered?.[3])
    // Two digits and more are a character in octal where there are not so many groups.
    if (numbered !== null && (numbered[3] === undefined || number < 10 || number <= this.#captures)) {
      const group = number < 0 ? this.#captures + 1 + number : number
      if (group < 1) return wrong('reference to non-existent subpattern', at + numbered[0].length + 1)
      return this.#emit(`(?:\\${group})`, numbered[0].length + 1)
    }
    if (sign === 'p' || sign === 'P') {
      const property = readProperty(rest)
      if (property === null) return wrong('unknown property after \\P or \\p', at + 2)
      return this.#emit(`[${property.set}]`, property.length + 1)
    }
    if (sign === 'A') return this.#emit('^', 2)
    if (sign === 'z') return this.#emit('$', 2)
    if (sign === 'Z') return this.#emit('(?=\\n?$)', 2)
    if (sign === 'N') return this.#emit('[^\\n]', 2)
    if (sign === 'R') return this.#emit('(?:\\r\\n|[\\n-\\r\\x85])', 2)
    const set = sets[sign.toLowerCase()]
    if (set !== undefined) return this.#emit(sign === sign.toLowerCase() ? `[${set}]` : `[^${set}]`, 2)
    return this.#read(readCharacter(text, at))
  }

  #read(piece: Piece | Trouble): Trouble | null {
    return 'reason' in piece ? piece : this.#emit(piece.source, piece.end - this.#at)
  }
}
