/** The name that was probably meant. */

/** Nobody's slip of the finger is longer, and comparing costs the product of the lengths. */
const LONGEST = 64

/** The closest of `names`, when one is close enough to be a slip of the finger; null otherwise. */
export function nearest(written: string, names: Iterable<string>): string | null {
  if (written.length > LONGEST) return null
  let best: string | null = null
  let least = written.length <= 3 ? 1 : written.length <= 7 ? 2 : 3
  const rows: Rows = [new Uint8Array(LONGEST + 1), new Uint8Array(LONGEST + 1), new Uint8Array(LONGEST + 1)]
  for (const name of names) {
    if (Math.abs(name.length - written.length) > least || name === written || name.length > LONGEST) continue
    const far = distance(written, name, least, rows)
    if (far < least || (far === least && best === null)) {
      best = name
      least = far
    }
  }
  return best
}

/** Room for three rows of the table; there are hundreds of names to compare with. */
type Rows = [Uint8Array, Uint8Array, Uint8Array]

/** Insertions, deletions, replacements and swaps of neighbours; more than `most` as soon as it is clear that it is more. */
function distance(a: string, b: string, most: number, rows: Rows): number {
  let before = 0
  let [older, old, now] = rows
  for (let j = 0; j <= b.length; j++) old[j] = j
  for (let i = 1; i <= a.length; i++) {
    now[0] = i
    let nearestHere = i
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(old[j]! + 1, now[j - 1]! + 1, old[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, older[j - 2]! + 1)
      if (least < nearestHere) nearestHere = least
      now[j] = least
    }
    // What follows grows out of the last two rows; with one that is out of reach a swap alone could still come back.
    if (nearestHere > most && before > most) return most + 1
    before = nearestHere
    const spare = older
    older = old
    old = now
    now = spare
  }
  return old[b.length]!
}
