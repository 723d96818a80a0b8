/** Where the body of a request comes from, and how it is told apart from what else comes. */
import type { Fields } from '../../exchange/fields.ts'
import type { BodyTaker } from '../../wire/http1/body-reader.ts'

/** The connection the body comes from. */
export interface BodyOrigin {
  /** Somebody wants bytes now: resume reading, say `100 Continue` if that is waited for. */
  wantBody(): void
  pauseBody(): void
}

/** How a version of HTTP tells a body's data and its end apart from what else comes (BodyReader for HTTP/1). */
export interface BodyFraming {
  readonly done: boolean
  readonly failed: boolean
  readonly trailers: Fields | null
  begin(length: number | 'chunked'): void
  read(bytes: Buffer, start: number, end: number, taker: BodyTaker): number
  cancel(): void
}

/** Limits of the location that serves the request; asked when the body is first wanted, since rewrites may change it. */
export interface BodyLimits {
  readonly maxBodySize: number
  readonly bodyBufferSize: number
  readonly bodyInFileOnly: 'on' | 'clean' | 'off'
  readonly bodyTempPath: string
}
