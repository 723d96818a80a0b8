/** What this worker counts of limits and caches, by the zones of one configuration. */
import { tallyKey, type TallyKind } from '../../model/tallies.ts'
import { Tally } from '../../shared/tally.ts'

export type FindTally = (kind: TallyKind, name: string) => Tally | undefined

export function openTallies(buffers: ReadonlyMap<string, SharedArrayBuffer>, column: number): FindTally {
  const tallies = new Map([...buffers].map(([key, buffer]) => [key, new Tally(buffer, column)]))
  return (kind, name) => tallies.get(tallyKey(kind, name))
}
