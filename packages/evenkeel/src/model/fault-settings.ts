/** Faults made on purpose, for tests of clients: nothing here has a place in front of people. */
import type { Template } from './template.ts'

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
  /** Only where this is neither empty nor 0; null: everywhere. */
  readonly condition: Template | null
}

export const faultDefaults: FaultSettings = { faultAllowed: false, fault: [] }
