/** A request's body as DATA frames bring it: its end is told by a flag, its length is checked where the frames come in. */
import type { Fields } from '../../exchange/fields.ts'
import type { BodyTaker } from '../../wire/http1/body-reader.ts'
import type { BodyFraming } from '../body/body-origin.ts'

export class DataFraming implements BodyFraming {
  done = false
  readonly failed = false
  trailers: Fields | null = null
  /** What is read next is the last of it. */
  last = false

  begin(): void {}

  read(bytes: Buffer, start: number, end: number, taker: BodyTaker): number {
    if (start < end) taker.body(bytes.subarray(start, end))
    if (this.last) this.done = true
    return end
  }

  cancel(): void {}
}
