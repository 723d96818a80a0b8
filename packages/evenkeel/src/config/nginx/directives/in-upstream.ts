/** A row that stands in `upstream` only. */
import type { Statement } from '../parser.ts'
import type { Place, UpstreamDraft } from '../place.ts'
import { row, type Directive } from '../table.ts'

export type ApplyToUpstream = (upstream: UpstreamDraft, place: Place, statement: Statement) => void

export function inUpstream(
  name: string,
  syntax: string,
  count: readonly [number, number],
  text: string,
  apply: ApplyToUpstream,
): Directive {
  return {
    ...row(name, ['upstream'], syntax, null, text),
    arguments: count,
    apply: (place, statement) => {
      if (place.upstream !== null) apply(place.upstream, place, statement)
    },
  }
}
