/**
 * Flags of evenkeel's own commands: `--name value`, `--name=value`, switches, and plain words, in the order written
 * (`serve` gives a meaning to the order). nginx's interface has rules of its own, in arguments.ts.
 */
import { nearest } from './nearest.ts'
import { UsageError } from './speech.ts'

export type Flag = { readonly name: string; readonly value: string } | { readonly word: string }

/** `valued` take a value, `switches` do not (they come with the value ''). `--help` is always known. */
export function readFlags(list: readonly string[], valued: readonly string[], switches: readonly string[]): Flag[] {
  const found: Flag[] = []
  for (let index = 0; index < list.length; index++) {
    const word = list[index]!
    if (!word.startsWith('-')) {
      found.push({ word })
      continue
    }
    const [flag, glued] = split(word)
    if (flag === '--help' || flag === '-h') found.push({ name: 'help', value: '' })
    else if (switches.includes(flag.slice(2))) found.push({ name: flag.slice(2), value: '' })
    else if (valued.includes(flag.slice(2))) {
      const value = glued ?? list[++index]
      if (value === undefined) throw new UsageError(`${flag} needs a value`)
      found.push({ name: flag.slice(2), value })
    } else throw new UsageError(unknown(flag, [...valued, ...switches]))
  }
  return found
}

/** The last one counts. */
export function valueOf(flags: readonly Flag[], name: string): string | undefined {
  const found = flags.flatMap(flag => ('name' in flag && flag.name === name ? [flag.value] : []))
  return found.at(-1)
}

export function readPort(flag: string, text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
    throw new UsageError(`${flag} ${text}: a port is a number from 1 to 65535`)
  }
  return port
}

export function readCount(flag: string, text: string, least: number, most: number): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < least || count > most) {
    throw new UsageError(`${flag} ${text}: give a number from ${least} to ${most}`)
  }
  return count
}

/** `50ms`, `2s` or `50` (milliseconds). */
export function readDelayMs(flag: string, text: string): number {
  const match = /^(\d+)(ms|s)?$/.exec(text)
  if (match === null) throw new UsageError(`${flag} ${text}: give a time such as 50ms or 2s`)
  return Number(match[1]) * (match[2] === 's' ? 1000 : 1)
}

function split(word: string): [string, string | undefined] {
  const equals = word.indexOf('=')
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)]
}

function unknown(flag: string, names: readonly string[]): string {
  const close = nearest(flag.replace(/^-+/, ''), names)
  return `unknown option ${flag}${close === undefined ? '' : `; did you mean --${close}?`} (--help shows all)`
}
