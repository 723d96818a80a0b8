/**
 * Statements of nginx's language as the text of a typed configuration that means the same.
 *
 * Keys are used wherever an object can say it; what depends on an order between directives (the rewrite module's, `allow`
 * and `deny`) stays a list of directives, word by word.
 */
import { directives } from '../nginx/directives/table.ts'
import type { Statement } from '../nginx/parser.ts'
import { innerContext, keyName, pluralOf, repeated } from './names.ts'

/** A module whose default export is the configuration. `statements` are those of a whole file, or of the inside of http. */
export function printConfig(written: readonly Statement[]): string {
  const statements = namePasses(written, new Set(upstreamNames(written)))
  const http = statements.find(({ words, block }) => words[0] === 'http' && block !== null)
  const outside = statements.filter(one => one !== http)
  const inside = http?.block ?? []
  // Side by side, unless a name stands in both places: there it means two things.
  const shared = inside.some(({ words }) => outside.some(other => other.words[0] === words[0]))
  const value = shared
    ? { ...members(outside, 'main'), http: members(inside, 'http') }
    : members([...outside, ...inside], http === undefined ? 'http' : 'main and http')
  return `import { defineConfig } from 'evenkeel'\n\nexport default defineConfig(${text(value, 0)})\n`
}

function upstreamNames(statements: readonly Statement[]): string[] {
  return statements.flatMap(({ words, block }) =>
    words[0] === 'upstream' ? words.slice(1, 2) : words[0] === 'http' ? upstreamNames(block ?? []) : [],
  )
}

/** An upstream is passed to by its name alone, which the compiler knows. */
function namePasses(statements: readonly Statement[], names: ReadonlySet<string>): Statement[] {
  return statements.map(statement => {
    const [name, url = ''] = statement.words
    const upstream = name === 'proxy_pass' && url.startsWith('http://') ? url.slice(7) : ''
    const words = names.has(upstream) ? ['proxy_pass', upstream] : statement.words
    return { ...statement, words, block: statement.block === null ? null : namePasses(statement.block, names) }
  })
}

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value }

/** What runs in the order written, whatever the names. */
const ordered: ReadonlySet<string> = new Set(['if', 'set', 'rewrite', 'return', 'break'])
/** `name value` pairs, each name once. */
const pairs: ReadonlySet<string> = new Set(['proxy_set_header', 'add_header', 'add_trailer', 'grpc_set_header'])
/** Their names say what is in them. */
const keyed: ReadonlySet<string> = new Set([
  'upstream',
  'location',
  'map',
  'geo',
  'split_clients',
  'match',
  'acme_issuer',
  'limit_except',
])

function members(statements: readonly Statement[], context: string): { [key: string]: Value } {
  const found: { [key: string]: Value } = {}
  const raw: Value[] = []
  const program = statements.filter(({ words }) => ordered.has(words[0] ?? ''))
  const rules = statements.filter(({ words }) => words[0] === 'allow' || words[0] === 'deny')
  const asWritten = new Set([...(program.length > 1 ? program : []), ...(rules.length > 1 ? rules : [])])
  for (const statement of statements) if (asWritten.has(statement)) raw.push(rawOf(statement))
  const rest = statements.filter(statement => !asWritten.has(statement))
  for (const [name, list] of Map.groupBy(rest, ({ words }) => words[0] ?? '')) {
    const value = list[0]?.block === null ? lines(name, list) : blocks(name, list, context)
    if (value === null) raw.push(...list.map(rawOf))
    else found[list[0]?.block === null ? keyOf(name, context) : (pluralOf.get(name) ?? keyName(name))] = value
  }
  if (raw.length > 0) found['directives'] = raw
  return found
}

function keyOf(name: string, context: string): string {
  return name === 'server' && context === 'upstream' ? 'servers' : keyName(name)
}

function lines(name: string, list: readonly Statement[]): Value | null {
  const words = list.map(statement => statement.words.slice(1).map(fromBytes))
  if (pairs.has(name) && words.every(one => one.length >= 2)) {
    const names = words.map(([first = '']) => first)
    if (new Set(names).size < names.length || names.some(isIndex)) return null
    return Object.fromEntries(words.map(([first = '', ...more]) => [first, more.length === 1 ? more[0]! : more]))
  }
  if (words.length === 1 && !repeated.has(name)) return single(name, words[0] ?? [])
  // Text is split as nginx splits it: where nothing needs quotes it reads as it was written.
  const values = words.map(one => (repeated.has(name) && one.every(isPlain) ? one.join(' ') : one))
  return values.length === 1 && typeof values[0] === 'string' ? values[0] : values
}

function single(name: string, words: readonly string[]): Value {
  const [word = ''] = words
  const row = directives.get(name)?.[0]
  if (words.length === 0) return true
  if (words.length > 1) return words
  if (row?.syntax === 'on | off' && /^(on|off)$/.test(word)) return word === 'on'
  if (row?.syntax === 'number' && /^\d{1,9}$/.test(word) && String(Number(word)) === word) return Number(word)
  return (row?.arguments[1] ?? 1) === 1 || isPlain(word) ? word : words
}

function blocks(name: string, list: readonly Statement[], context: string): Value | null {
  const inner = innerContext(name, context)
  const inside = (statement: Statement): Value | null =>
    inner === null ? entries(statement.block ?? []) : members(statement.block ?? [], inner)
  if (name === 'server') return list.map(statement => inside(statement) ?? {})
  if (!keyed.has(name) && !(name === 'if'))
    return list.length === 1 && list[0]!.words.length === 1 ? inside(list[0]!) : null
  const found: { [key: string]: Value } = {}
  for (const statement of list) {
    const key = statement.words.slice(1).map(fromBytes).map(quoted(name)).join(' ')
    const value = inside(statement)
    // Keys that look like numbers would be put in front of the others.
    if (value === null || key in found || isIndex(key)) return null
    found[key] = value
  }
  return found
}

/** An upstream's name is taken as it is, other keys are read word by word. */
function quoted(name: string): (word: string) => string {
  return word => (name === 'upstream' || isPlain(word) ? word : `'${word.replace(/[\\']/g, '\\$&')}'`)
}

function entries(statements: readonly Statement[]): Value | null {
  const found: { [key: string]: Value } = {}
  for (const { words, block } of statements) {
    const [key = '', ...values] = words.map(fromBytes)
    if (block !== null || key in found || isIndex(key)) return null
    found[key] = values.length === 1 ? values[0]! : values.length === 0 ? true : values
  }
  return found
}

function rawOf({ words, block }: Statement): Value {
  return [...words.map(fromBytes), ...(block === null ? [] : [block.map(rawOf)])]
}

function isPlain(word: string): boolean {
  return /^[^\s;{}'"\\#]+$/.test(word)
}

function isIndex(key: string): boolean {
  return /^\d+$/.test(key)
}

function fromBytes(word: string): string {
  const decoded = Buffer.from(word, 'latin1').toString('utf8')
  return Buffer.from(decoded, 'utf8').toString('latin1') === word ? decoded : word
}

const WIDTH = 100

function text(value: Value, depth: number): string {
  const flat = flatText(value)
  if (typeof value !== 'object' || (flat.length + depth * 2 < WIDTH && (depth > 0 || Array.isArray(value)))) return flat
  const pad = '  '.repeat(depth + 1)
  const end = '  '.repeat(depth)
  if (Array.isArray(value)) return `[\n${value.map((one: Value) => `${pad}${text(one, depth + 1)},\n`).join('')}${end}]`
  const parts = Object.entries(value).map(([key, one]) => `${pad}${keyText(key)}: ${text(one as Value, depth + 1)},\n`)
  return `{\n${parts.join('')}${end}}`
}

function flatText(value: Value): string {
  if (typeof value === 'string') return stringText(value)
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return `[${value.map(flatText).join(', ')}]`
  const parts = Object.entries(value).map(([key, one]) => `${keyText(key)}: ${flatText(one as Value)}`)
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`
}

function keyText(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : stringText(key)
}

function stringText(value: string): string {
  const escaped = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${escaped}'`
}
