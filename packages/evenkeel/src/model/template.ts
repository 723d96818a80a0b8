/**
 * Text with variables in it, as a tree: `http://$host:8080/${uri}` is data, never code, until route/ compiles it.
 *
 * nginx's rules: `$name` and `${name}` with letters, digits and `_`; `$1` to `$9` are groups of the last regular
 * expression. A `$` that starts neither is an error in nginx ("invalid variable name") and so here.
 */

/** A piece of a template: literal text, a variable, or the number of a capture group. */
export type TemplatePart = string | { readonly variable: string } | { readonly capture: number }

/** Literal text is one string; several parts stand in order. An empty list is the empty text. */
export type Template = readonly TemplatePart[]

const REFERENCE = /\$(?:\{(\w+)\}|(\d)|([A-Za-z_]\w*))|\$/g

/** Reads a template; a string is what is wrong with it. */
export function readTemplate(text: string): Template | string {
  const parts: TemplatePart[] = []
  let from = 0
  for (const match of text.matchAll(REFERENCE)) {
    if (match.index > from) parts.push(text.slice(from, match.index))
    from = match.index + match[0].length
    const name = match[1] ?? match[2] ?? match[3]
    if (name === undefined) return `invalid variable name in "${text}"`
    if (/^\d$/.test(name)) parts.push({ capture: Number(name) })
    else parts.push({ variable: name.toLowerCase() })
  }
  if (from < text.length) parts.push(text.slice(from))
  return parts
}

/** The text of a template without variables; undefined when it has some. */
export function literalText(template: Template): string | undefined {
  if (template.length === 0) return ''
  return template.length === 1 && typeof template[0] === 'string' ? template[0] : undefined
}
