/**
 * `geo`: a value by the block that an address lies in, found by binary search however many blocks there are.
 *
 * Blocks may lie inside each other. When the table is made they are cut into segments that do not: each block, those
 * that win first, takes the segments that are still free. Addresses are byte strings, which compare as numbers do.
 */
import type { GeoModel } from '../model/client-data.ts'
import { binaryAddress } from './address.ts'
import { toByteText } from './byte-text.ts'
import type { OfClient } from './variables/client-variables.ts'
import { FieldName, fieldValue } from './field-value.ts'
import { forwardedAddress } from './forwarded-address.ts'
import type { TextOf } from './ports.ts'
import type { VariableMaker } from './variables/variable-maker.ts'

/** The value for an address as text; what is no address gets that of the last IPv4 address, as in nginx. */
export type GeoLookup = (address: string) => string

export function compileGeoLookup(model: Pick<GeoModel, 'ranges' | 'default' | 'blocks'>): GeoLookup {
  const blocks = model.blocks.map(({ block, value }, order): Block => {
    const [first, last] = model.ranges ? rangeBounds(block) : networkBounds(block)
    const rank = model.ranges ? order : commonBits(first, last)
    return { first, last, rank, value: value === null ? null : toByteText(value) }
  })
  const fallback = toByteText(model.default)
  const v4 = new Segments(blocks.filter(({ first }) => first.length === 4))
  const v6 = new Segments(blocks.filter(({ first }) => first.length === 16))
  return text => {
    let address = binaryAddress(text)
    if (address === text) address = NONE
    else if (address.length === 16 && address.startsWith(MAPPED)) address = address.slice(MAPPED.length)
    return (address.length === 4 ? v4 : v6).find(address) ?? fallback
  }
}

/** The variable. Its table is made at its first use, and once, however often it is used. */
export function geoVariable(model: GeoModel): VariableMaker {
  let lookup: GeoLookup | null = null
  return ({ text }) => {
    lookup ??= compileGeoLookup(model)
    return compileGeo(model, lookup, model.address === null ? null : text(model.address))
  }
}

/** The same where there are no fields that could tell another address: of sessions. */
export function clientGeoVariable<Subject extends OfClient>(model: GeoModel): VariableMaker<Subject> {
  let lookup: GeoLookup | null = null
  return ({ text }) => {
    const find = (lookup ??= compileGeoLookup(model))
    const given = model.address === null ? null : text(model.address)
    return given === null ? subject => find(subject.remoteAddress) : subject => find(given(subject))
  }
}

function compileGeo(model: GeoModel, lookup: GeoLookup, given: TextOf | null): TextOf {
  if (model.proxies.length === 0) return exchange => lookup(given === null ? exchange.remoteAddress : given(exchange))
  const blocks = model.proxies.map(block => ({ block, value: 'trusted' }))
  const proxies = compileGeoLookup({ ranges: false, default: '', blocks })
  const trusted = (address: string): boolean => !address.startsWith('unix:') && proxies(address) !== ''
  return exchange => {
    const address = given === null ? exchange.remoteAddress : given(exchange)
    const told = fieldValue(exchange.request.fields, forwardedFor, ',')
    const found = told === undefined ? undefined : forwardedAddress(address, told, trusted, model.proxyRecursive)
    return lookup(found?.address ?? address)
  }
}

const forwardedFor = new FieldName('x_forwarded_for')
const NONE = '\xff\xff\xff\xff'
const MAPPED = '\0'.repeat(10) + '\xff\xff'

interface Block {
  readonly first: string
  readonly last: string
  /** The higher one wins. */
  readonly rank: number
  readonly value: string | null
}

class Segments {
  /** Where each segment begins; it ends where the next one begins. */
  readonly #starts: readonly string[]
  readonly #values: (string | null | undefined)[]

  constructor(blocks: readonly Block[]) {
    const starts = new Set<string>()
    for (const { first, last } of blocks) {
      starts.add(first)
      const next = following(last)
      if (next !== null) starts.add(next)
    }
    this.#starts = [...starts].toSorted((a, b) => (a < b ? -1 : 1))
    this.#values = Array.from({ length: this.#starts.length })
    const free = Array.from({ length: this.#starts.length + 1 }, (_, index) => index)
    for (const { first, last, value } of blocks.toReversed().toSorted((a, b) => b.rank - a.rank)) {
      let at = nextFree(free, this.#index(first))
      while (at < this.#starts.length && this.#starts[at]! <= last) {
        this.#values[at] = value
        free[at] = at + 1
        at = nextFree(free, at)
      }
    }
  }

  /** Undefined: it lies in no block. */
  find(address: string): string | undefined {
    return this.#values[this.#index(address)] ?? undefined
  }

  /** The last segment that begins at or before it; -1: it lies before all. */
  #index(address: string): number {
    const starts = this.#starts
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (starts[middle]! <= address) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

/** The first free segment from there on; the way is shortened for those who come after. */
function nextFree(free: number[], from: number): number {
  let at = from
  while (free[at] !== at) {
    free[at] = free[free[at]!]!
    at = free[at]!
  }
  return at
}

function networkBounds(written: string): [first: string, last: string] {
  const slash = written.indexOf('/')
  const bytes = binaryAddress(slash < 0 ? written : written.slice(0, slash))
  const bits = slash < 0 ? bytes.length * 8 : Number(written.slice(slash + 1))
  const masked = (fill: number): string =>
    Array.from(bytes, (byte, at) => {
      const mask = 0xff >> Math.min(8, Math.max(0, bits - at * 8))
      return String.fromCharCode((byte.charCodeAt(0) & ~mask) | (fill & mask))
    }).join('')
  return [masked(0), masked(0xff)]
}

function rangeBounds(written: string): [first: string, last: string] {
  const dash = written.indexOf('-')
  return [binaryAddress(written.slice(0, dash)), binaryAddress(written.slice(dash + 1))]
}

/** How many bits at the start are the same: for a network those of its mask. */
function commonBits(first: string, last: string): number {
  for (let at = 0; at < first.length; at++) {
    const different = first.charCodeAt(at) ^ last.charCodeAt(at)
    if (different !== 0) return at * 8 + Math.clz32(different) - 24
  }
  return first.length * 8
}

/** null: it was the last address of all. */
function following(address: string): string | null {
  for (let at = address.length - 1; at >= 0; at--) {
    const byte = address.charCodeAt(at)
    if (byte < 0xff) return address.slice(0, at) + String.fromCharCode(byte + 1) + '\0'.repeat(address.length - at - 1)
  }
  return null
}
