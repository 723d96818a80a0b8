/**
 * `evenkeel init`: three questions, and a configuration to begin with that says what stands in it. What is not asked, by a
 * flag or `--yes`, is not asked.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { readFlags, valueOf, type Flag } from './flags.ts'
import { initText, type InitWish } from './init-text.ts'
import { checkWord } from './proxy-text.ts'
import { say, UsageError } from './speech.ts'

const help = `Usage: evenkeel init [--servers LIST] [--listen ADDRESS] [--format ts|nginx] [--output FILE] [--yes]

Asks three questions and writes a commented configuration to begin with. What a flag says is not asked, and --yes
takes what is proposed.

Options:
  --servers LIST    servers to balance between, with commas (default: localhost:3001,localhost:3002)
  --listen ADDRESS  where to listen: 8080, 127.0.0.1:8080 (default: 8080)
  --format FORMAT   ts (evenkeel.config.ts, the default) or nginx (nginx.conf)
  --output FILE     where it is written; it must not exist yet
  --yes             ask nothing

Examples:
  evenkeel init
  evenkeel init --yes --servers 10.0.0.1:8000,10.0.0.2:8000 --format nginx
`

const questions = [
  ['servers', 'Which servers stand behind it, with commas?', 'localhost:3001,localhost:3002'],
  ['listen', 'Where does it listen, a port or address:port?', '8080'],
  ['format', 'In TypeScript or in the language of nginx (ts, nginx)?', 'ts'],
] as const

export async function init(list: readonly string[]): Promise<number> {
  const flags = readFlags(list, ['servers', 'listen', 'format', 'output'], ['yes'])
  if (valueOf(flags, 'help') !== undefined) {
    process.stdout.write(help)
    return 0
  }
  const word = flags.find(flag => 'word' in flag)
  if (word !== undefined) throw new UsageError('init takes no words; see evenkeel init --help')
  const wish = readWish(await ask(flags))
  const output = valueOf(flags, 'output') ?? (wish.format === 'ts' ? 'evenkeel.config.ts' : 'nginx.conf')
  if (existsSync(output))
    throw new UsageError(`init: ${output} is there already; remove it, or name another with --output`)
  writeFileSync(output, initText(wish))
  say(`evenkeel: wrote ${output}`)
  say(`Check it:  evenkeel -t -c ${output}`)
  say(`Start it:  evenkeel -c ${output}`)
  return 0
}

async function ask(flags: readonly Flag[]): Promise<Record<string, string>> {
  const answers: Record<string, string> = {}
  const silent = valueOf(flags, 'yes') !== undefined
  const missing = questions.some(([name]) => valueOf(flags, name) === undefined)
  const terminal = silent || !missing ? null : createInterface({ input: process.stdin, output: process.stderr })
  // Whoever pipes answers in gives them line by line; where they end, the rest is as proposed.
  const lines = terminal?.[Symbol.asyncIterator]()
  for (const [name, text, proposed] of questions) {
    const said = valueOf(flags, name)
    if (said === undefined && terminal !== null) process.stderr.write(`${text} [${proposed}] `)
    const line = said === undefined && lines !== undefined ? await lines.next() : null
    answers[name] =
      said ?? (line === null || line.done === true || line.value.trim() === '' ? proposed : line.value.trim())
  }
  terminal?.close()
  return answers
}

function readWish({ servers = '', listen = '', format = '' }: Record<string, string>): InitWish {
  if (format !== 'ts' && format !== 'nginx') throw new UsageError(`init: format ${format}: say ts or nginx`)
  const list = servers
    .split(/[\s,]+/)
    .filter(server => server !== '')
    .map(server => checkWord('server', server))
  if (list.length === 0) throw new UsageError('init: name at least one server')
  return { servers: list, listen: checkWord('--listen', listen), format }
}
