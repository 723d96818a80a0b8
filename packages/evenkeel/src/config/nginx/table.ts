/**
 * A directive as one row of a table. Parsing, errors and docs/directives.md all come from these rows.
 */
import type { Settings } from '../../model/settings.ts'
import type { Context, ListItem, ListKey, Place } from './place.ts'
import type { Statement } from './parser.ts'
import { readFlag, readMilliseconds, readNumber, readOffset, readSize } from './values.ts'

export interface Directive {
  readonly name: string
  readonly contexts: readonly Context[]
  /** Fewest and most arguments. */
  readonly arguments: readonly [least: number, most: number]
  readonly block?: true
  /** Arguments as documentation shows them. */
  readonly syntax: string
  /** null: nothing stands there when it is not said. */
  readonly default: string | null
  /** One line for docs/directives.md. */
  readonly text: string
  apply(place: Place, statement: Statement): void
}

export const ANY: number = Number.POSITIVE_INFINITY

export const everywhere: readonly Context[] = ['http', 'server', 'location']
export const alsoInIf: readonly Context[] = [...everywhere, 'if in location']
export const serverUp: readonly Context[] = ['http', 'server']

/** Name, arguments, default and text of a row that sets one key of Settings. */
type Key<Value> = { [K in keyof Settings]: Value extends Settings[K] ? K : never }[keyof Settings]

export function flag(
  name: string,
  key: Key<boolean>,
  standard: 'on' | 'off',
  text: string,
  contexts: readonly Context[] = everywhere,
): Directive {
  return {
    ...row(name, contexts, 'on | off', standard, text),
    apply: (place, statement) => {
      const value = once(place, statement, key) ? takeFlag(place, statement) : null
      if (value !== null) place.put(statement, key, value)
    },
  }
}

export function takeFlag(place: Place, statement: Statement): boolean | null {
  const [name, written = ''] = statement.words
  const value = readFlag(written)
  if (value === null) {
    place.fail(statement, 1, `invalid value "${written}" in "${name}" directive, it must be "on" or "off"`)
  }
  return value
}

export function milliseconds(
  name: string,
  key: Key<number>,
  standard: string,
  text: string,
  contexts: readonly Context[] = everywhere,
): Directive {
  return scalar(row(name, contexts, 'time', standard, text), key, readMilliseconds, 'invalid value')
}

export function size(
  name: string,
  key: Key<number>,
  standard: string,
  text: string,
  contexts: readonly Context[] = everywhere,
): Directive {
  return scalar(row(name, contexts, 'size', standard, text), key, readSize, 'invalid value')
}

export function offset(name: string, key: Key<number>, standard: string, text: string): Directive {
  return scalar(row(name, everywhere, 'size', standard, text), key, readOffset, 'invalid value')
}

export function number(
  name: string,
  key: Key<number>,
  standard: string | null,
  text: string,
  contexts: readonly Context[] = everywhere,
): Directive {
  return scalar(row(name, contexts, 'number', standard, text), key, readNumber, 'invalid number')
}

/** One of some words, which stand for values. */
export function choice<K extends keyof Settings>(
  name: string,
  key: K,
  values: Readonly<Record<string, Settings[K]>>,
  standard: string,
  text: string,
  contexts: readonly Context[] = everywhere,
): Directive {
  return {
    ...row(name, contexts, Object.keys(values).join(' | '), standard, text),
    apply: (place, statement) => {
      if (!once(place, statement, key)) return
      const written = statement.words[1] ?? ''
      const value = Object.hasOwn(values, written.toLowerCase()) ? values[written.toLowerCase()] : undefined
      if (value !== undefined) place.put(statement, key, value)
      else place.fail(statement, 1, `invalid value "${written}"`, `it may be ${Object.keys(values).join(', ')}`)
    },
  }
}

/** Text with variables. */
export function template(
  name: string,
  key: 'proxySetBody' | 'proxyMethod',
  syntax: string,
  text: string,
  contexts: readonly Context[] = everywhere,
): Directive {
  return {
    ...row(name, contexts, syntax, null, text),
    apply: (place, statement) => {
      const value = once(place, statement, key) ? place.template(statement, 1) : null
      if (value !== null) place.put(statement, key, value)
    },
  }
}

/** Any of some words, each one adding to a list of this level (nginx's bit masks). */
export function mask<K extends ListKey>(
  name: string,
  key: K,
  values: readonly (string & ListItem<K>)[],
  standard: string,
  text: string,
  most: number = ANY,
): Directive {
  return {
    ...row(name, everywhere, `${values.join(' | ')} ...`, standard, text),
    arguments: [1, most],
    apply: (place, statement) => {
      for (const [index, written] of statement.words.slice(1).entries()) {
        const value = values.find(one => one.toLowerCase() === written.toLowerCase())
        const present = place.settings[key] as readonly unknown[] | undefined
        if (value === undefined) {
          place.fail(statement, index + 1, `invalid value "${written}"`, `it may be ${values.join(', ')}`)
          return
        }
        if (present?.includes(value) === true) place.warn(statement, index + 1, `duplicate value "${written}"`)
        else place.append(statement, key, value)
      }
    },
  }
}

/** The parts of a row that takes one argument; `apply` is added. */
export function row(
  name: string,
  contexts: readonly Context[],
  syntax: string,
  standard: string | null,
  text: string,
): Omit<Directive, 'apply'> {
  return { name, contexts, arguments: [1, 1], syntax, default: standard, text }
}

/** A setting is said once a level. */
export function once(place: Place, statement: Statement, key: keyof Settings): boolean {
  if (!(key in place.settings)) return true
  place.failDirective(statement, 'is duplicate')
  return false
}

function scalar(
  base: Omit<Directive, 'apply'>,
  key: Key<number>,
  read: (text: string) => number | null,
  reason: string,
): Directive {
  return {
    ...base,
    apply: (place, statement) => {
      if (!once(place, statement, key)) return
      const value = read(statement.words[1] ?? '')
      if (value === null) place.failDirective(statement, reason)
      else place.put(statement, key, value)
    },
  }
}
