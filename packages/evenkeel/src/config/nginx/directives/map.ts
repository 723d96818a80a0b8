/** `map`: a variable whose value depends on another text. */
import type { MapModel } from '../../../model/model.ts'
import type { Pattern } from '../../../model/pattern.ts'
import type { Template } from '../../../model/template.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { row, type Directive } from '../table.ts'
import { newVariable } from './rewrite.ts'

export const mapDirectives: readonly Directive[] = [
  {
    ...row('map', ['http'], 'string $variable { ... }', null, 'A variable whose value depends on a text.'),
    arguments: [2, 2],
    block: true,
    apply: readMap,
  },
]

function readMap(place: Place, statement: Statement): void {
  const http = place.part
  const input = place.template(statement, 1) ?? []
  const variable = newVariable(place, statement, 2)
  if (http === null || variable === null) return
  const path = `maps.${http.maps.length}`
  const exact: { text: string; value: Template }[] = []
  const patterns: { pattern: Pattern; value: Template }[] = []
  const seen = new Set<string>()
  let hostnames = false
  let volatile = false
  let standard: Template | null = null
  for (const line of statement.block ?? []) {
    const [source = '', result] = line.words
    if (line.block !== null) {
      place.fail(line, 0, 'unexpected "{"')
      continue
    }
    if (line.words.length === 1 && source === 'hostnames') hostnames = true
    else if (line.words.length === 1 && source === 'volatile') volatile = true
    else if (line.words.length !== 2 || result === undefined)
      place.fail(line, 0, 'invalid number of the map parameters')
    else {
      const value = place.template(line, 1)
      if (value === null) continue
      if (source === 'default') {
        if (standard !== null) place.fail(line, 0, 'duplicate default map parameter')
        standard = value
      } else if (source.startsWith('~')) {
        const caseless = source.startsWith('~*')
        const pattern = place.pattern(line, 0, source.slice(caseless ? 2 : 1), caseless)
        if (pattern === null) continue
        if (result.includes('$')) place.mark(`${path}.patterns.${patterns.length}`, line.position)
        patterns.push({ pattern, value })
      } else {
        // A backslash takes the meaning from what follows: `\default`, `\~x`.
        const text = source.replace(/^\\/, '').toLowerCase()
        if (hostnames && !isHostMask(text)) place.fail(line, 0, `invalid hostname or wildcard "${text}"`)
        else if (seen.has(text)) place.fail(line, 0, `conflicting parameter "${text}"`)
        seen.add(text)
        if (result.includes('$')) place.mark(`${path}.exact.${exact.length}`, line.position)
        exact.push({ text, value })
      }
    }
  }
  place.mark(path, statement.position)
  const model: MapModel = { variable, input, hostnames, volatile, default: standard ?? [], exact, patterns }
  http.maps.push(model)
}

/** A host name, or one with `*.` or `.` before it or `.*` behind it. */
export function isHostMask(text: string): boolean {
  if (text.includes('..') || text.includes('\0')) return false
  const middle = text.startsWith('.')
    ? text.slice(1)
    : text.startsWith('*.')
      ? text.slice(2)
      : text.replace(/\.\*$/, '')
  return !middle.includes('*')
}
