/** What all HTTP/2 connections to origins of a runtime have in common: rooms in which nothing of a connection stays. */
import { ResponseFields } from '../../wire/http2/response-fields.ts'
import { TrailerFields } from '../../wire/http2/trailer-fields.ts'
import type { Http2Share } from './share.ts'

export class OriginRules {
  readonly share: Http2Share
  readonly fields: ResponseFields = new ResponseFields()
  readonly trailers: TrailerFields = new TrailerFields()

  constructor(share: Http2Share) {
    this.share = share
  }
}
