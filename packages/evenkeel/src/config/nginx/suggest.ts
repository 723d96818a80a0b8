/** The name that was probably meant. */

/** Nobody's slip of the finger is longer, and comparing costs the product of the lengths. */
const LONGEST = 64

/** The closest of `names`, when one is close enough to be a slip of the finger; null otherwise. */
export function nearest(written: string, names: Iterable<string>): string | null {
  if (written.length > LONGEST) return null
  let best: string | null = null
  let least = written.length <= 3 ? 1 : written.length <= 7 ? 2 : 3
  for (const name of names) {
    if (Math.abs(name.length - written.length) > least || name === written || name.length > LONGEST) continue
    const far = distance(written, name)
    if (far < least || (far === least && best === null)) {
      best = name
      least = far
    }
  }
  return best
}

/** Insertions, deletions, replacements and swaps of neighbours. */
function distance(a: string, b: string): number {
  let older: number[] = []
  let old = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const now = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min((old[j] ?? 0) + 1, (now[j - 1] ?? 0) + 1, (old[j - 1] ?? 0) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (older[j - 2] ?? 0) + 1)
      now.push(least)
    }
    older = old
    old = now
  }
  return old[b.length] ?? a.length
}
