/** `split_clients`: a share of the clients each, drawn by MurmurHash2 (Austin Appleby) of a text, as nginx draws them. */
import type { SplitModel } from '../model/client-data.ts'
import { toByteText } from './byte-text.ts'
import type { Captured } from './pattern.ts'
import type { VariableMaker } from './variables/variable-maker.ts'

/** The variable. */
export function splitVariable<Subject extends Captured>(model: SplitModel): VariableMaker<Subject> {
  const find = compileSplit(model)
  return ({ text }) => {
    const input = text(model.input)
    return exchange => find(input(exchange))
  }
}

export function compileSplit({ parts }: Pick<SplitModel, 'parts'>): (input: string) => string {
  const ends: number[] = []
  let end = 0
  let sum = 0
  for (const { share } of parts) {
    sum += share === 0 ? 10_000 : share
    end += Math.floor((share * 0xffff_ffff) / 10_000)
    ends.push(share === 0 || sum === 10_000 ? Number.POSITIVE_INFINITY : end)
  }
  const values = parts.map(({ value }) => toByteText(value))
  return input => {
    const hash = murmur2(input)
    return values[ends.findIndex(limit => hash < limit)] ?? ''
  }
}

const MULTIPLIER = 0x5bd1_e995

/** Of byte text, with seed 0. */
export function murmur2(text: string): number {
  let { length } = text
  let hash = length
  let at = 0
  for (; length >= 4; length -= 4, at += 4) {
    let word =
      text.charCodeAt(at) |
      (text.charCodeAt(at + 1) << 8) |
      (text.charCodeAt(at + 2) << 16) |
      (text.charCodeAt(at + 3) << 24)
    word = Math.imul(word, MULTIPLIER)
    word ^= word >>> 24
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER)
  }
  if (length >= 3) hash ^= text.charCodeAt(at + 2) << 16
  if (length >= 2) hash ^= text.charCodeAt(at + 1) << 8
  if (length >= 1) hash = Math.imul(hash ^ text.charCodeAt(at), MULTIPLIER)
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return (hash ^ (hash >>> 15)) >>> 0
}
