/** Waiting for something outside of this process, looked at every few milliseconds, never longer than a bound. */
import { setTimeout as pass } from 'node:timers/promises'

/** Looks until `look` gives a value; fails with `what` when it has not within the bound. */
export async function until<T>(
  what: () => string,
  look: () => T | undefined | Promise<T | undefined>,
  boundMs = 10_000,
): Promise<T> {
  const expires = Date.now() + boundMs
  while (true) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > expires) throw new Error(`waited ${boundMs} ms for ${what()}`)
    await pass(10)
  }
}
