/** `zone=name:size`, as limits, sticky sessions and caches declare shared memory. */
import type { Statement } from './parser.ts'
import type { Place } from './place.ts'
import { readSize } from './values.ts'

/** nginx's least size: eight pages. */
const LEAST = 32 * 1024

/** null: it is none, and that was told. */
export function readZoneArgument(
  place: Place,
  statement: Statement,
  word: number,
): { readonly name: string; readonly size: number } | null {
  const written = statement.words[word] ?? ''
  const [, name = '', text = ''] = /^zone=([^:]*):(.*)$/s.exec(written) ?? []
  const size = readSize(text)
  if (name === '' || size === null) {
    place.fail(statement, word, `invalid zone size "${written}"`, 'write it as zone=name:10m')
    return null
  }
  if (size < LEAST) {
    place.fail(statement, word, `zone "${written}" is too small`, 'it has to be 32k at least')
    return null
  }
  return { name, size }
}
