/** `geo` and `split_clients`: variables by address and by chance. */
import type { SplitModel } from '../../../model/client-data.ts'
import { isIpv4, readNetwork } from '../addresses.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { row, type Directive } from '../table.ts'
import { newVariable } from './rewrite.ts'

export const clientDataDirectives: readonly Directive[] = [
  {
    ...row('geo', ['http'], '[$address] $variable { ... }', null, 'A variable whose value depends on an address.'),
    arguments: [1, 2],
    block: true,
    apply: readGeo,
  },
  {
    ...row(
      'split_clients',
      ['http'],
      'string $variable { ... }',
      null,
      'A variable with a value for each share of clients.',
    ),
    arguments: [2, 2],
    block: true,
    apply: readSplit,
  },
]

function readGeo(place: Place, statement: Statement): void {
  const { http } = place.reading
  const named = statement.words.length - 1
  const variable = newVariable(place, statement, named)
  const address = named === 2 ? place.template(statement, 1) : null
  if (http === null || variable === null) return
  const draft = new GeoDraft(place)
  for (const line of statement.block ?? []) draft.read(line)
  place.mark(`geos.${http.geos?.length ?? 0}`, statement.position)
  const { ranges, standard, proxies, recursive } = draft
  ;(http.geos ??= []).push({
    variable,
    address,
    ranges,
    default: standard,
    blocks: [...draft.blocks].map(([block, value]) => ({ block, value })),
    proxies,
    proxyRecursive: recursive,
  })
}

class GeoDraft {
  ranges = false
  standard = ''
  recursive = false
  readonly proxies: string[] = []
  readonly blocks = new Map<string, string | null>()
  readonly #place: Place

  constructor(place: Place) {
    this.#place = place
  }

  read(line: Statement): void {
    const [name = '', value = ''] = line.words
    if (line.block !== null) return this.#place.fail(line, 0, 'unexpected "{"')
    if (line.words.length === 1 && name === 'ranges') return this.#readRanges(line)
    if (line.words.length === 1 && name === 'proxy_recursive') {
      this.recursive = true
      return
    }
    if (line.words.length !== 2) return this.#place.fail(line, 0, 'invalid number of the geo parameters')
    if (name === 'default') this.standard = value
    else if (name === 'proxy') {
      if (this.#isNetwork(line, 1, value)) this.proxies.push(value)
    } else if (name === 'delete') this.#delete(line, value)
    else if (this.ranges ? this.#isRange(line, 0, name) : this.#isNetwork(line, 0, name)) this.#add(line, name, value)
  }

  #readRanges(line: Statement): void {
    if (this.blocks.size > 0 || this.proxies.length > 0 || this.standard !== '') {
      this.#place.fail(line, 0, 'the "ranges" directive must be the first directive inside "geo" block')
    }
    this.ranges = true
  }

  #add(line: Statement, block: string, value: string): void {
    const old = this.blocks.get(block)
    if (old !== undefined && old !== null) {
      const kind = this.ranges ? 'range' : 'network'
      this.#place.warn(line, 0, `duplicate ${kind} "${block}", value: "${value}", old value: "${old}"`)
    }
    // What was said last wins, in its place.
    this.blocks.delete(block)
    this.blocks.set(block, value)
  }

  #delete(line: Statement, block: string): void {
    if (!(this.ranges ? this.#isRange(line, 1, block) : this.#isNetwork(line, 1, block))) return
    if (this.ranges) {
      this.blocks.delete(block)
      this.blocks.set(block, null)
    } else if (!this.blocks.delete(block)) this.#place.warn(line, 1, `no network "${block}" to delete`)
  }

  #isNetwork(line: Statement, word: number, written: string): boolean {
    const network = readNetwork(written)
    if (network === null) {
      this.#place.fail(line, word, `invalid network "${written}"`)
      return false
    }
    if (network.loose) this.#place.warn(line, word, `low address bits of ${written} are meaningless`)
    return true
  }

  #isRange(line: Statement, word: number, written: string): boolean {
    const [first = '', last = '', ...more] = written.split('-')
    if (more.length === 0 && isIpv4(first) && isIpv4(last) && numberOf(first) <= numberOf(last)) return true
    this.#place.fail(line, word, `invalid range "${written}"`, 'write it as 10.0.0.0-10.0.0.255')
    return false
  }
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function readSplit(place: Place, statement: Statement): void {
  const { http } = place.reading
  const input = place.template(statement, 1)
  const variable = newVariable(place, statement, 2)
  if (http === null || variable === null || input === null) return
  const parts: { share: number; value: string }[] = []
  let sum = 0
  for (const line of statement.block ?? []) {
    const [written = '', value = ''] = line.words
    if (line.words.length !== 2 || line.block !== null) {
      place.fail(line, 0, 'invalid number of the split_clients parameters', 'write a share and a value: 10% ".new";')
      continue
    }
    const share = written === '*' ? 0 : hundredths(written)
    if (share === null) {
      place.fail(line, 0, `invalid percent value "${written}"`, 'it may be 0.01% to 100%, or * for the rest')
      continue
    }
    sum += share === 0 ? 10_000 - Math.min(sum, 10_000) : share
    parts.push({ share, value })
  }
  if (sum > 10_000) place.fail(statement, 0, 'percent total is greater than 100%')
  place.mark(`splits.${http.splits?.length ?? 0}`, statement.position)
  const model: SplitModel = { variable, input, parts }
  ;(http.splits ??= []).push(model)
}

/** Hundredths of a percent; null: it is no percentage above 0. */
function hundredths(written: string): number | null {
  const match = /^(\d{1,5})(?:\.(\d{0,2}))?%$/.exec(written)
  const value = match === null ? 0 : Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'))
  return value > 0 ? value : null
}
