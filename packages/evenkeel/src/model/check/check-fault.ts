/** Faults are made only where somebody has said that this is wanted. */
import type { ModelProblem } from './check.ts'
import type { Settings } from '../settings.ts'

export function checkFaults(
  allowed: boolean,
  levels: Iterable<{ readonly settings: Partial<Settings>; readonly path: string }>,
): ModelProblem[] {
  if (allowed) return []
  return [...levels]
    .filter(({ settings }) => (settings.fault ?? []).length > 0)
    .map(({ path }) => ({
      level: 'emerg',
      message: '"fault" makes requests fail on purpose, which is not allowed here',
      path: `${path}.settings.fault`,
      remedy: 'say "fault_allowed on;" in http if this is a test, else remove it',
    }))
}
