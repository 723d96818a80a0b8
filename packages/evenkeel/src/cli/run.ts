/**
 * nginx's interface: test, dump, signal or run the configuration.
 */
import { existsSync } from 'node:fs'
import type { Source } from '../control/loading.ts'
import { choosePaths, fromCommandLine, onDisk, under, type Paths } from '../control/files/paths.ts'
import { readPidFile, signalProcess } from '../control/files/pid-file.ts'
import type { Signals } from '../control/signals.ts'
import { INHERITED } from '../control/succession/succession-messages.ts'
import { readArguments, type Arguments, type SignalName } from './arguments.ts'
import { say, UsageError } from './speech.ts'
import { buildText, helpText, versionText } from './version.ts'

export async function run(list: readonly string[], signals: Signals): Promise<number> {
  const wish = readArguments(list)
  if (typeof wish === 'string') throw new UsageError(wish)
  if (wish.help || wish.version || wish.build) {
    process.stderr.write((wish.build ? buildText() : versionText()) + (wish.help ? helpText : ''))
    if (!wish.test) return 0
  }
  const source: Source = {
    paths: findPaths(wish),
    globals: wish.globals === null ? null : fromCommandLine(wish.globals),
  }
  if (wish.test) return test(source, wish)
  if (wish.signal !== null) return sendSignal(source, wish.signal)
  return start(source, signals, list)
}

async function start(source: Source, signals: Signals, list: readonly string[]): Promise<number> {
  const { daemonParent, runInBackground } = await import('./daemon.ts')
  const { readQuietly } = await import('../control/test-configuration.ts')
  const parent = daemonParent()
  const alone = parent === null && process.env[INHERITED] === undefined
  if (alone && (await readQuietly(source, null))?.model.process.daemon === true) return runInBackground(list)
  const { startProcess } = await import('../control/supervisor.ts')
  const supervisor = await startProcess({ source, signals, say: parent?.say ?? say })
  if (supervisor === null) return 1
  parent?.up()
  return supervisor.ended
}

async function test(source: Source, wish: Arguments): Promise<number> {
  const { ignoredNotes, patternNotes, readQuietly, tryOut } = await import('../control/test-configuration.ts')
  const file = spoken(source.paths.file)
  const failed = (): number => {
    say(`evenkeel: configuration file ${file} test failed`)
    return 1
  }
  const loaded = await readQuietly(source, say)
  if (loaded === null) return failed()
  if (!wish.quiet) {
    for (const note of [...ignoredNotes(loaded), ...patternNotes(loaded)]) say(`evenkeel: note: ${note}`)
    say(`evenkeel: the configuration file ${file} syntax is ok`)
  }
  const wrong = await tryOut(loaded, source)
  for (const line of wrong) say(`evenkeel: [emerg] ${line}`)
  if (wrong.length > 0) return failed()
  if (!wish.quiet) say(`evenkeel: configuration file ${file} test is successful`)
  if (wish.dump) {
    const parts = loaded.files.map(({ path, text }) => onDisk(`# configuration file ${path}:\n${text}\n`))
    await new Promise<void>(resolve => process.stdout.write(Buffer.concat(parts), () => resolve()))
  }
  return 0
}

const numbers: Readonly<Record<Exclude<SignalName, 'reload'>, readonly [NodeJS.Signals, number]>> = {
  stop: ['SIGTERM', 15],
  quit: ['SIGQUIT', 3],
  reopen: ['SIGUSR1', 10],
}

async function sendSignal(source: Source, name: SignalName): Promise<number> {
  const { readQuietly } = await import('../control/test-configuration.ts')
  const loaded = await readQuietly(source, say)
  if (loaded === null) return 1
  const pid = readPidFile(under(source.paths.prefix, loaded.model.process.pid))
  if (typeof pid === 'string') {
    say(`evenkeel: [error] ${pid}`)
    return 1
  }
  if (name === 'reload') {
    return (await import('./reload.ts')).reload(under(source.paths.prefix, loaded.model.process.pid), pid)
  }
  const [signal, number] = numbers[name]
  const problem = signalProcess(pid, signal)
  if (problem === null) return 0
  say(`evenkeel: [alert] kill(${pid}, ${number}) failed (${problem})`)
  return 1
}

function findPaths(wish: Arguments): Paths {
  const word = (value: string | null): string | null => (value === null ? null : fromCommandLine(value))
  const choices = { prefix: word(wish.prefix), file: word(wish.file), errorLog: word(wish.errorLog) }
  return choosePaths(choices, fromCommandLine(process.cwd()), path => existsSync(onDisk(path)))
}

/** A path for people: they read UTF-8. */
function spoken(path: string): string {
  return onDisk(path).toString('utf8')
}
