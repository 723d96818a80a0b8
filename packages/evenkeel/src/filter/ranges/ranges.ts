/**
 * Range requests for bytes (RFC 9110, 14): which parts of a whole a client asked for, and how several of them are
 * framed in one body. Pure, so that a body filter can use it for proxied responses as files do.
 */

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** The parts to send; 'whole': as if nothing had been asked; 'unsatisfiable': 416. */
export type Ranges = readonly ByteRange[] | 'whole' | 'unsatisfiable'

/** What a part of a multipart body may cost beyond its bytes; and what all of them may cost when nothing limits them. */
const PART_COST = 256
const PARTS_ALLOWANCE = 4096

/** `max` is max_ranges; null: no limit. */
export function parseRanges(field: string, length: number, max: number | null): Ranges {
  if (max === 0 || field.length < 7 || field.slice(0, 6).toLowerCase() !== 'bytes=') return 'whole'
  const ranges: ByteRange[] = []
  let size = 0
  for (const text of field.slice(6).split(',')) {
    const range = parseOne(text, length)
    if (range === null) return 'unsatisfiable'
    if (range.start < range.end) {
      ranges.push(range)
      size += range.end - range.start
      if (max !== null && ranges.length > max) return 'whole'
    } else if (range.start === 0) {
      // Nothing is there to be cut: an empty file is sent whole.
      return 'whole'
    }
  }
  if (ranges.length === 0) return 'unsatisfiable'
  if (ranges.length === 1) return ranges
  // Overlapping ranges ask for more than there is (CVE-2011-3192), and very many small ones for more framing than
  // content: whoever does either gets the whole.
  if (size > length) return 'whole'
  if (max === null && size + ranges.length * PART_COST > length + PARTS_ALLOWANCE) return 'whole'
  return ranges
}

export function contentRange({ start, end }: ByteRange, length: number): string {
  return `bytes ${start}-${end - 1}/${length}`
}

export function unsatisfiedRange(length: number): string {
  return `bytes */${length}`
}

/** A body of several parts: its pieces in order, its length, and its Content-Type. */
export interface Multipart {
  readonly type: string
  readonly length: number
  readonly pieces: readonly (ByteRange | string)[]
}

/** `serial` makes the boundary differ between responses. `type` '' says none for the parts. */
export function framePieces(ranges: readonly ByteRange[], whole: number, type: string, serial: number): Multipart {
  const boundary = String(serial).padStart(20, '0')
  const typeLine = type === '' ? '' : `Content-Type: ${type}\r\n`
  const pieces: (ByteRange | string)[] = []
  let length = 0
  for (const range of ranges) {
    const head = `\r\n--${boundary}\r\n${typeLine}Content-Range: ${contentRange(range, whole)}\r\n\r\n`
    pieces.push(head, range)
    length += head.length + range.end - range.start
  }
  const last = `\r\n--${boundary}--\r\n`
  pieces.push(last)
  return { type: `multipart/byteranges; boundary=${boundary}`, length: length + last.length, pieces }
}

/** null: not a range. An empty one (start not below end) lies outside of the whole. */
function parseOne(text: string, length: number): ByteRange | null {
  // Taken apart by hand: a pattern with optional spaces on both sides of the dash is quadratic in a field of spaces.
  const dash = text.indexOf('-')
  if (dash < 0) return null
  const first = text.slice(0, dash).trim()
  const second = text.slice(dash + 1).trim()
  if (first === '') {
    const suffix = wholeNumber(second)
    if (suffix < 0) return null
    return { start: suffix === 0 ? length : Math.max(0, length - suffix), end: length }
  }
  const start = wholeNumber(first)
  const last = second === '' ? length : wholeNumber(second)
  if (start < 0 || last < 0) return null
  return { start, end: Math.min(last + 1, length) }
}

/** -1: not one that can be counted with. */
function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) return -1
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : -1
}
