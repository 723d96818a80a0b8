/**
 * Regular expressions come from the configuration but run on strangers' input. V8 has a second engine whose time grows
 * with the input alone; with this flag it takes over when the usual one backtracks too often (measured: a hostile pattern
 * that took 48 s takes 2 ms). It can't run look-aheads, back-references and large counts: their input is capped
 * (route/pattern), and a worker that they hold up all the same is replaced (watchdog).
 */
import { setFlagsFromString } from 'node:v8'
import type { Pattern } from '../model/pattern.ts'

/** For the whole process; workers that start later have it as well. */
export function preferLinearMatching(): void {
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
}

/** Patterns of the model that the linear engine can't run. */
export function unboundedPatterns(model: object): Pattern[] {
  // Only with this flag is `l` a flag of expressions: it refuses what can't be matched in linear time.
  setFlagsFromString('--enable-experimental-regexp-engine')
  const found: Pattern[] = []
  walk(model, pattern => {
    if (!isLinear(pattern)) found.push(pattern)
  })
  setFlagsFromString('--no-enable-experimental-regexp-engine')
  return found
}

/** A flag that only V8 has. */
const LINEAR: string = 'l'

function isLinear(pattern: Pattern): boolean {
  try {
    return new RegExp(pattern.source, LINEAR) instanceof RegExp
  } catch {
    // Nested repetition is what makes backtracking explode; without any the usual engine is bounded well enough.
    return !/[*+}][^|]*\)[*+{]|\\[1-9]/.test(pattern.source)
  }
}

function walk(value: unknown, each: (pattern: Pattern) => void): void {
  if (typeof value !== 'object' || value === null) return
  if ('source' in value && 'written' in value) return each(value as Pattern)
  for (const inner of Object.values(value)) walk(inner, each)
}
