/**
 * The name somebody probably meant: at most two letters added, dropped, changed or swapped.
 */

export function nearest(word: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.min(3, word.length)
  for (const name of names) {
    const away = distance(word, name)
    if (away < least) [best, least] = [name, away]
  }
  return best
}

/** Edit distance in which a swap of neighbours counts once. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1)
      row.push(least)
    }
    before = above
    above = row
  }
  return above[b.length]!
}
