/** `valid_referers`: which pages may link here. */
import type { ReferersModel } from '../model/settings/link-settings.ts'
import { lowerBytes, toByteText } from './byte-text.ts'
import { addHostMask, NameTable } from './names.ts'
import { compilePattern, type CompiledPattern } from './pattern.ts'
import type { TextOf } from './ports.ts'
import type { VariableTable } from './variables/variable-table.ts'

/** `1` for a request from elsewhere, '' for one that will do. */
export function readReferers(model: ReferersModel, table: VariableTable): TextOf {
  const names = new NameTable<string>()
  for (const { host, path } of model.names) addHostMask(names, toByteText(host), toByteText(path))
  const hostPatterns: CompiledPattern[] = []
  for (const name of model.serverNames) {
    if (name.kind === 'pattern') hostPatterns.push(compilePattern(name.pattern, table))
    else if (name.kind === 'exact') names.addExact(name.text, '')
    else if (name.kind === 'wildcard-start') names.addSuffix(name.text, '')
    else names.addPrefix(name.text, '')
  }
  const patterns = model.patterns.map(pattern => compilePattern(pattern, table))
  // As in nginx a list that names nobody refuses nobody.
  if (model.names.length + model.serverNames.length + patterns.length === 0) return () => ''
  return exchange => {
    const field = exchange.request.fields.get('referer')
    if (field === undefined) return model.none ? '' : '1'
    const [, rest] = field.length >= SHORTEST ? (/^https?:\/\/(.*)$/is.exec(field) ?? []) : []
    if (rest === undefined) return model.blocked ? '' : '1'
    const end = rest.search(/[/:]|$/)
    const host = lowerBytes(rest.slice(0, end))
    if (host.length > LONGEST_HOST) return '1'
    const path = names.find(host)
    if (path !== undefined) {
      const slash = rest.indexOf('/', end)
      return (slash < 0 ? '' : rest.slice(slash)).startsWith(path) ? '' : '1'
    }
    if (hostPatterns.some(pattern => pattern.test(host))) return ''
    return patterns.some(pattern => pattern.test(rest)) ? '' : '1'
  }
}

/** Of nothing shorter can a host be told. */
const SHORTEST = 'http://i.ru'.length
const LONGEST_HOST = 256
