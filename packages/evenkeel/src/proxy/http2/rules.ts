/** What a listener's configuration says about HTTP/2: decided by its default server, as nothing of a request is known. */
import type { RequestFields } from '../../wire/http2/request-fields.ts'
import type { TrailerFields } from '../../wire/http2/trailer-fields.ts'
import type { Http2Share } from './share.ts'

export interface Http2Rules {
  readonly share: Http2Share
  readonly fields: RequestFields
  readonly trailers: TrailerFields
  readonly maxStreams: number
  /** The window a request's body has before anybody wants it. */
  readonly prereadSize: number
  /** Bytes of a frame's payload that clients are told they may send. */
  readonly maxFrameSize: number
  /** Bytes of a header block, compressed. */
  readonly maxBlockSize: number
  /** Clients in the clear may speak it, too: their first bytes tell. */
  readonly inClear: boolean
  /** `listen … http2`: every server behind the listener takes part, whatever it says itself. */
  readonly everyServer: boolean
}
