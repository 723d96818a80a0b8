/**
 * A strict reader of the text format of Prometheus (0.0.4): what a scraper may be lenient about is refused here. Written
 * from the format's description, not from what writes it.
 */

export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly ReadSample[]
}

export interface ReadSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** Throws with the line that is wrong. */
export function readExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const families = new Map<string, { name: string; type: Family['type']; samples: ReadSample[] }>()
  const seen = new Set<string>()
  let help = ''
  let current: { name: string; type: Family['type']; samples: ReadSample[] } | null = null
  for (const line of text.split('\n').slice(0, -1)) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`)
    }
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line)
    if (comment?.[1] === 'HELP') {
      help = comment[2]!
      if (!NAME.test(help)) fail('no name')
      if (families.has(help)) fail('the family stood before')
    } else if (comment?.[1] === 'TYPE') {
      const [, , name = '', type = ''] = comment
      if (name !== help) fail('a type without its help')
      if (type !== 'counter' && type !== 'gauge' && type !== 'histogram') return fail('unknown type')
      if ((type === 'counter') !== name.endsWith('_total')) fail('counters, and only they, end in _total')
      current = { name, type, samples: [] }
      families.set(name, current)
    } else {
      if (current === null) return fail('a sample without a family')
      const sample = readSample(line) ?? fail('no sample')
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted(([a], [b]) => (a < b ? -1 : 1))])
      if (seen.has(key)) fail('the series stood before')
      seen.add(key)
      const suffix = sample.name.slice(current.name.length)
      const allowed = current.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
      if (!sample.name.startsWith(current.name) || !allowed.includes(suffix)) fail('not of the family')
      if (current.type !== 'gauge' && !(sample.value >= 0)) fail('a count below zero')
      current.samples.push(sample)
    }
  }
  for (const family of families.values()) {
    if (family.samples.length === 0) throw new Error(`${family.name} has no samples`)
    if (family.type === 'histogram') checkHistogram(family)
  }
  return families
}

function readSample(line: string): ReadSample | null {
  const parts = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/.exec(line)
  if (parts === null || !NAME.test(parts[1]!)) return null
  const labels: Record<string, string> = {}
  let rest = parts[2] ?? ''
  while (rest !== '') {
    const pair = /^([^=]+)="((?:[^"\\\n]|\\[\\"n])*)"(?:,(?=.)|$)/.exec(rest)
    if (pair === null || !LABEL.test(pair[1]!) || Object.hasOwn(labels, pair[1]!)) return null
    labels[pair[1]!] = pair[2]!.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one))
    rest = rest.slice(pair[0].length)
  }
  const value = parts[3] === '+Inf' ? Infinity : Number(parts[3])
  return Number.isNaN(value) ? null : { name: parts[1]!, labels, value }
}

/** Buckets grow, the last one is +Inf and says what the count says. */
function checkHistogram({ name, samples }: Family): void {
  const series = Map.groupBy(samples, ({ labels: { le: _, ...rest } }) => JSON.stringify(rest))
  for (const [labels, list] of series) {
    const buckets = list.filter(sample => sample.name.endsWith('_bucket'))
    const count = list.find(sample => sample.name.endsWith('_count'))?.value
    const bounds = buckets.map(({ labels: { le = '' } }) => (le === '+Inf' ? Infinity : Number(le)))
    const grows = (numbers: readonly number[]): boolean =>
      numbers.every((value, at) => at === 0 || value >= numbers[at - 1]!)
    const values = buckets.map(({ value }) => value)
    const whole = grows(bounds) && grows(values) && bounds.at(-1) === Infinity && values.at(-1) === count
    if (!whole || !list.some(sample => sample.name.endsWith('_sum')))
      throw new Error(`${name}${labels} is no histogram`)
  }
}
