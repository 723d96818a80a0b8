/**
 * Who may import whom, as a table, and the check that the sources keep to it.
 *
 * A rule that nothing enforces lasts until the first hurried evening. The two lines worth most: the data plane never
 * imports `config/`, and `balance/` never learns what a socket or a header is. Tests may import what they like.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'

const data = ['model', 'exchange', 'wire', 'balance', 'shared', 'route', 'net', 'upstream', 'health', 'filter', 'log']

const layers: Readonly<Record<string, readonly string[]>> = {
  model: [],
  exchange: [],
  wire: ['exchange'],
  balance: [],
  shared: [],
  route: ['model', 'exchange'],
  config: ['model'],
  net: ['exchange'],
  upstream: ['model', 'exchange', 'wire', 'balance', 'shared', 'net'],
  health: ['model', 'exchange', 'wire', 'shared', 'net'],
  filter: ['model', 'exchange', 'wire', 'route', 'shared'],
  log: ['model', 'exchange', 'route'],
  proxy: ['model', 'exchange', 'wire', 'route', 'filter', 'net', 'upstream', 'log'],
  worker: [...data, 'proxy'],
  control: ['model', 'config', 'health', 'shared', 'net', 'log', 'worker'],
  lab: [...data, 'proxy', 'worker'],
  cli: ['control', 'config', 'lab'],
  compat: [],
}

/** No `node:` module, no clock and no randomness of their own: what needs one is given it. */
const pure = new Set(['model', 'exchange', 'wire', 'balance', 'shared', 'route'])

const source = resolve(import.meta.dirname, '../packages/evenkeel/src')
const architecture = resolve(import.meta.dirname, '../ARCHITECTURE.md')
// Imports and re-exports, `import()` both as a call and as a type, and the URLs that workers are started from.
const references = /(?:\bfrom\s+|\bimport\s*\(?\s*|new URL\(\s*)'([^']+)'/g
const ownTimeOrLuck =
  /\bnew Date\(\)|\b(?:Date\.now|performance\.now|Math\.random|setTimeout|setInterval|setImmediate)\(/

const problems = [...globSync('*/**/*.ts', { cwd: source }).flatMap(problemsOf), ...tableProblems()]
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0

function problemsOf(file: string): string[] {
  if (/\.(test|fixture|contract)\.ts$/.test(file)) return []
  const folder = file.split('/')[0] ?? ''
  const allowed = layers[folder]
  if (allowed === undefined) return [`${file}: "${folder}" has no row in the table of layers`]

  const code = readFileSync(resolve(source, file), 'utf8').replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
  const found = [...code.matchAll(references)].flatMap(match => refusal(file, folder, allowed, match[1] ?? ''))
  const own = pure.has(folder) ? ownTimeOrLuck.exec(code) : null
  return own === null ? found : [...found, `${file}: ${folder} is pure: have "${own[0]}" given in`]
}

function refusal(file: string, folder: string, allowed: readonly string[], reference: string): string[] {
  if (reference.startsWith('node:')) {
    return pure.has(folder) ? [`${file}: ${folder} is pure and may not import "${reference}"`] : []
  }
  if (!reference.startsWith('.')) return []
  const target = relative(source, resolve(source, dirname(file), reference)).split('/')[0] ?? ''
  if (target === folder || target === '..' || allowed.includes(target)) return []
  return [`${file}: ${folder} may not import ${target} ("${reference}")`]
}

/** ARCHITECTURE.md quotes the table for people; two truths would drift apart. */
function tableProblems(): string[] {
  const quoted = new Set(
    readFileSync(architecture, 'utf8')
      .split('\n')
      .map(line => line.replace(/\s+/g, ' ').trim()),
  )
  return Object.entries(layers)
    .map(([folder, allowed]) => {
      const list = allowed.map(name => `\`${name}\``).join(', ') || 'nothing'
      return `| \`${folder}\` | ${list} | ${pure.has(folder) ? 'yes' : ''} |`.replace(/\s+/g, ' ')
    })
    .filter(row => !quoted.has(row))
    .map(row => `ARCHITECTURE.md: its table of layers lacks this row: ${row}`)
}
