/**
 * `evenkeel convert`: an nginx configuration as a typed one, to go on from.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { printConfig } from '../config/code/print.ts'
import { diskFiles } from '../config/nginx/disk.ts'
import { explainProblem } from '../config/nginx/problems.ts'
import { parseConfiguration, readConfiguration } from '../config/nginx/read.ts'
import { fromCommandLine } from '../control/files/paths.ts'
import { readFlags, valueOf } from './flags.ts'
import { say, UsageError } from './speech.ts'

const help = `Usage: evenkeel convert FILE [--output FILE]

Writes an nginx configuration as a typed one (evenkeel.config.ts) that means the same. What it includes becomes part of
it; comments stay behind. Without --output it goes to the terminal.

Examples:
  evenkeel convert /etc/nginx/nginx.conf
  evenkeel convert nginx.conf --output evenkeel.config.ts && evenkeel -t -c evenkeel.config.ts
`

export function convert(list: readonly string[]): number {
  const flags = readFlags(list, ['output'], [])
  if (valueOf(flags, 'help') !== undefined) {
    process.stdout.write(help)
    return 0
  }
  const words = flags.flatMap(flag => ('word' in flag ? [flag.word] : []))
  if (words.length !== 1) throw new UsageError('convert: name one file, as in: evenkeel convert nginx.conf')
  const path = fromCommandLine(resolve(words[0]!))
  const options = { path, prefix: '/', files: diskFiles }
  const { problems, files: read } = readConfiguration(options)
  for (const problem of problems) say(explainProblem(problem, read))
  if (problems.some(({ level }) => level === 'emerg')) return 1
  const text = printConfig(parseConfiguration(options).statements)
  const output = valueOf(flags, 'output')
  if (output === undefined) {
    process.stdout.write(text)
    return 0
  }
  if (existsSync(output)) throw new UsageError(`convert: ${output} is there already; remove it or name another file`)
  writeFileSync(output, text)
  say(`evenkeel: wrote ${output}; try it with: evenkeel -t -c ${output}`)
  return 0
}
