/**
 * Every variable that is used exists: built in, or made by `set`, `map` or a named group of some pattern. One that is
 * made anywhere counts everywhere, as in nginx.
 *
 * Templates stand in a hundred places of a model. They are found by their shape, not by a list of those places, so
 * that a setting added later is checked without anybody remembering to.
 */
import type { ModelProblem } from './check.ts'
import { isBuiltInVariable } from '../names.ts'

/** `http` is that part of a model, or another one, with a root and names of its own. */
export function checkVariables(
  http: object,
  root: 'http' | 'stream' = 'http',
  isBuiltIn: (name: string) => boolean = isBuiltInVariable,
): ModelProblem[] {
  const walk = new Walk(root, isBuiltIn)
  walk.visit(http)
  const problems: ModelProblem[] = []
  for (const { name, path } of walk.used) {
    if (!walk.made.has(name)) problems.push({ level: 'emerg', message: `unknown "${name}" variable`, path })
  }
  return problems
}

/** Far more than a model nests; deeper is a mistake of a front end, not a reason to exhaust the stack. */
const DEEPEST = 2000

class Walk {
  readonly made = new Set<string>()
  readonly used: { readonly name: string; readonly path: string }[] = []
  readonly #path: (string | number)[]
  readonly #isBuiltIn: (name: string) => boolean

  constructor(root: string, isBuiltIn: (name: string) => boolean) {
    this.#path = [root]
    this.#isBuiltIn = isBuiltIn
  }

  visit(value: unknown): void {
    if (typeof value !== 'object' || value === null || this.#path.length > DEEPEST) return
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) this.#enter(index, value[index])
      return
    }
    const object = value as Readonly<Record<string, unknown>>
    const { variable, groups } = object
    if (typeof variable === 'string') {
      // A template's part is nothing but its variable; `set` and `map` make the one they name.
      let keys = 0
      for (const _ in object) keys++
      if (keys === 1) this.#use(variable)
      else this.made.add(variable.toLowerCase())
    }
    if (Array.isArray(groups)) for (const group of groups) this.made.add(String(group).toLowerCase())
    for (const key in object) {
      if (key !== 'types') this.#enter(key, object[key])
    }
  }

  #enter(key: string | number, value: unknown): void {
    if (typeof value !== 'object') return
    this.#path.push(key)
    this.visit(value)
    this.#path.pop()
  }

  #use(name: string): void {
    if (this.#isBuiltIn(name)) return
    this.used.push({ name, path: this.#path.join('.') })
  }
}
