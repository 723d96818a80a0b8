/**
 * `evenkeel plan`: what a configuration would change, before it does.
 */
import { readPidFile } from '../control/files/pid-file.ts'
import { under, type Paths } from '../control/files/paths.ts'
import { readRecord } from '../control/succession/running-record.ts'
import { readQuietly } from '../control/test-configuration.ts'
import { changesOf, isNothing } from '../lab/changes/changes.ts'
import { changesText } from '../lab/changes/text.ts'
import { findPaths } from './find-paths.ts'
import { readFlags, valueOf } from './flags.ts'
import { say, UsageError } from './speech.ts'

const help = `Usage: evenkeel plan [NEW] [-c OLD] [-p PREFIX] [--json]

Tells what would change if NEW (default: the configuration where evenkeel itself looks for it) took the place of what
runs: listeners, paths that somebody else would answer, servers added, removed and drained, settings. Nothing is changed.

Options:
  -c OLD      compare with this file rather than with what runs
  -p PREFIX   what relative names in both lead from
  --json      all of it as JSON

Exit code: 0 nothing would change, 2 something would, 1 it cannot be used.

Examples:
  evenkeel plan new.conf
  evenkeel plan new.conf -c /etc/nginx/nginx.conf --json
`

type Model = Parameters<typeof changesOf>[0]

const SHORT: Readonly<Record<string, string>> = { '-c': '--config', '-p': '--prefix' }

export async function plan(list: readonly string[]): Promise<number> {
  const flags = readFlags(
    list.map(word => SHORT[word] ?? word),
    ['config', 'prefix'],
    ['json'],
  )
  if (valueOf(flags, 'help') !== undefined) {
    process.stdout.write(help)
    return 0
  }
  const words = flags.flatMap(flag => ('word' in flag ? [flag.word] : []))
  if (words.length > 1) throw new UsageError('plan: give one configuration')
  const prefix = valueOf(flags, 'prefix')
  const paths = findPaths({ prefix, file: words[0] })
  const after = await read(paths)
  if (after === null) return 1
  const old = valueOf(flags, 'config')
  const before = old === undefined ? running(paths, after) : await read(findPaths({ prefix, file: old }))
  if (before === null) return 1
  const changes = changesOf(before, after)
  const asked = valueOf(flags, 'json') !== undefined
  process.stdout.write(asked ? `${JSON.stringify(changes, null, 2)}\n` : changesText(changes))
  return isNothing(changes) ? 0 : 2
}

async function read(paths: Paths): Promise<Model | null> {
  return (await readQuietly({ paths, globals: null }, say))?.model ?? null
}

/** By the pid file of the new one: who moves that has to say -c. */
function running({ prefix }: Paths, { process: { pid } }: Model): Model | null {
  const path = under(prefix, pid)
  const number = readPidFile(path)
  const record = typeof number === 'string' ? null : readRecord(path, number)
  if (record !== null) return record.model
  const why = typeof number === 'string' ? number : `process ${number} has left no record of what it runs`
  say(`evenkeel: plan: ${why}; give the configuration to compare with: -c FILE`)
  return null
}
