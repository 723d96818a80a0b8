/** Points of the history made into lines and areas of a picture of a given size. */

export interface Frame {
  readonly width: number
  readonly height: number
  readonly fromMs: number
  readonly toMs: number
  readonly most: number
}

/** One value a series at a moment; null: nothing is known. */
export interface Sample {
  readonly atMs: number
  readonly values: readonly (number | null)[]
}

/** The next number above that is pleasant to read at the top of an axis. */
export function niceMost(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  for (const step of [1, 1.5, 2, 3, 4, 5, 7.5]) if (value <= step * power) return step * power
  return 10 * power
}

/** How far back is shown: what there is, but never less than two minutes and never more than the history. */
export function spanMs(firstMs: number | undefined, nowMs: number, longestMs: number): number {
  return Math.min(longestMs, Math.max(120_000, firstMs === undefined ? 0 : nowMs - firstMs))
}

/** No more samples than there are places for: those of one place become one, by their average or their largest. */
export function thinned(samples: readonly Sample[], places: number, how: 'average' | 'largest'): readonly Sample[] {
  if (samples.length <= places) return samples
  const size = Math.ceil(samples.length / places)
  const result: Sample[] = []
  for (let from = 0; from < samples.length; from += size) {
    const some = samples.slice(from, from + size)
    result.push({ atMs: some.at(-1)!.atMs, values: some[0]!.values.map((_, series) => merged(some, series, how)) })
  }
  return result
}

/** A line through the values of one series; it breaks where nothing is known. */
export function linePath(samples: readonly Sample[], series: number, frame: Frame): string {
  let path = ''
  let drawing = false
  for (const { atMs, values } of samples) {
    const value = values[series] ?? null
    if (value !== null) path += `${drawing ? 'L' : 'M'}${place(atMs, value, frame)}`
    drawing = value !== null
  }
  return path
}

/** The area between the sums below a series and those with it. */
export function areaPath(samples: readonly Sample[], series: number, frame: Frame): string {
  if (samples.length < 2) return ''
  const upper = samples.map(({ atMs, values }) => place(atMs, sumOf(values, series + 1), frame))
  const lower = samples.map(({ atMs, values }) => place(atMs, sumOf(values, series), frame)).reverse()
  return `M${upper.join('L')}L${lower.join('L')}Z`
}

export function largest(samples: readonly Sample[], stacked: boolean): number {
  let most = 0
  for (const { values } of samples) {
    if (stacked) most = Math.max(most, sumOf(values, values.length))
    else for (const value of values) most = Math.max(most, value ?? 0)
  }
  return most
}

/** The sample nearest to a place between 0 and 1. */
export function sampleAt(
  samples: readonly Sample[],
  share: number,
  { fromMs, toMs }: Pick<Frame, 'fromMs' | 'toMs'>,
): Sample | null {
  const wanted = fromMs + share * (toMs - fromMs)
  let best: Sample | null = null
  for (const sample of samples) {
    if (best === null || Math.abs(sample.atMs - wanted) < Math.abs(best.atMs - wanted)) best = sample
  }
  return best
}

export function placeOf(atMs: number, { width, fromMs, toMs }: Pick<Frame, 'width' | 'fromMs' | 'toMs'>): number {
  return ((atMs - fromMs) / (toMs - fromMs)) * width
}

function place(atMs: number, value: number, frame: Frame): string {
  const y = frame.height - (Math.min(value, frame.most) / frame.most) * frame.height
  return `${placeOf(atMs, frame).toFixed(1)} ${y.toFixed(1)}`
}

function merged(samples: readonly Sample[], series: number, how: 'average' | 'largest'): number | null {
  const known = samples.map(({ values }) => values[series] ?? null).filter(value => value !== null)
  if (known.length === 0) return null
  return how === 'largest' ? Math.max(...known) : known.reduce((sum, value) => sum + value, 0) / known.length
}

function sumOf(values: readonly (number | null)[], count: number): number {
  let sum = 0
  for (let series = 0; series < count; series++) sum += values[series] ?? 0
  return sum
}
