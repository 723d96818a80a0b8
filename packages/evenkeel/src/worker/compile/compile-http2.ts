/** What an address's default server says of HTTP/2, made ready for its connections. */
import { http2Defaults } from '../../model/settings/http2-settings.ts'
import type { Settings } from '../../model/settings.ts'
import type { Http2Rules } from '../../proxy/http2/rules.ts'
import type { Http2Share } from '../../proxy/http2/share.ts'
import { DEFAULT_FRAME_SIZE, MAX_FRAME_SIZE } from '../../wire/http2/codes.ts'
import { RequestFields } from '../../wire/http2/request-fields.ts'
import { TrailerFields } from '../../wire/http2/trailer-fields.ts'

export function compileHttp2(
  settings: Settings,
  share: Http2Share,
  who: Pick<Http2Rules, 'inClear' | 'everyServer'>,
): Http2Rules {
  const { count, size } = settings.largeClientHeaderBuffers
  const totalSize = count * size
  return {
    share,
    fields: new RequestFields({
      fieldSize: size,
      totalSize,
      maxFields: settings.maxHeaders,
      underscores: settings.underscoresInHeaders,
      ignoreInvalid: settings.ignoreInvalidHeaders,
    }),
    trailers: new TrailerFields(),
    maxStreams: settings.http2MaxConcurrentStreams,
    prereadSize: settings.http2BodyPrereadSize,
    maxFrameSize: frameSize(settings.http2BodyPrereadSize),
    // What is compressed at all is smaller; each field may have a few bytes of its own besides.
    maxBlockSize: totalSize + 16 * 1024,
    ...who,
  }
}

/**
 * The standard's default: few clients use larger frames, and some fill them beyond the window they have. Who has more of a
 * body sent ahead than is usual means to have it in large pieces.
 */
function frameSize(prereadSize: number): number {
  return prereadSize > http2Defaults.http2BodyPrereadSize ? Math.min(prereadSize, MAX_FRAME_SIZE) : DEFAULT_FRAME_SIZE
}
