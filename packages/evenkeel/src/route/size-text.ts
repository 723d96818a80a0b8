/** Sizes that variables hold (`512`, `10k`, `1m`), as configurations write them. */

/** Bytes; undefined: it is no size. */
export function readSize(text: string): number | undefined {
  const match = /^(\d{1,15})([kKmM]?)$/.exec(text)
  if (match === null) return undefined
  const unit = match[2]!.toLowerCase()
  return Number(match[1]) * (unit === 'k' ? 1024 : unit === 'm' ? 1024 * 1024 : 1)
}
