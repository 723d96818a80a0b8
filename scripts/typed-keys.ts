/**
 * The keys of a typed configuration, from the tables that read nginx's language: names, documentation, and of values
 * what a row's syntax tells.
 */
import { directiveGroups } from '../packages/evenkeel/src/config/nginx/directives/table.ts'
import { keyName, pluralOf } from '../packages/evenkeel/src/config/code/names.ts'
import { variableNames, variablePrefixes } from '../packages/evenkeel/src/model/names.ts'
import type { Directive } from '../packages/evenkeel/src/config/nginx/table.ts'

const contexts: Readonly<Record<string, readonly string[]>> = {
  MainKey: ['main'],
  HttpKey: ['http'],
  UpstreamKey: ['upstream'],
  ServerKey: ['server'],
  LocationKey: ['location'],
  IfKey: ['if in server', 'if in location'],
  LimitExceptKey: ['limit_except'],
}

/** Words of a syntax that stand for a value. */
const placeholders: Readonly<Record<string, string>> = {
  number: 'number',
  time: 'Duration',
  size: 'Size',
  ...Object.fromEntries(
    ['name', 'path', 'file', 'text', 'string', 'uri', 'url', 'address'].map(one => [one, 'string']),
  ),
}
const literals: Readonly<Record<string, string>> = { on: 'true', off: 'false' }

/** Blocks with keys of their own, which are written by hand. */
const written = new Set([
  'http',
  'events',
  'server',
  'location',
  'upstream',
  'if',
  'limit_except',
  'types',
  'map',
  'include',
])

export function typedKeys(): string {
  const rows = directiveGroups.flatMap(group => group.rows).filter(row => !written.has(row.name))
  const byName = Map.groupBy(rows, row => row.name)
  const members = [...byName].map(([name, list]) => member(name, list))
  const unions = Object.entries(contexts).map(([type, places]) => {
    const keys = [...byName].filter(([, list]) => list.some(row => row.contexts.some(one => places.includes(one))))
    return `export type ${type} =\n${keys.map(([name]) => `  | '${keyOf(name)}'`).join('\n')}\n`
  })
  return `/**
 * Written by \`npm run docs\` from the tables that read nginx's language; do not edit.
 */
import type { Blocks, CodeStep, Duration, Module, Pass, Several, Size, Words } from './values.ts'

/** \`Text\` are texts that may hold variables, \`Made\` and \`Key\` what makes them. */
export interface Keys<Upstream extends string = string, Text extends string = string, Made extends string = string, Key extends string = string> {
${members.join('\n')}
}

${unions.join('\n')}
export type BuiltInVariable =
${[...variableNames].map(name => `  | '${name}'`).join('\n')}

export type VariableFamily =
${variablePrefixes.map(name => `  | '${name}'`).join('\n')}
`
}

function keyOf(name: string): string {
  return pluralOf.get(name) ?? keyName(name)
}

function member(name: string, rows: readonly Directive[]): string {
  const [row] = rows
  if (row === undefined) return ''
  const standard = row.default === null ? '' : ` Default: \`${row.default}\`.`
  const types = widest(rows.map(typeOf)).replace(
    /\b(Several|Words)\b/g,
    `$1<${makesVariables(rows) ? 'Made' : 'Text'}>`,
  )
  return `  /** \`${`${name} ${row.syntax}`.trim()}\`: ${row.text}${standard} */\n  readonly ${keyOf(name)}?: ${types}`
}

/** `set $variable value` and its like. */
function makesVariables(rows: readonly Directive[]): boolean {
  return rows.some(({ syntax }) => /^(?:\S+ )?\$variable\b/.test(syntax))
}

/** A union without what another of its parts holds already. */
function widest(types: readonly string[]): string {
  const all = new Set(types)
  if (all.has('Several')) return 'Several'
  if (all.has('true') && all.has('false')) all.add('boolean').delete('true')
  if (all.has('boolean')) all.delete('false')
  return [...all].filter(type => !all.has('string') || !type.startsWith("'")).join(' | ')
}

function typeOf(row: Directive): string {
  if (row.name === 'proxy_pass') return 'Pass<Upstream>'
  if (row.name === 'balance') return 'Module | readonly [Module, Words]'
  if (row.name === 'step') return 'CodeStep | false | readonly CodeStep[]'
  if (row.name === 'response_step') return 'Module | false | readonly Module[]'
  if (row.name === 'proxy_next_upstream_by') return 'Module | false'
  if (row.name === 'set_by') return 'Blocks<Key, Module>'
  if (row.block === true) return 'Readonly<Record<string, Words | Readonly<Record<string, Words>>>>'
  if (row.arguments[1] === 0) return 'boolean'
  if (row.syntax === 'on | off') return 'boolean'
  if (row.syntax === 'time') return 'Duration'
  if (row.syntax === 'size') return 'Size'
  if (row.syntax === 'number') return 'number'
  const alternatives = row.syntax.split(' | ')
  if (row.arguments[1] === 1 && alternatives.length > 1 && alternatives.every(one => /^[a-z][\w.]*$|^\d+$/.test(one))) {
    return widest(alternatives.map(one => placeholders[one] ?? literals[one] ?? `'${one}'`))
  }
  return 'Several'
}
