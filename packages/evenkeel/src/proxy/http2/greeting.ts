/** What a client is told first: how much it may ask for, and that tunnels may be asked for (RFC 8441). */
import { DEFAULT_WINDOW, MAX_WINDOW, settingIds } from '../../wire/http2/codes.ts'
import { settingsFrame, windowUpdateFrame } from '../../wire/http2/frame-writer.ts'
import type { Http2Rules } from './rules.ts'

export function greeting({ maxStreams, prereadSize, maxFrameSize }: Http2Rules): string {
  return (
    settingsFrame([
      [settingIds.maxConcurrentStreams, maxStreams],
      [settingIds.initialWindowSize, prereadSize],
      [settingIds.maxFrameSize, maxFrameSize],
      [settingIds.enableConnectProtocol, 1],
    ]) + windowUpdateFrame(0, MAX_WINDOW - DEFAULT_WINDOW)
  )
}
