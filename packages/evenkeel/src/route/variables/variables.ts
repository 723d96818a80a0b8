/**
 * Variables by name: a fixed one, one the configuration declares, or one of a family (`$http_…`). The name is looked up once,
 * when a configuration is compiled; what remains is one function.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { connectionVariables } from './connection-variables.ts'
import { fileVariables } from './file-variables.ts'
import { jwtFamilies } from './jwt-variables.ts'
import { linkVariables } from './link-variables.ts'
import { limitVariables } from './limit-variables.ts'
import { noScope, type Evaluator, type RouteScope } from '../ports.ts'
import { proxyProtocolFamilies, proxyProtocolVariables } from './proxy-protocol-variables.ts'
import { processVariables } from './process-variables.ts'
import { requestFamilies, requestVariables } from './request-variables.ts'
import { sliceVariables } from './slice-variables.ts'
import { responseFamilies, responseVariables } from './response-variables.ts'
import { compileTemplate } from '../template.ts'
import { tracingVariables } from './tracing-variables.ts'
import { tlsVariables } from './tls-variables.ts'
import { upstreamFamilies, upstreamVariables } from './upstream-variables.ts'
import { useridVariables } from './userid-variables.ts'
import type { Captured } from '../pattern.ts'
import type { FamilyMaker, VariableMaker, Vocabulary } from './variable-maker.ts'
import type { VariableTable } from './variable-table.ts'

export function compileVariable<Subject extends Captured = Exchange>(
  name: string,
  table: VariableTable<Subject>,
  scope: RouteScope = noScope,
): Evaluator<Subject> {
  const key = name.toLowerCase()
  const map = table.map(key)
  if (map !== undefined) return map.evaluator(scope)
  const { fixed: names, families } = table.vocabulary
  const fixed = table.made(key) ?? names.get(key)
  if (fixed !== undefined) {
    const own = fixed({ table, scope, text: template => compileTemplate(template, table, scope) })
    if (!overlaid.has(key) || !table.isAssigned(key)) return own
    const place = table.indexOf(key)
    return exchange => exchange.values?.[place] ?? own(exchange)
  }
  const family = families.find(({ prefix }) => key.startsWith(prefix))
  const member = family?.make(key.slice(family.prefix.length), table)
  if (member !== undefined && !table.has(key)) return member
  // Names nobody declared get a place too: a pattern compiled later may have a group of that name.
  const index = table.indexOf(key)
  if (table.isAssigned(key)) {
    // `set $http_x` in one location takes nothing from the others.
    if (member !== undefined) return exchange => exchange.values?.[index] ?? member(exchange)
    return exchange => exchange.values?.[index] ?? ''
  }
  return exchange => exchange.values?.[index]
}

/** What `set $name` does: few variables with a meaning of their own can be assigned to, the others only hold the value. */
export function compileAssignment(name: string, table: VariableTable): (exchange: Exchange, value: string) => void {
  const key = name.toLowerCase()
  if (key === 'args') {
    return (exchange, value) => {
      exchange.args = value
      exchange.uriChanged = true
    }
  }
  const index = table.declare(key)
  return (exchange, value) => table.write(exchange, index, value)
}

/** It shows settings of a location, so that it has to be compiled for each. */
export function isScoped<Subject extends Captured>(name: string, table: VariableTable<Subject>): boolean {
  return table.vocabulary.scoped.has(name) || table.map(name)?.scoped === true
}

/** What `set` gives one of these hides its own value; the other ones that it may change look for that themselves. */
const overlaid: ReadonlySet<string> = new Set(['proxy_host', 'proxy_port'])

const scopedNames: ReadonlySet<string> = new Set([
  'proxy_host',
  'proxy_port',
  'document_root',
  'realpath_root',
  'request_filename',
  'limit_rate',
  'secure_link',
  'secure_link_expires',
  'invalid_referer',
  'uid_got',
  'uid_set',
  'otel_trace_id',
  'otel_span_id',
  'otel_parent_id',
  'otel_traceparent',
])

const fixedVariables: ReadonlyMap<string, VariableMaker> = new Map([
  ...Object.entries(processVariables),
  ...Object.entries(requestVariables),
  ...Object.entries(connectionVariables),
  ...Object.entries(proxyProtocolVariables),
  ...Object.entries(tlsVariables),
  ...Object.entries(responseVariables),
  ...Object.entries(upstreamVariables),
  ...Object.entries(fileVariables),
  ...Object.entries(sliceVariables),
  ...Object.entries(limitVariables),
  ...Object.entries(linkVariables),
  ...Object.entries(useridVariables),
  ...Object.entries(tracingVariables),
])

const families: readonly { readonly prefix: string; readonly make: FamilyMaker }[] = Object.entries({
  ...requestFamilies,
  ...jwtFamilies,
  ...proxyProtocolFamilies,
  ...responseFamilies,
  ...upstreamFamilies,
}).map(([prefix, make]) => ({ prefix, make }))

/** What there is to say about an HTTP exchange. */
export const httpVocabulary: Vocabulary = { fixed: fixedVariables, families, scoped: scopedNames }

/** Every variable with a meaning of its own, and every family's prefix. */
export const variableNames: readonly string[] = [...fixedVariables.keys()]
export const variablePrefixes: readonly string[] = families.map(({ prefix }) => prefix)
