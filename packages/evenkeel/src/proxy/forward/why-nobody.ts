/** Why no peer was to be had, in the error log's words. */
import type { Choice } from '../../exchange/attempt.ts'

/** Of a large group some are enough to see what is wrong. */
const MOST_TOLD = 8

export function whyNobody(choice: Choice | null): string {
  if (choice === null) return ''
  const { candidates } = choice
  const told = candidates.slice(0, MOST_TOLD).map(({ peer, skipped }) => `${peer} ${skipped ?? 'fit'}`)
  if (candidates.length > told.length) told.push(`${candidates.length - told.length} more`)
  return told.join(', ')
}
