/**
 * Text of a configuration to words and marks, by nginx's rules.
 *
 * A word ends at blank space, `;` or `{`. Quotes are quotes only at a word's start, `#` starts a comment only there,
 * and `${` does not open a block. A backslash keeps the next character from having a meaning; it disappears itself
 * only before a quote or another backslash, and in \t \r \n.
 */

export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly line: number; readonly column: number }
  | { readonly kind: ';' | '{' | '}' | 'end'; readonly line: number; readonly column: number }
  | { readonly kind: 'error'; readonly message: string; readonly line: number; readonly column: number }

/** nginx reads through a buffer of this size, which a word must fit. */
const LONGEST_WORD = 4096

const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const QUOTE = 34
const HASH = 35
const DOLLAR = 36
const APOSTROPHE = 39
const CLOSE_PAREN = 41
const SEMICOLON = 59
const BACKSLASH = 92
const OPEN = 123
const CLOSE = 125

export class Lexer {
  readonly #text: string
  #at: number
  #line = 1
  #lineStart = 0
  /** The word before was quoted: what follows it must end it. */
  #needSpace = false

  constructor(text: string) {
    this.#text = text
    // A byte order mark, read as bytes or as a character.
    this.#at = text.startsWith('\xef\xbb\xbf') ? 3 : text.startsWith('\ufeff') ? 1 : 0
    this.#lineStart = this.#at
  }

  next(): Token {
    const text = this.#text
    for (;;) {
      if (this.#at >= text.length) return this.#mark('end')
      const code = text.charCodeAt(this.#at)
      if (this.#needSpace) {
        this.#needSpace = false
        // `if ($a = "b")`: the parenthesis is a word of its own.
        if (!isBlank(code) && code !== SEMICOLON && code !== OPEN && code !== CLOSE_PAREN) {
          return this.#unexpected(text[this.#at] ?? '')
        }
      }
      switch (code) {
        case LF:
          this.#newLine(this.#at++)
          continue
        case SPACE:
        case TAB:
        case CR:
          this.#at++
          continue
        case HASH: {
          const end = text.indexOf('\n', this.#at)
          this.#at = end < 0 ? text.length : end
          continue
        }
        case SEMICOLON:
        case OPEN:
        case CLOSE: {
          const mark = this.#mark(code === SEMICOLON ? ';' : code === OPEN ? '{' : '}')
          this.#at++
          return mark
        }
        case QUOTE:
        case APOSTROPHE:
          return this.#quoted(code)
        default:
          return this.#word()
      }
    }
  }

  #word(): Token {
    const text = this.#text
    const start = this.#at
    const line = this.#line
    const column = start - this.#lineStart + 1
    let escaped = false
    let dollar = false
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at)
      if (code === BACKSLASH) {
        escaped = true
        dollar = false
        this.#at++
        if (text.charCodeAt(this.#at) === LF) this.#newLine(this.#at)
        continue
      }
      if (code === OPEN ? !dollar : isBlank(code) || code === SEMICOLON) break
      dollar = code === DOLLAR || (dollar && code === OPEN)
    }
    const end = Math.min(this.#at, text.length)
    if (end - start >= LONGEST_WORD) {
      const message = `too long parameter "${text.slice(start, start + 10)}..." started`
      return { kind: 'error', message, line, column }
    }
    const raw = text.slice(start, end)
    return { kind: 'word', text: escaped ? unescape(raw) : raw, line, column }
  }

  #quoted(quote: number): Token {
    const text = this.#text
    const line = this.#line
    const column = this.#at - this.#lineStart + 1
    const start = ++this.#at
    let escaped = false
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at)
      if (code === quote) {
        if (this.#at - start >= LONGEST_WORD) break
        const raw = text.slice(start, this.#at++)
        this.#needSpace = true
        return { kind: 'word', text: escaped ? unescape(raw) : raw, line, column }
      }
      if (code === BACKSLASH) {
        escaped = true
        this.#at++
        if (text.charCodeAt(this.#at) === LF) this.#newLine(this.#at)
      } else if (code === LF) this.#newLine(this.#at)
    }
    if (this.#at - start >= LONGEST_WORD) {
      const sign = quote === QUOTE ? '"' : "'"
      const message = `too long parameter, probably missing terminating "${sign}" character`
      return { kind: 'error', message, line, column }
    }
    return this.#endsInWord()
  }

  #endsInWord(): Token {
    this.#at = this.#text.length
    return {
      kind: 'error',
      message: 'unexpected end of file, expecting ";" or "}"',
      line: this.#line,
      column: this.#at - this.#lineStart + 1,
    }
  }

  #unexpected(character: string): Token {
    return {
      kind: 'error',
      message: `unexpected "${character}"`,
      line: this.#line,
      column: this.#at - this.#lineStart + 1,
    }
  }

  #mark(kind: ';' | '{' | '}' | 'end'): Token {
    return { kind, line: this.#line, column: this.#at - this.#lineStart + 1 }
  }

  #newLine(at: number): void {
    this.#line++
    this.#lineStart = at + 1
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === LF || code === TAB || code === CR
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' }

function unescape(raw: string): string {
  return raw.replace(/\\(["'\\trn])/g, (_, sign: string) => ESCAPES[sign] ?? sign)
}
