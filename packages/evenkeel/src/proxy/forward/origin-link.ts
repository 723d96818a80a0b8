/**
 * One request's way to an origin and its response's way back, whatever carries it: a connection of HTTP/1 has one at a
 * time, one of HTTP/2 has a stream for each.
 */
import type { RequestHead, ResponseHead } from '../../exchange/head.ts'
import type { Sink, Source } from '../../exchange/sink.ts'
import type { OriginSettings } from '../http1/request-output.ts'

/** Who receives the response. After its end, or an abort, the link is free or closed, and calls no more. */
export type ResponseReceiver = Sink<ResponseHead>

export interface OriginLink extends Sink<RequestHead>, Source {
  /** Of the request at hand, framing included. */
  readonly bytesSent: number
  readonly bytesReceived: number
  /** Begins one request; the head follows. */
  begin(receiver: ResponseReceiver, settings: OriginSettings): void
  /** Who sends the body is only known once it flows. */
  requestFrom(source: Source): void
  /** The response is not wanted; nothing more is told to its receiver. */
  cancel(): void
  /** It was got and is not needed. */
  closeIdle(): void
}
