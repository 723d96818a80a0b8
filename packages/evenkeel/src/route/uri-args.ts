/**
 * Single values out of query strings and cookies, found without taking the whole apart: most requests are asked for
 * one name or none.
 */

const SPACE = 0x20
const EQUALS = 0x3d

/** The value of an argument, as written; its name compares caselessly. `name` is lower-case. */
export function argument(args: string, name: string): string | undefined {
  const { length } = name
  let from = 0
  while (from + length < args.length) {
    let to = args.indexOf('&', from)
    if (to < 0) to = args.length
    const at = from + length
    if (at < to && args.charCodeAt(at) === EQUALS && args.slice(from, at).toLowerCase() === name) {
      return args.slice(at + 1, to)
    }
    from = to + 1
  }
  return undefined
}

/** The value of a cookie in one Cookie field; its name compares caselessly, as nginx does. `name` is lower-case. */
export function cookie(field: string, name: string): string | undefined {
  let from = 0
  while (from < field.length) {
    let to = field.indexOf(';', from)
    if (to < 0) to = field.length
    const value = cookieValue(field, from, to, name)
    if (value !== undefined) return value
    from = skipSpaces(field, to + 1, field.length)
  }
  return undefined
}

/** The value that a Set-Cookie field gives the cookie, if it is of that name. */
export function setCookie(field: string, name: string): string | undefined {
  const end = field.indexOf(';')
  return cookieValue(field, 0, end < 0 ? field.length : end, name)
}

function cookieValue(field: string, from: number, to: number, name: string): string | undefined {
  const end = from + name.length
  if (end > to || field.slice(from, end).toLowerCase() !== name) return undefined
  const at = skipSpaces(field, end, to)
  if (at >= to || field.charCodeAt(at) !== EQUALS) return undefined
  return field.slice(skipSpaces(field, at + 1, to), to)
}

function skipSpaces(text: string, from: number, to: number): number {
  while (from < to && text.charCodeAt(from) === SPACE) from++
  return from
}
