/**
 * Values as nginx reads them. null: it is not one.
 */

/** nginx keeps most numbers in 64 bits; beyond this a double would not be exact. */
const LARGEST = Number.MAX_SAFE_INTEGER

export function readNumber(text: string): number | null {
  if (!/^[0-9]+$/.test(text)) return null
  const value = Number(text)
  return value <= LARGEST ? value : null
}

const SIZE_UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2 }
const OFFSET_UNITS: Readonly<Record<string, number>> = { ...SIZE_UNITS, g: 1024 ** 3 }

/** Bytes, with k or m. */
export function readSize(text: string): number | null {
  return readScaled(text, SIZE_UNITS)
}

/** Bytes of something that may be larger than memory: also with g. */
export function readOffset(text: string): number | null {
  return readScaled(text, OFFSET_UNITS)
}

function readScaled(text: string, units: Readonly<Record<string, number>>): number | null {
  const scale = units[text.slice(-1).toLowerCase()]
  const value = readNumber(scale === undefined ? text : text.slice(0, -1))
  if (value === null) return null
  const scaled = value * (scale ?? 1)
  return scaled <= LARGEST ? scaled : null
}

/** Units from large to small: each may only be followed by smaller ones. The number is its rank. */
const TIME_UNITS: Readonly<Record<string, readonly [rank: number, seconds: number]>> = {
  y: [1, 365 * 86400],
  M: [2, 30 * 86400],
  w: [3, 7 * 86400],
  d: [4, 86400],
  h: [5, 3600],
  m: [6, 60],
  s: [7, 1],
  ms: [8, 0.001],
  ' ': [9, 1],
}

/** Milliseconds. Years and months are not taken where milliseconds are kept. */
export function readMilliseconds(text: string): number | null {
  return readTime(text, 2, 1000)
}

/** Whole seconds: no `ms`. */
export function readSeconds(text: string): number | null {
  return readTime(text, 0, 1)
}

function readTime(text: string, outer: number, perSecond: 1 | 1000): number | null {
  let rank = outer
  let total = 0
  let from = 0
  let digits = false
  const each = /([0-9]*)(ms|[yMwdhms ]) */gy
  for (let match = each.exec(text); match !== null; match = each.exec(text)) {
    const [whole, value = '', unit = ''] = match
    const [next, seconds] = TIME_UNITS[unit] ?? [0, 0]
    if (unit === 'ms' && perSecond === 1) return null
    // A blank stands for seconds that nothing may follow but milliseconds cannot come before.
    if (next <= rank || (unit === ' ' && rank >= 7)) return null
    rank = next
    digits ||= value !== ''
    total += Math.round(Number(value) * seconds * perSecond)
    from += whole.length
  }
  const rest = text.slice(from)
  if (!/^[0-9]*$/.test(rest) || (!digits && rest === '')) return null
  total += Number(rest) * perSecond
  return total <= LARGEST ? total : null
}

/** `on` and `off`, in any case. */
export function readFlag(text: string): boolean | null {
  const lower = text.toLowerCase()
  return lower === 'on' ? true : lower === 'off' ? false : null
}
