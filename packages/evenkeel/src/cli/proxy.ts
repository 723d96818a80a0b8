/**
 * `evenkeel proxy`: balancing between the addresses on the command line. It is nginx configuration underneath, which
 * `--print` shows, to begin a file of one's own with.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { probeAll } from '../control/listening/listeners.ts'
import { choosePaths, fromCommandLine } from '../control/files/paths.ts'
import type { Signals } from '../control/signals.ts'
import type { Source } from '../control/loading.ts'
import { readFlags, valueOf, type Flag } from './flags.ts'
import { checkMethod, checkWord, methods, proxyText, type ProxyWish } from './proxy-text.ts'
import { say, UsageError } from './speech.ts'
import { portProblem } from './text-servers.ts'

const help = `Usage: evenkeel proxy [--listen ADDRESS] SERVER... [--method METHOD] [--print]

Balances between the servers given, in the foreground, without a configuration file.

Options:
  --listen ADDRESS  where to listen: 8080, 127.0.0.1:8080, [::]:8080 (default: 8080)
  --method METHOD   ${methods.join(', ')} (default: round_robin)
  --workers N       how many threads carry traffic (default: 1)
  --print           show the nginx configuration this stands for, and exit

Examples:
  evenkeel proxy localhost:8000 localhost:8001
  evenkeel proxy --listen 80 10.0.0.1:8000 10.0.0.2:8000 --method least_conn
  evenkeel proxy localhost:8000 localhost:8001 --print > nginx.conf
`

export async function proxy(list: readonly string[], signals: Signals): Promise<number> {
  const flags = readFlags(list, ['listen', 'method', 'workers'], ['print'])
  if (has(flags, 'help')) {
    process.stdout.write(help)
    return 0
  }
  const text = proxyText(readWish(flags))
  if (has(flags, 'print')) {
    process.stdout.write(text)
    return 0
  }
  const workers = valueOf(flags, 'workers') ?? '1'
  if (!/^([1-9]\d{0,3}|auto)$/.test(workers)) throw new UsageError(`--workers ${workers}: give a number or auto`)
  const listen = valueOf(flags, 'listen') ?? '8080'
  await checkFree(listen)
  return runText(text, `worker_processes ${workers};`, signals, () => {
    say(`evenkeel listens on ${listen}; Ctrl-C ends it`)
  })
}

/** A port that is taken is the mistake made most: it is told in a line, before anything is started. */
async function checkFree(listen: string): Promise<void> {
  const found = /^(?:\[([\da-f:.]+)\]:|([\d.]+):)?(\d+)$/i.exec(listen)
  if (found === null) return
  const port = Number(found[3])
  const [trouble] = await probeAll([{ host: found[1] ?? found[2] ?? '*', port }])
  if (trouble !== undefined) throw portProblem({ code: trouble.code, port }, 'choose another with --listen')
}

/** Runs a text as the configuration of this process, in the foreground. */
export async function runText(text: string, globals: string, signals: Signals, up: () => void): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-run-'))
  try {
    writeFileSync(join(folder, 'nginx.conf'), text)
    return await runFile(join(folder, 'nginx.conf'), folder, globals, signals, up)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The same for a file, with a folder of its own for what a process writes. `amend` adds to what the file says. */
export async function runFile(
  file: string,
  folder: string,
  globals: string,
  signals: Signals,
  up: () => void,
  amend?: Source['amend'],
): Promise<number> {
  const { startProcess } = await import('../control/supervisor.ts')
  const word = fromCommandLine
  const paths = choosePaths({ prefix: word(folder), file: word(file), errorLog: 'stderr' }, word(folder), () => false)
  const source = { paths, globals: word(globals), ...(amend === undefined ? undefined : { amend }) }
  const supervisor = await startProcess({ source, signals, say, pidFile: false, bindTries: 1 })
  if (supervisor === null) return 1
  up()
  return supervisor.ended
}

export function readWish(flags: readonly Flag[]): ProxyWish {
  const servers = flags.flatMap(flag => ('word' in flag ? [checkWord('server', flag.word)] : []))
  if (servers.length === 0) throw new UsageError('proxy: give at least one server (evenkeel proxy --help)')
  return {
    listen: checkWord('--listen', valueOf(flags, 'listen') ?? '8080'),
    method: checkMethod(valueOf(flags, 'method') ?? 'round_robin'),
    servers,
  }
}

function has(flags: readonly Flag[], name: string): boolean {
  return valueOf(flags, name) !== undefined
}
