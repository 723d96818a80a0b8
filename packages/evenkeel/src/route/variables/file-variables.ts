/** Variables about the file a URI stands for: `root` and `alias` of a location, made absolute. */
import type { Template } from '../../model/template.ts'
import { toByteText } from '../byte-text.ts'
import type { TextOf } from '../ports.ts'
import type { Making, VariableMaker } from './variable-maker.ts'

export const fileVariables: Readonly<Record<string, VariableMaker>> = {
  document_root: making => compileRoot(making),
  realpath_root: making => {
    const root = compileRoot(making)
    const { realPath } = making.table.ports
    return exchange => realPath(root(exchange))
  },
  request_filename: making => compileFilename(making),
}

/** `root`, or what `alias` says. */
export function compileRoot({ table, scope, text }: Making): TextOf {
  const template = scope.alias ?? withoutFinalSlash(scope.root)
  const prefix = toByteText(table.ports.prefix)
  // `root /` names the root although nothing is left of it.
  if (template.length === 0 && scope.alias === null) return () => ''
  const path = text(template)
  return exchange => fullPath(prefix, path(exchange))
}

/** The path of the file that the URI stands for. */
export function compileFilename(making: Making): TextOf {
  const { alias, prefix } = making.scope
  const root = compileRoot(making)
  if (alias === null) return exchange => root(exchange) + exchange.uri
  // In a location of a pattern, alias is the whole path.
  if (prefix === null) return root
  const { length } = toByteText(prefix)
  return exchange => root(exchange) + exchange.uri.slice(length)
}

export function fullPath(prefix: string, path: string): string {
  return path.startsWith('/') ? path : prefix + path
}

function withoutFinalSlash(template: Template): Template {
  const last = template.at(-1)
  if (typeof last !== 'string' || !last.endsWith('/')) return template
  const rest = last.slice(0, -1)
  return rest === '' ? template.slice(0, -1) : [...template.slice(0, -1), rest]
}
