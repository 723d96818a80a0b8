/**
 * Which server a request is for, among those that listen on the address it came to.
 *
 * Exact name, longest `*.suffix`, longest `prefix.*`, first matching pattern in the order written, default server.
 */
import type { ServerName } from '../model/model.ts'
import { toByteText } from './byte-text.ts'
import { NameTable } from './names.ts'
import { compilePattern, type Captured, type CompiledPattern } from './pattern.ts'
import type { VariableTable } from './variables/variable-table.ts'

export interface NamedServer<T> {
  /** Empty: the server is that of requests without a host, as one named `""` is. */
  readonly names: readonly ServerName[]
  readonly value: T
}

export class ServerTable<T> {
  readonly #names = new NameTable<T>()
  readonly #patterns: { readonly pattern: CompiledPattern; readonly value: T }[] = []
  readonly #fallback: T
  /** Names that an earlier server has already: the later one is not reached by them. */
  readonly conflicts: readonly string[]

  constructor(servers: readonly NamedServer<T>[], fallback: T, table: Pick<VariableTable, 'indexOf' | 'write'>) {
    const conflicts: string[] = []
    this.#fallback = fallback
    for (const { names, value } of servers) {
      if (names.length === 0) this.#names.addExact('', value)
      for (const name of names) if (!this.#add(name, value, table)) conflicts.push(writeName(name))
    }
    this.conflicts = conflicts
  }

  /** `host` as in RequestHead.host. With an exchange, groups of a pattern that matched become its variables. */
  find(host: string, exchange: Captured | null): T {
    const found = this.#names.find(host)
    if (found !== undefined) return found
    if (host !== '') {
      for (const { pattern, value } of this.#patterns) {
        if (exchange === null ? pattern.test(host) : pattern.exec(host, exchange)) return value
      }
    }
    return this.#fallback
  }

  #add(name: ServerName, value: T, table: Pick<VariableTable, 'indexOf' | 'write'>): boolean {
    switch (name.kind) {
      case 'pattern':
        this.#patterns.push({ pattern: compilePattern(name.pattern, table), value })
        return true
      case 'exact':
        return this.#names.addExact(toByteText(name.text), value)
      case 'wildcard-start':
        return this.#names.addSuffix(toByteText(name.text), value)
      case 'wildcard-end':
        return this.#names.addPrefix(toByteText(name.text), value)
    }
  }
}

/** As it is written in a configuration. */
export function writeName(name: ServerName): string {
  if (name.kind === 'pattern') return '~' + name.pattern.written
  return name.kind === 'wildcard-start' ? '*.' + name.text : name.kind === 'wildcard-end' ? name.text + '.*' : name.text
}
