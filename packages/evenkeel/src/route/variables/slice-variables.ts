/**
 * $slice_range: the range that a location with `slice` is to ask for now.
 *
 * Where nobody asks for it, a response is no slice, whatever range it is of: so it is remembered that it was asked for.
 */
import type { VariableMaker } from './variable-maker.ts'

/** Places among the variables; the space keeps them apart from any that a configuration can name. */
export const SLICE_OFFERED = 'slice offered'
export const SLICE_TAKEN = 'slice taken'

export const sliceVariables: Readonly<Record<string, VariableMaker>> = {
  slice_range: ({ table }) => {
    const offered = table.indexOf(SLICE_OFFERED)
    const taken = table.indexOf(SLICE_TAKEN)
    return exchange => {
      const range = exchange.values?.[offered]
      if (range !== undefined && range !== '') table.write(exchange, taken, range)
      return range || undefined
    }
  },
}
