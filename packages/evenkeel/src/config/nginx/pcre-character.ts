/**
 * One character, or one set of them, of a pattern in PCRE's syntax: escapes and bracket expressions.
 */

/** What a piece of a pattern is in JavaScript, and where the next one begins. */
export interface Piece {
  readonly source: string
  readonly end: number
}

export interface Trouble {
  readonly reason: string
  readonly at: number
  readonly unsupported: boolean
}

/** How much of the text an escape may take. */
const LONGEST_ESCAPE = 64

/** An escape that stands for one character, or a set both know. `at` is that of the backslash. */
export function readCharacter(text: string, at: number): Piece | Trouble {
  const rest = text.slice(at + 1, at + LONGEST_ESCAPE)
  const sign = rest[0] ?? ''
  const hex = /^x(?:\{([0-9A-Fa-f]*)\}|([0-9A-Fa-f]{0,2}))/.exec(rest)
  const octal = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2}|o\{([0-7]+)\})/.exec(rest)
  const whole = hex?.[0] ?? octal?.[0]
  if (whole !== undefined) {
    const end = at + 1 + whole.length
    const code =
      hex !== null ? Number.parseInt(hex[1] ?? hex[2] ?? '', 16) || 0 : Number.parseInt(octal?.[1] ?? whole, 8)
    if (code > 255) return wrong('character code point value in \\x{} or \\o{} is too large', end - 1)
    return { source: `\\x${code.toString(16).padStart(2, '0')}`, end }
  }
  const end = at + 2
  if (sign === 'e') return { source: '\\x1b', end }
  if (sign === 'a') return { source: '\\x07', end }
  if (/^c[A-Za-z]/.test(rest)) return { source: `\\${rest.slice(0, 2)}`, end: at + 3 }
  if (sameEscapes.has(sign)) return { source: `\\${sign}`, end }
  if ('KGCX'.includes(sign)) return unsupported(`\\${sign}`, at)
  if (/[A-Za-z0-9]/.test(sign)) return wrong('unrecognized character follows \\', at + 1)
  return { source: /[\^$\\.*+?()[\]{}|/-]/.test(sign) ? `\\${sign}` : sign, end }
}

/** `[…]`, from its bracket on. */
export function readClass(text: string, start: number): Piece | Trouble {
  let source = '['
  let at = start + 1
  if (text[at] === '^') {
    source += '^'
    at++
  }
  for (let first = true; ; first = false) {
    const sign = text[at]
    if (sign === undefined) return wrong('missing terminating ] for character class', text.length)
    if (sign === ']' && !first) break
    if (sign === '[' || sign === '\\') {
      const piece = sign === '[' ? readPosix(text, at) : readInClass(text, at)
      if ('reason' in piece) return piece
      source += piece.source
      at = piece.end
      continue
    }
    source += sign === ']' || sign === '/' || (sign === '^' && first) ? `\\${sign}` : sign
    at++
  }
  if (rejection(`${source}]`, '') !== null) {
    const range = [...text.slice(start, at).matchAll(/([^\\])-(.)/g)].find(([, from = '', to = '']) => from > to)
    return wrong('range out of order in character class', start + (range === undefined ? 0 : range.index + 2))
  }
  return { source: `${source}]`, end: at + 1 }
}

/** `[:alpha:]` inside a class, or a bracket that stands for itself. */
function readPosix(text: string, at: number): Piece | Trouble {
  const posix = /^\[:(\^?)([a-z]+):\]/.exec(text.slice(at, at + 16))
  if (posix === null) return { source: '\\[', end: at + 1 }
  const inside = classes[posix[2] ?? '']
  if (inside === undefined) return wrong('unknown POSIX class name', at)
  if (posix[1] !== '') return unsupported('a negated POSIX class', at)
  return { source: inside, end: at + posix[0].length }
}

function readInClass(text: string, at: number): Piece | Trouble {
  const sign = text[at + 1]
  if (sign === undefined) return wrong('\\ at end of pattern', text.length)
  const set = sets[sign]
  if (set !== undefined || sign === 'E') return { source: set ?? '', end: at + 2 }
  if (sign === 'Q' || sign === 'H' || sign === 'V') return unsupported(`\\${sign} in a class`, at)
  if (sign !== 'p' && sign !== 'P') return readCharacter(text, at)
  const property = readProperty(text.slice(at + 1, at + LONGEST_ESCAPE))
  if (property === null) return wrong('unknown property after \\P or \\p', at + 2)
  return { source: property.set, end: at + 1 + property.length }
}

/** Letters after a backslash that mean the same in both. */
const sameEscapes = new Set('dDwWSbBtrnf')
const classes: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\t-\\r ',
  blank: '\\t ',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  word: '\\w',
  cntrl: '\\x00-\\x1f\\x7f',
  print: ' -~',
  graph: '!-~',
  ascii: '\\x00-\\x7f',
}
/** Sets that PCRE has a letter for, as the inside of a class; the other case of the letter is the complement. */
export const sets: Readonly<Record<string, string>> = {
  s: '\\t-\\r ',
  h: '\\t \\xa0',
  v: '\\n-\\r\\x85',
}

/**
 * `\p{N}`, `\P{Lu}`, `\pL`: a character stands for one byte, so a property is a set of the first 256 characters.
 * `rest` begins with the letter.
 */
export function readProperty(rest: string): { readonly set: string; readonly length: number } | null {
  const found = /^[pP](?:\{(\^?)(\w+)\}|([A-Z]))/.exec(rest)
  if (found === null) return null
  const negated = (rest[0] === 'P') !== (found[1] === '^')
  let property: RegExp
  try {
    property = new RegExp(`\\p{${found[2] ?? found[3]}}`, 'u')
  } catch {
    return null
  }
  let set = ''
  for (let code = 0; code < 256; code++) {
    if (property.test(String.fromCharCode(code)) !== negated) set += '\\x' + code.toString(16).padStart(2, '0')
  }
  return { set, length: found[0].length }
}

export function wrong(reason: string, at: number): Trouble {
  return { reason, at, unsupported: false }
}

export function unsupported(reason: string, at: number): Trouble {
  return { reason, at, unsupported: true }
}

/** What the engine has against a pattern. */
export function rejection(source: string, flags: string): string | null {
  try {
    return new RegExp(source, flags).source === '' ? 'empty pattern' : null
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^.*: /s, '') : 'invalid pattern'
  }
}
