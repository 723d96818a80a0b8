/**
 * Templates of the rewrite module, where a group of a match can be escaped on its way into the text.
 *
 * nginx matches patterns against the decoded path. A group put into arguments, into a redirect or into a variable by
 * `set` is escaped again if the client had escaped its path; that is what makes `proxy_pass http://up/$x` with
 * `set $x $1` send `a%20b` and not a broken request line. Variables other than groups are never escaped.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Template } from '../../model/template.ts'
import { escapeArgs } from '../../route/uri-escape.ts'
import type { Compile } from '../compile.ts'

/** The text for an exchange; `quote`: groups are to be escaped. */
export type QuotingText = (exchange: Exchange, quote: boolean) => string

export function compileQuotingText(template: Template, compile: Compile): QuotingText {
  const constant = compile.constant(template)
  if (constant !== undefined) return () => constant
  if (!template.some(isCapture)) {
    const text = compile.text(template)
    return exchange => text(exchange)
  }
  const pieces = template.map(part => ({ text: compile.text([part]), capture: isCapture(part) }))
  return (exchange, quote) => {
    const escaping = quote && wasEscaped(exchange)
    let whole = ''
    for (const piece of pieces) {
      const text = piece.text(exchange)
      whole += escaping && piece.capture ? escapeArgs(text) : text
    }
    return whole
  }
}

/** A replacement cut where its arguments begin. `args` null: it has none of its own. */
export interface Replacement {
  readonly path: Template
  readonly args: Template | null
  /** The arguments of the request are appended; a final `?` in the replacement says they are not. */
  readonly keepArgs: boolean
}

export function readReplacement(template: Template): Replacement {
  const parts = [...template]
  const last = parts.at(-1)
  const keepArgs = !(typeof last === 'string' && last.endsWith('?'))
  if (!keepArgs) parts[parts.length - 1] = (last as string).slice(0, -1)
  // Only a `?` that is written counts; one that comes out of a variable is part of the path.
  const at = parts.findIndex(part => typeof part === 'string' && part.includes('?'))
  if (at < 0) return { path: withoutEmpty(parts), args: null, keepArgs }
  const text = parts[at] as string
  const mark = text.indexOf('?')
  return {
    path: withoutEmpty([...parts.slice(0, at), text.slice(0, mark)]),
    args: withoutEmpty([text.slice(mark + 1), ...parts.slice(at + 1)]),
    keepArgs,
  }
}

/** A replacement that is a URL sends the client there, whatever the flag says. */
export function isUrl(template: Template): boolean {
  const first = template[0]
  if (typeof first === 'string') return first.startsWith('http://') || first.startsWith('https://')
  return first !== undefined && 'variable' in first && first.variable === 'scheme'
}

function isCapture(part: Template[number]): boolean {
  return typeof part !== 'string' && 'capture' in part
}

/** The path of the request line had `%` or `+` in it: what was decoded may need its escapes back. */
function wasEscaped(exchange: Exchange): boolean {
  const { path } = exchange.request
  return path.includes('%') || path.includes('+')
}

function withoutEmpty(parts: readonly Template[number][]): Template {
  return parts.filter(part => part !== '')
}
