/**
 * Where in a module's text the parts of its configuration stand, so that a problem has its line and column.
 *
 * Objects and lists that are written out are followed; what is computed has the place of what it is part of. This reads
 * just as much of the language as tells brackets from text: strings, templates, comments.
 */

export interface TextPlace {
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

/** Path (`servers.0.locations./.proxyPass`) to place. `` is the configuration itself. */
export function locateKeys(source: string): ReadonlyMap<string, TextPlace> {
  const start = /\bdefineConfig\s*\(\s*/.exec(source) ?? /\bexport\s+default\s+/.exec(source)
  const places = new Map<string, TextPlace>()
  const at = start === null ? 0 : start.index + start[0].length
  places.set('', placeOf(source, at))
  if (source[at] === '{' || source[at] === '[') new Scanner(source, places).value(at, '')
  return places
}

class Scanner {
  readonly #source: string
  readonly #places: Map<string, TextPlace>
  #line = 1
  #lineStart = 0
  #counted = 0

  constructor(source: string, places: Map<string, TextPlace>) {
    this.#source = source
    this.#places = places
  }

  /** Answers where the value ends. */
  value(at: number, path: string): number {
    if (this.#source[at] === '{') return this.#members(at + 1, path)
    if (this.#source[at] === '[') return this.#items(at + 1, path)
    return this.#skip(at)
  }

  #members(from: number, path: string): number {
    const source = this.#source
    let at = from
    for (;;) {
      at = this.#blank(at)
      if (at >= source.length || source[at] === '}') return at + 1
      const key = /^(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([\w$]+))\s*:\s*/.exec(source.slice(at, at + 400))
      if (key !== null) {
        const inner = join(path, (key[1] ?? key[2] ?? key[3] ?? '').replace(/\\(.)/g, '$1'))
        this.#mark(inner, at)
        at = this.value(this.#blank(at + key[0].length), inner)
      }
      const next = this.#comma(at)
      // A bracket that closes something else: the text is not what it seems.
      if (next === at && source[at] !== '}') return at
      at = next
    }
  }

  #items(from: number, path: string): number {
    const source = this.#source
    let at = from
    for (let index = 0; ; index++) {
      at = this.#blank(at)
      if (at >= source.length || source[at] === ']') return at + 1
      const inner = join(path, String(index))
      this.#mark(inner, at)
      const next = this.#comma(this.value(at, inner))
      if (next === at && source[at] !== ']') return at
      at = next
    }
  }

  /** Behind the rest of an expression and its comma. */
  #comma(at: number): number {
    const end = this.#skip(at)
    return this.#source[end] === ',' ? end + 1 : end
  }

  /** To the comma or closing bracket that ends the expression at hand. */
  #skip(from: number): number {
    const source = this.#source
    let depth = 0
    let at = from
    while (at < source.length) {
      const sign = source[at]!
      if (sign === "'" || sign === '"' || sign === '`') {
        at = this.#text(at)
        continue
      }
      if (sign === '/' && (source[at + 1] === '/' || source[at + 1] === '*')) {
        at = this.#blank(at)
        continue
      }
      if ('([{'.includes(sign)) depth++
      else if (')]}'.includes(sign)) {
        if (depth === 0) return at
        depth--
      } else if (sign === ',' && depth === 0) return at
      at++
    }
    return at
  }

  #text(from: number): number {
    const source = this.#source
    const quote = source[from]
    let at = from + 1
    while (at < source.length && source[at] !== quote) at += source[at] === '\\' ? 2 : 1
    return at + 1
  }

  #blank(from: number): number {
    const source = this.#source
    let at = from
    for (;;) {
      while (at < source.length && /\s/.test(source[at]!)) at++
      if (source.startsWith('//', at)) at = endOf(source, '\n', at)
      else if (source.startsWith('/*', at)) at = endOf(source, '*/', at + 2)
      else return at
    }
  }

  #mark(path: string, at: number): void {
    while (true) {
      const next = this.#source.indexOf('\n', this.#counted)
      if (next < 0 || next >= at) break
      this.#line++
      this.#lineStart = this.#counted = next + 1
    }
    this.#places.set(path, { line: this.#line, column: at - this.#lineStart + 1 })
  }
}

function endOf(source: string, mark: string, from: number): number {
  const at = source.indexOf(mark, from)
  return at < 0 ? source.length : at + mark.length
}

function placeOf(source: string, at: number): TextPlace {
  const before = source.slice(0, at)
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') }
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
