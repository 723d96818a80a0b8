/**
 * Whether the end of a head has come, for a head that came in more than one read.
 *
 * The first read of a head is parsed at once: nearly always it is all there. From the second on, parsing again and
 * again what lacks its end would cost a client one byte and us the whole head, so only the new bytes are looked at.
 */
import { CR, LF } from './bytes.ts'

/** Looks for an empty line that ends at or behind `fresh`, in a head whose first line starts at `start`. */
export function hasHeadEnd(bytes: Uint8Array, start: number, fresh: number, end: number): boolean {
  for (let p = Math.max(start, fresh - 2); p + 1 < end; p++) {
    if (bytes[p] !== LF) continue
    if (bytes[p + 1] === LF || (bytes[p + 1] === CR && p + 2 < end && bytes[p + 2] === LF)) return true
  }
  return false
}
