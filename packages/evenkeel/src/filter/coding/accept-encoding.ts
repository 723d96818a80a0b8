/**
 * Which coding a response is to have for a client (RFC 9110, 12.5.3): of those at hand the one it likes best, and among
 * equals the one that stands first, since browsers like all of theirs the same.
 *
 * `*` says which codings are refused, but never asks for one: the clients that send it alone are seldom those that
 * can decode anything, and nginx gives them the plain text, too.
 */

/** The index of the coding chosen, -1: none. */
export function chooseCoding(field: string | undefined, codings: readonly string[]): number {
  if (field === undefined) return -1
  let best = -1
  let most = 0
  for (let i = 0; i < codings.length; i++) {
    const quality = qualityOf(field, codings[i]!)
    if (quality > most) {
      best = i
      most = quality
    }
  }
  return best
}

/** From 0 (not acceptable, or not named) to 1. */
export function qualityOf(field: string, coding: string): number {
  let from = 0
  while (from <= field.length) {
    let end = field.indexOf(',', from)
    if (end < 0) end = field.length
    const item = field.slice(from, end)
    const mark = item.indexOf(';')
    if (isCoding(mark < 0 ? item : item.slice(0, mark), coding)) return mark < 0 ? 1 : weight(item.slice(mark + 1))
    from = end + 1
  }
  return 0
}

function isCoding(text: string, coding: string): boolean {
  return text.trim().toLowerCase() === coding
}

/** What is no weight as the grammar has it counts as a refusal, as in nginx. */
function weight(text: string): number {
  const match = /^[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*$/i.exec(text)
  return match === null ? 0 : Number(match[1])
}
