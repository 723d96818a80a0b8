/**
 * Waiting for something outside of this process. A machine that is busy stands still for seconds, so bounds are long: only
 * a test that fails reaches them.
 */
import { setTimeout as pass } from 'node:timers/promises'

/** With thirty programs on two cores a start has taken forty seconds. */
const BOUND_MS = 100_000

/** Looks until `look` gives a value (`undefined` is none yet); fails with `what` when it has not within the bound. */
export async function until<T>(
  what: () => string,
  look: () => T | undefined | Promise<T | undefined>,
  boundMs: number = BOUND_MS,
): Promise<T> {
  const expires = Date.now() + boundMs
  while (true) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > expires) throw new Error(`waited ${boundMs} ms for ${what()}`)
    await pass(10)
  }
}

/** For what is so a moment later: tries until these assertions hold, and fails as they failed last. */
export async function eventually<T>(assertions: () => T | Promise<T>, boundMs: number = BOUND_MS): Promise<T> {
  const expires = Date.now() + boundMs
  while (true) {
    try {
      return await assertions()
    } catch (error) {
      if (Date.now() > expires) throw error
    }
    await pass(10)
  }
}

/**
 * For a scenario in which this side has to act within a timeout of the other one: where the machine paused for longer than
 * that, it says nothing, and is done again. What is wrong in the product is wrong each time.
 */
export async function undisturbed(scenario: () => Promise<void>, tries = 6): Promise<void> {
  for (let left = tries - 1; ; left--) {
    try {
      return await scenario()
    } catch (error) {
      if (left === 0) throw error
    }
  }
}
