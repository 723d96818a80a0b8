/**
 * A typed configuration to the statements that nginx's language would have for it: from there on there is one reader,
 * with one table of directives, one set of checks and one Model, whichever way a balancer was described.
 */
import type { Position } from '../../model/model.ts'
import { directives } from '../nginx/directives/table.ts'
import { Lexer } from '../nginx/lexer.ts'
import type { Statement } from '../nginx/parser.ts'
import type { Problems } from '../nginx/problems.ts'
import type { Directive } from '../nginx/table.ts'
import { directiveName, innerContext, repeated } from './names.ts'

/** Where the value at a path of the configuration is written. */
export type Locate = (path: string) => Position

export function toStatements(config: unknown, locate: Locate, problems: Problems): Statement[] {
  const writer = new Writer(locate, problems)
  return writer.block(config, 'main', '')
}

/** Nesting beyond this is a cycle, or nobody's configuration. */
const DEEPEST = 64

class Writer {
  readonly #locate: Locate
  readonly #problems: Problems
  #depth = 0

  constructor(locate: Locate, problems: Problems) {
    this.#locate = locate
    this.#problems = problems
  }

  block(value: unknown, context: string, path: string): Statement[] {
    if (!isRecord(value)) {
      this.#fail(path, `${path === '' ? 'the configuration' : `"${path}"`} must be an object`)
      return []
    }
    if (++this.#depth > DEEPEST) {
      this.#fail(path, 'blocks are nested too deeply')
      return []
    }
    const list: Statement[] = []
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) this.#member(list, key, item, context, join(path, key))
    }
    this.#depth--
    return list
  }

  #member(list: Statement[], key: string, value: unknown, context: string, path: string): void {
    if (key === 'directives') return this.#raw(list, value, path)
    const name = directiveName(key)
    const row = rowOf(name, context)
    if (row?.block === true && !(name === 'server' && context === 'upstream')) {
      return this.#blocks(list, name, value, context, path)
    }
    this.#values(list, name, row, value, path)
  }

  // === blocks

  #blocks(list: Statement[], name: string, value: unknown, context: string, path: string): void {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) this.#one(list, name, [], item, context, join(path, String(index)))
      return
    }
    const takesWords = (rowOf(name, context)?.arguments[1] ?? 1) > 0
    if (!takesWords || !isRecord(value)) return this.#one(list, name, [], value, context, path)
    for (const [key, item] of Object.entries(value)) {
      const at = join(path, key)
      const words = name === 'if' ? [conditionText(key)] : [key]
      this.#one(list, name, name === 'upstream' ? words : this.#split(words[0]!, at), item, context, at)
    }
  }

  #one(list: Statement[], name: string, words: readonly string[], value: unknown, context: string, path: string): void {
    const inner = innerContext(name, context)
    const block = inner === null ? this.#entries(value, path) : this.block(value, inner, path)
    list.push(this.#statement([name, ...words], path, block))
  }

  /** The inside of `map`, `types` and the like: a line for each entry. */
  #entries(value: unknown, path: string): Statement[] {
    if (!isRecord(value)) {
      this.#fail(path, `"${path}" must be an object`)
      return []
    }
    return Object.entries(value).flatMap(([key, item]) => {
      const at = join(path, key)
      const words = this.#words(item, at)
      return item === false || words === null ? [] : [this.#statement([key, ...(item === true ? [] : words)], at)]
    })
  }

  // === statements

  #values(list: Statement[], name: string, row: Directive | undefined, value: unknown, path: string): void {
    if (value === true || value === false) {
      const bare = row?.arguments[0] === 0 && !/(?<!=)\bon\b/.test(row.syntax)
      if (!bare) list.push(this.#statement([name, value ? 'on' : 'off'], path))
      else if (value) list.push(this.#statement([name], path))
      return
    }
    if (Array.isArray(value) && (repeated.has(name) || value.some(item => typeof item === 'object'))) {
      for (const [index, item] of value.entries()) this.#item(list, name, row, item, join(path, String(index)))
      return
    }
    if (isRecord(value)) return this.#record(list, name, value, path)
    const words = this.#scalarWords(name, row, value, path)
    if (words !== null) list.push(this.#statement([name, ...words], path))
  }

  /** One of several: a list is its words. */
  #item(list: Statement[], name: string, row: Directive | undefined, value: unknown, path: string): void {
    if (!Array.isArray(value)) return this.#values(list, name, row, value, path)
    const words = this.#words(value, path)
    if (words !== null) list.push(this.#statement([name, ...words], path))
  }

  #scalarWords(name: string, row: Directive | undefined, value: unknown, path: string): string[] | null {
    if (name === 'proxy_pass' && typeof value === 'string') return [passUrl(value)]
    if (typeof value === 'number' && row?.syntax === 'time') return [`${value}ms`]
    if (typeof value === 'string' && (row?.arguments[1] ?? 1) > 1) return this.#split(value, path)
    return this.#words(value, path)
  }

  /** `{ address: '…', weight: 5, backup: true }` is one line with parameters; any other record a line for each entry. */
  #record(list: Statement[], name: string, value: Readonly<Record<string, unknown>>, path: string): void {
    if (typeof value['address'] === 'string') {
      const words = Object.entries(value).flatMap(([key, item]) =>
        key === 'address' ? [] : this.#parameter(key, item, join(path, key)),
      )
      list.push(this.#statement([name, value['address'], ...words], path))
      return
    }
    for (const [key, item] of Object.entries(value)) {
      const at = join(path, key)
      const words = item === undefined ? null : this.#words(item, at)
      if (words !== null) list.push(this.#statement([name, key, ...words], at))
    }
  }

  #parameter(key: string, value: unknown, path: string): string[] {
    if (value === undefined || value === false) return []
    const name = directiveName(key)
    if (value === true) return [name]
    const [word] = this.#words(value, path) ?? []
    return word === undefined ? [] : [`${name}=${word}`]
  }

  /** Statements as they are: `[['set', '$a', '1'], ['if', '($a)', [['return', 403]]]]`. */
  #raw(list: Statement[], value: unknown, path: string): void {
    if (!Array.isArray(value)) return this.#fail(path, '"directives" is a list of lists of words')
    if (++this.#depth > DEEPEST) return this.#fail(path, 'blocks are nested too deeply')
    for (const [index, item] of value.entries()) {
      const at = join(path, String(index))
      if (!Array.isArray(item) || item.length === 0) {
        this.#fail(at, 'a directive is a list: its name, its arguments, and for a block a list of directives')
        continue
      }
      const last: unknown = item.at(-1)
      const block: Statement[] | null = Array.isArray(last) ? [] : null
      if (block !== null) this.#raw(block, last, at)
      const words = this.#words(block === null ? item : item.slice(0, -1), at)
      if (words !== null) list.push(this.#statement(words, at, block))
    }
    this.#depth--
  }

  #words(value: unknown, path: string): string[] | null {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value]
    const words: string[] = []
    for (const item of list) {
      if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') words.push(String(item))
      else {
        const what =
          typeof item === 'function' ? 'a function' : item === null ? 'null' : `a value of type ${typeof item}`
        this.#fail(path, `"${path}" is ${what}, it must be text, a number, true or false, or a list of these`)
        return null
      }
    }
    return words
  }

  /** Text to words by nginx's rules of quoting. */
  #split(text: string, path: string): string[] {
    const lexer = new Lexer(text)
    const words: string[] = []
    for (;;) {
      const token = lexer.next()
      if (token.kind === 'end') return words
      if (token.kind === 'word') words.push(token.text)
      else {
        const problem = token.kind === 'error' ? token.message : `unexpected "${token.kind}"`
        this.#fail(
          path,
          `${problem} in "${text}"`,
          'quote what has spaces, braces or semicolons, or give a list of words',
        )
        return words
      }
    }
  }

  #statement(words: readonly string[], path: string, block: Statement[] | null = null): Statement {
    return { words: words.map(toBytes), position: this.#locate(path), places: [], block }
  }

  #fail(path: string, message: string, remedy?: string): void {
    this.#problems.error(this.#locate(path), message, remedy)
  }
}

/** In a typed configuration the inside of `http` and what belongs to the process stand side by side. */
function rowOf(name: string, context: string): Directive | undefined {
  const rows = directives.get(name)
  const wanted = context === 'main' ? ['main', 'http'] : [context]
  return rows?.find(row => row.contexts.some(one => wanted.includes(one)))
}

/** The name of an upstream is enough. */
function passUrl(text: string): string {
  return text.includes('://') || text.startsWith('$') ? text : `http://${text}`
}

function conditionText(text: string): string {
  return text.startsWith('(') ? text : `(${text})`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

/** Configuration text is one character a byte everywhere. */
function toBytes(text: string): string {
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}
