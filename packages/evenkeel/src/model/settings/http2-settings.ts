/** HTTP/2 towards clients. */

export interface Http2Settings {
  http2: boolean
  http2MaxConcurrentStreams: number
  /** Largest DATA frame of a response. */
  http2ChunkSize: number
  /** The window a request's body has before anybody wants it. */
  http2BodyPrereadSize: number
}

export const http2Defaults: Http2Settings = {
  http2: false,
  http2MaxConcurrentStreams: 128,
  http2ChunkSize: 8 * 1024,
  http2BodyPrereadSize: 64 * 1024,
}
