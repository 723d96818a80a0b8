/**
 * `slice`: a response is asked for in ranges of one size, one request after the other, so that each can be cached by
 * itself ($slice_range). The client gets one response, of the range it asked for.
 *
 *    request ──▶ slice 0 (the request itself) ──▶ slice 1 (a subrequest) ──▶ …        each: the same route, another range
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import type { BodyFilter, RequestStep, Route } from '../../exchange/route.ts'
import type { Sink } from '../../exchange/sink.ts'
import type { Subrequests } from '../../exchange/subrequest.ts'
import type { Settings } from '../../model/settings.ts'
import { SLICE_OFFERED, SLICE_TAKEN } from '../../route/variables/slice-variables.ts'
import type { Compile } from '../compile.ts'
import { SliceSink } from './slice-sink.ts'

export interface Slicing {
  readonly size: number
  /** Where slices after the first one go: its location without steps and filters, which the whole passes once. */
  part: Route | null
  readonly subrequests: Subrequests
  /** What $slice_range says from now on; '' nothing. */
  offer(exchange: Exchange, range: string): void
  /** The range that was asked for; '' none. */
  taken(exchange: Exchange): string
}

export interface CompiledSlice {
  readonly step: RequestStep
  readonly filter: BodyFilter
  readonly slicing: Slicing
}

/** null: responses are asked for as they are. */
export function compileSlice(
  settings: Pick<Settings, 'slice'>,
  compile: Compile,
  subrequests: Subrequests,
): CompiledSlice | null {
  const size = settings.slice
  if (size === 0) return null
  const offer = compile.setVariable(SLICE_OFFERED)
  const forget = compile.setVariable(SLICE_TAKEN)
  const taken = compile.text([{ variable: SLICE_TAKEN }])
  const slicing: Slicing = { size, part: null, subrequests, offer, taken }
  return {
    slicing,
    step(exchange) {
      const { fields } = exchange.request
      // If the part is not to be had after all, the whole is.
      const start = fields.has('If-Range') ? 0 : firstByte(fields.get('Range'))
      forget(exchange, '')
      offer(exchange, sliceRange(start - (start % size), size))
      return undefined
    },
    filter: (exchange: Exchange, next: Sink<ResponseHead>) => new SliceSink(exchange, next, slicing),
  }
}

export function sliceRange(start: number, size: number): string {
  return `bytes=${start}-${start + size - 1}`
}

/** The first byte a client wants, where it can be told without knowing the length. */
function firstByte(range: string | undefined): number {
  const [, first] = /^bytes=\s*(\d+)\s*-[^,]*$/i.exec(range ?? '') ?? []
  const start = Number(first ?? 0)
  return Number.isSafeInteger(start) ? start : 0
}
