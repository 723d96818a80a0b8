/** Values in SSI commands: variables and backslashes in them, and how they are written into a page. */
import { escapeHtml } from '../../pages/escape-html.ts'

/** The value of a variable by its lower-case name; undefined: there is none. */
export type Lookup = (name: string) => string | undefined

export interface Evaluated {
  readonly text: string
}

/**
 * A value with its variables filled in; a string says what is wrong. Backslashes escape themselves, quotes and `$`.
 */
export function evaluate(written: string, lookup: Lookup): Evaluated | string {
  let text = ''
  for (let at = 0; at < written.length; at++) {
    const char = written[at]!
    if (char === '\\') {
      const next = written[++at]
      text += next !== undefined && ESCAPABLE.includes(next) ? next : '\\' + (next ?? '')
    } else if (char !== '$') text += char
    else {
      const bracket = written[at + 1] === '{'
      const start = at + (bracket ? 2 : 1)
      const name = /^\w+/.exec(written.slice(start))?.[0] ?? ''
      const end = start + name.length
      if (bracket && written[end] !== '}') return `the closing bracket in "${name}" variable is missing`
      if (name === '') return `invalid variable name in "${written}"`
      text += lookup(name.toLowerCase()) ?? ''
      at = bracket ? end : end - 1
    }
  }
  return { text }
}

const ESCAPABLE = `\\'"$`

export type Encoding = 'none' | 'url' | 'entity'

export function isEncoding(name: string): name is Encoding {
  return name === 'none' || name === 'url' || name === 'entity'
}

export function encode(text: string, encoding: Encoding): string {
  if (encoding === 'none') return text
  if (encoding === 'entity') return escapeHtml(text)
  return text.replace(UNSAFE, char => '%' + char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0'))
}

const UNSAFE = /[\0-\x20"#%'<>\\^`{|}\x7f-\xff]/g
