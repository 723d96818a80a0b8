/** Fields as name, value, name, value …: how programs around a balancer are told of them. */
import type { Fields } from '../../exchange/fields.ts'

export function listed(fields: Fields): string[] {
  const list: string[] = []
  fields.each((name, value) => list.push(name, value))
  return list
}

/** Of a line `name: value` with its end. */
export function split(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 2).trimEnd()]
}
