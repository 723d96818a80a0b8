/**
 * The JSON Schema of a configuration, from the same text that gives the compiler its types: keys, what they hold, and a
 * line on each, for editors of JSON and YAML.
 */
import { readFileSync } from 'node:fs'
import { typedKeys } from './typed-keys.ts'

type Schema = Readonly<Record<string, unknown>>

const shapes = new URL('../packages/evenkeel/src/config/code/define-config.ts', import.meta.url)

/** Types that keys are written with, beside literals. */
const types: Readonly<Record<string, Schema>> = {
  boolean: { type: 'boolean' },
  number: { type: 'number' },
  string: { type: 'string' },
  true: { const: true },
  false: { const: false },
  Duration: { $ref: '#/$defs/Duration' },
  Size: { $ref: '#/$defs/Size' },
  Words: { $ref: '#/$defs/Words' },
  Several: { $ref: '#/$defs/Several' },
  Pass: { type: 'string' },
  Module: { $ref: '#/$defs/Module' },
  CodeStep: { $ref: '#/$defs/CodeStep' },
  'readonly Module[]': { type: 'array', items: { $ref: '#/$defs/Module' } },
  'readonly CodeStep[]': { type: 'array', items: { $ref: '#/$defs/CodeStep' } },
  'readonly [Module, Words<Text>]': { type: 'array', prefixItems: [{ $ref: '#/$defs/Module' }], minItems: 2 },
}

export function configSchema(): Schema {
  const text = typedKeys()
  const keys = membersOf(text)
  const block = (union: string, more: Readonly<Record<string, Schema>> = {}): Schema => ({
    type: 'object',
    additionalProperties: false,
    properties: { ...pick(keys, unionOf(text, union)), ...more, directives: ref('Statements') },
  })
  const named = (name: string): Schema => ({ type: 'object', additionalProperties: ref(name) })
  const table = { type: 'object', additionalProperties: ref('Words') }
  const peer = membersOf(between(readFileSync(shapes, 'utf8'), 'export interface PeerConfig {', '\n}'))
  const http = block('HttpKey', {
    ...pick(keys, unionOf(text, 'MainKey')),
    $schema: { type: 'string' },
    upstreams: named('Upstream'),
    servers: { type: 'array', items: ref('Server') },
    maps: { type: 'object', additionalProperties: table },
    types: table,
  })
  const inside = { if: named('If'), types: table }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'evenkeel',
    description: 'A configuration of evenkeel: the directives of nginx in camelCase.',
    ...http,
    $defs: {
      Duration: { anyOf: [{ type: 'number' }, { type: 'string', pattern: '^\\d+(ms|s|m|h|d|w|M|y)' }] },
      Size: { anyOf: [{ type: 'number' }, { type: 'string', pattern: '^\\d+[kKmMgG]?$' }] },
      Module: { type: 'string', pattern: '\\.(ts|mts|js|mjs)(#.+)?$' },
      CodeStep: {
        anyOf: [ref('Module'), { type: 'array', prefixItems: [ref('Module')], items: { type: 'string' }, minItems: 1 }],
      },
      Word: { type: ['string', 'number', 'boolean'] },
      Words: { anyOf: [ref('Word'), { type: 'array', items: ref('Word') }] },
      Several: {
        anyOf: [ref('Words'), table, { type: 'array', items: { anyOf: [ref('Words'), { type: 'object' }] } }],
      },
      Statements: {
        type: 'array',
        items: { type: 'array', items: { anyOf: [{ type: ['string', 'number'] }, ref('Statements')] } },
      },
      Upstream: {
        ...block('UpstreamKey', { servers: { type: 'array', items: { anyOf: [{ type: 'string' }, ref('Peer')] } } }),
        required: ['servers'],
      },
      Peer: {
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(peer),
        required: ['address'],
      },
      Server: block('ServerKey', { ...inside, locations: named('Location') }),
      Location: block('LocationKey', { ...inside, locations: named('Location'), limitExcept: named('LimitExcept') }),
      If: block('IfKey'),
      LimitExcept: block('LimitExceptKey'),
    },
  }
}

function ref(name: string): Schema {
  return { $ref: `#/$defs/${name}` }
}

/** `/** text *\/ readonly key?: type` of an interface. */
function membersOf(text: string): Map<string, Schema> {
  const members = text.matchAll(/(?:\/\*\* (.*?) \*\/\s+)?readonly (\w+)\??: (.+)/g)
  return new Map(
    [...members].map(([, description, key = '', type = '']) => [
      key,
      { ...schemaOf(key, type), ...(description === undefined ? {} : { description }) },
    ]),
  )
}

function schemaOf(key: string, text: string): Schema {
  // Blocks whose keys are anybody's.
  if (/^(?:Readonly<Record|Blocks)</.test(text)) return { type: 'object' }
  const parts = text.split(' | ').map(part => {
    if (part.startsWith("'")) return { const: part.slice(1, -1) }
    // What a type is told of variables is more than a schema can say.
    const known = types[part] ?? types[part.replace(/<.*>$/, '')]
    if (known === undefined) throw new Error(`the schema knows no type "${part}" of the key "${key}"`)
    return known
  })
  const [first] = parts
  return parts.length === 1 && first !== undefined ? first : { anyOf: parts }
}

function unionOf(text: string, name: string): string[] {
  const part = between(text, `export type ${name} =\n`, '\n\n')
  return [...part.matchAll(/'(\w+)'/g)].map(([, key = '']) => key)
}

function between(text: string, start: string, end: string): string {
  const from = text.indexOf(start)
  if (from < 0) throw new Error(`"${start}" is not there any more`)
  const to = text.indexOf(end, from + start.length)
  return text.slice(from + start.length, to < 0 ? undefined : to)
}

function pick(keys: ReadonlyMap<string, Schema>, names: readonly string[]): Record<string, Schema> {
  return Object.fromEntries(names.flatMap(name => (keys.has(name) ? [[name, keys.get(name)!]] : [])))
}
