/**
 * Which of the responses to one key a request may have (RFC 9111, 4.1): the fields that Vary names, made alike where
 * they mean the same.
 */
import type { Fields } from '../../exchange/fields.ts'

/** The same text for requests that select the same response. '' where nothing varies. */
export function variantOf(vary: string, request: Fields): string {
  if (vary === '') return ''
  const names = new Set(
    vary
      .split(',')
      .map(name => name.trim().toLowerCase())
      .filter(name => name !== ''),
  )
  let text = ''
  for (const name of [...names].sort()) {
    const values = request.getAll(name)
    // A field that is not there is not the same as an empty one.
    text += values.length === 0 ? `${name}\n` : `${name}:${alike(name, values.join(','))}\n`
  }
  return text
}

/** In lists the white space between members means nothing; in negotiation neither does the case, nor where a preference stands. */
function alike(name: string, value: string): string {
  const members = splitList(value)
  if (!NEGOTIATED.has(name)) return members.join(',')
  return members
    .map(member => {
      const parts = member
        .toLowerCase()
        .split(';')
        .map(part => part.trim())
      const weight = parts.find(part => part.startsWith('q='))
      return { text: parts.join(';'), q: weight === undefined ? 1 : Number(weight.slice(2)) || 0 }
    })
    .toSorted((a, b) => b.q - a.q)
    .map(({ text }) => text)
    .join(',')
}

/** Commas inside of quotes part nothing. */
function splitList(value: string): string[] {
  return (value.match(/(?:[^",]|"(?:[^"\\]|\\.)*"|")+/g) ?? [])
    .map(member => member.trim())
    .filter(member => member !== '')
}

const NEGOTIATED: ReadonlySet<string> = new Set(['accept-charset', 'accept-encoding', 'accept-language'])
