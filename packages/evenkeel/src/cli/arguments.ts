/**
 * nginx's own command line, read as nginx reads it: values stand glued or apart (`-cFILE`, `-c FILE`), flags combine
 * (`-tq`), and what is wrong is said in the words that scripts around nginx know. `--help` and `--version` are ours.
 */

export type SignalName = 'stop' | 'quit' | 'reopen' | 'reload'

export interface Arguments {
  help: boolean
  version: boolean
  /** -V: the version with what it was built with. */
  build: boolean
  test: boolean
  /** -T: print what was read as well. */
  dump: boolean
  quiet: boolean
  prefix: string | null
  file: string | null
  errorLog: string | null
  /** Directives that stand before those of the file. */
  globals: string | null
  signal: SignalName | null
}

/** Reads what follows the program's name; a string is what is wrong with it. */
export function readArguments(list: readonly string[]): Arguments | string {
  const found: Arguments = { ...nothing }
  for (let index = 0; index < list.length; index++) {
    const word = list[index]!
    if (word === '--help') found.help = true
    else if (word === '--version') found.version = true
    else if (!word.startsWith('-')) return `invalid option: "${word}"`
    else {
      const taken = readFlags(found, word.slice(1), list[index + 1])
      if (typeof taken === 'string') return taken
      index += taken
    }
  }
  return found
}

const nothing: Arguments = {
  help: false,
  version: false,
  build: false,
  test: false,
  dump: false,
  quiet: false,
  prefix: null,
  file: null,
  errorLog: null,
  globals: null,
  signal: null,
}

const wants: Readonly<Record<string, string>> = {
  p: 'directory name',
  c: 'file name',
  e: 'file name',
  g: 'parameter',
  s: 'parameter',
}

/** Answers how many further words were used up: a flag with a value ends its word. */
function readFlags(found: Arguments, flags: string, next: string | undefined): number | string {
  for (let at = 0; at < flags.length; at++) {
    const flag = flags[at]!
    if (Object.hasOwn(wants, flag)) {
      const glued = flags.slice(at + 1)
      const value = glued === '' ? next : glued
      if (value === undefined) return `option "-${flag}" requires ${wants[flag]}`
      const wrong = setValue(found, flag, value)
      return wrong ?? (glued === '' ? 1 : 0)
    }
    if (flag === '?' || flag === 'h') found.help = true
    else if (flag === 'v') found.version = true
    else if (flag === 'V') found.build = true
    else if (flag === 't') found.test = true
    else if (flag === 'T') found.test = found.dump = true
    else if (flag === 'q') found.quiet = true
    else return `invalid option: "${flag}"`
  }
  return 0
}

function setValue(found: Arguments, flag: string, value: string): string | undefined {
  if (flag === 'p') found.prefix = value
  else if (flag === 'c') found.file = value
  else if (flag === 'e') found.errorLog = value
  else if (flag === 'g') found.globals = value
  else if (value === 'stop' || value === 'quit' || value === 'reopen' || value === 'reload') found.signal = value
  else return `invalid option: "-s ${value}"`
  return undefined
}
