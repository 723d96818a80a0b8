/**
 * A variable that depends on another by a table (`map`). Its value is found once an exchange, at first use, and kept; a
 * volatile one is found anew each time.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { MapModel } from '../model/model.ts'
import type { Template } from '../model/template.ts'
import { lowerBytes, toByteText } from './byte-text.ts'
import { addHostMask, NameTable } from './names.ts'
import { compilePattern, type Captured } from './pattern.ts'
import type { Evaluator, RouteScope, TextOf } from './ports.ts'
import { compileTemplate } from './template.ts'
import type { VariableTable } from './variables/variable-table.ts'
import { isScoped } from './variables/variables.ts'

export class MapVariable<Subject extends Captured = Exchange> {
  readonly #model: MapModel
  readonly #table: VariableTable<Subject>
  readonly #index: number
  #compiled: Evaluator<Subject> | null = null
  #scoped: boolean | null = null
  /** For a map that shows settings of a location: one for each. */
  readonly #perScope = new WeakMap<RouteScope, Evaluator<Subject>>()

  constructor(model: MapModel, table: VariableTable<Subject>) {
    this.#model = model
    this.#table = table
    this.#index = table.indexOf(model.variable)
  }

  /** Some of its templates mean different things in different locations. */
  get scoped(): boolean {
    if (this.#scoped === null) {
      this.#scoped = false // Ends the question when maps lead back to themselves.
      this.#scoped = templates(this.#model).some(template =>
        template.some(part => typeof part !== 'string' && 'variable' in part && isScoped(part.variable, this.#table)),
      )
    }
    return this.#scoped
  }

  evaluator(scope: RouteScope): Evaluator<Subject> {
    const found = this.scoped ? this.#perScope.get(scope) : this.#compiled
    if (found) return found
    // Stands there while the map is compiled, so that one that names itself ends.
    let compiled: Evaluator<Subject> = () => undefined
    const evaluator = guardDepth<Subject>(exchange => compiled(exchange))
    if (this.scoped) this.#perScope.set(scope, evaluator)
    else this.#compiled = evaluator
    compiled = this.#compile(scope)
    return evaluator
  }

  #compile(scope: RouteScope): Evaluator<Subject> {
    const find = compileMap(this.#model, this.#table, scope)
    if (this.#model.volatile) return find
    const index = this.#index
    const table = this.#table
    return exchange => {
      const kept = exchange.values?.[index]
      if (kept !== undefined) return kept
      const value = find(exchange)
      table.write(exchange, index, value)
      return value
    }
  }
}

function templates(model: MapModel): Template[] {
  return [
    model.input,
    model.default,
    ...model.exact.map(({ value }) => value),
    ...model.patterns.map(({ value }) => value),
  ]
}

/** Maps may name each other in a circle; then the innermost has no value, and nothing recurses for ever. */
function guardDepth<Subject>(evaluate: Evaluator<Subject>): Evaluator<Subject> {
  let running = false
  return exchange => {
    if (running) return undefined
    running = true
    const value = evaluate(exchange)
    running = false
    return value
  }
}

function compileMap<Subject extends Captured>(
  model: MapModel,
  table: VariableTable<Subject>,
  scope: RouteScope,
): TextOf<Subject> {
  const compile = (template: Template): TextOf<Subject> => compileTemplate(template, table, scope)
  const input = compile(model.input)
  const fallback = compile(model.default)
  const exact = new NameTable<TextOf<Subject>>()
  for (const { text, value } of model.exact) {
    const key = lowerBytes(toByteText(text))
    if (model.hostnames) addHostMask(exact, key, compile(value))
    else exact.addExact(key, compile(value))
  }
  const patterns = model.patterns.map(({ pattern, value }) => ({
    pattern: compilePattern(pattern, table),
    value: compile(value),
  }))
  return exchange => {
    let text = input(exchange)
    if (model.hostnames && text.endsWith('.')) text = text.slice(0, -1)
    const found = exact.find(lowerBytes(text))
    if (found !== undefined) return found(exchange)
    if (text !== '') {
      for (const { pattern, value } of patterns) if (pattern.exec(text, exchange)) return value(exchange)
    }
    return fallback(exchange)
  }
}
