/** Faults made on purpose, for tests of clients: nothing here has a place in front of people. */
import type { Template } from '../template.ts'

export interface FaultSettings {
  /** Said in http alone: whether `fault` may be used at all. */
  faultAllowed: boolean
  fault: readonly FaultModel[]
}

export interface FaultModel {
  readonly what:
    | { readonly kind: 'delay'; readonly ms: number }
    | { readonly kind: 'abort'; readonly status: number }
    | { readonly kind: 'reset' }
    /** The answer breaks off behind so many bytes of its body. */
    | { readonly kind: 'truncate'; readonly bytes: number }
    /** Bytes a second of the answer's body. */
    | { readonly kind: 'rate'; readonly bytes: number }
  /** Of the requests, 0 to 100. */
  readonly percent: number
  readonly seed: number
  /** What the API knows it by; left out: nobody changes it. */
  readonly name?: string
  /** Only where this is neither empty nor 0; null: everywhere. */
  readonly condition: Template | null
}

export const faultDefaults: FaultSettings = { faultAllowed: false, fault: [] }

/** The share of each fault that has a name, as it is written; of two with one name the first. */
export function faultsOf(http: object | null): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > DEEPEST) return
    for (const [key, item] of Object.entries(value)) {
      if (key !== 'fault' || !Array.isArray(item)) visit(item, depth + 1)
      else
        for (const { name, percent } of item as FaultModel[])
          if (name !== undefined && !found.has(name)) found.set(name, percent)
    }
  }
  visit(http, 0)
  return found
}

const DEEPEST = 2000
