/** What the other side of a connection asks for in its SETTINGS frames (RFC 9113, 6.5.2). */
import {
  DEFAULT_FRAME_SIZE,
  DEFAULT_TABLE_SIZE,
  DEFAULT_WINDOW,
  FLOW_CONTROL_ERROR,
  MAX_FRAME_SIZE,
  MAX_WINDOW,
  NO_ERROR,
  PROTOCOL_ERROR,
  settingIds,
  type ErrorCode,
} from './codes.ts'

export class PeerSettings {
  headerTableSize: number = DEFAULT_TABLE_SIZE
  /** The least the latest frame said of it, which counts as well when more followed (RFC 7541, 4.2). */
  leastTableSize: number = Number.POSITIVE_INFINITY
  enablePush = true
  maxConcurrentStreams: number = Number.POSITIVE_INFINITY
  initialWindow: number = DEFAULT_WINDOW
  maxFrameSize: number = DEFAULT_FRAME_SIZE
  maxHeaderListSize: number = Number.POSITIVE_INFINITY
  enableConnectProtocol = false

  /** Takes in the payload of a frame, in order; identifiers nobody knows mean nothing. */
  apply(bytes: Uint8Array, start: number, end: number): ErrorCode {
    this.leastTableSize = Number.POSITIVE_INFINITY
    for (let p = start; p + 6 <= end; p += 6) {
      const id = (bytes[p]! << 8) | bytes[p + 1]!
      const value = ((bytes[p + 2]! << 24) | (bytes[p + 3]! << 16) | (bytes[p + 4]! << 8) | bytes[p + 5]!) >>> 0
      const error = this.#set(id, value)
      if (error !== NO_ERROR) return error
    }
    return NO_ERROR
  }

  #set(id: number, value: number): ErrorCode {
    switch (id) {
      case settingIds.headerTableSize:
        this.headerTableSize = value
        this.leastTableSize = Math.min(this.leastTableSize, value)
        break
      case settingIds.enablePush:
        if (value > 1) return PROTOCOL_ERROR
        this.enablePush = value === 1
        break
      case settingIds.maxConcurrentStreams:
        this.maxConcurrentStreams = value
        break
      case settingIds.initialWindowSize:
        if (value > MAX_WINDOW) return FLOW_CONTROL_ERROR
        this.initialWindow = value
        break
      case settingIds.maxFrameSize:
        if (value < DEFAULT_FRAME_SIZE || value > MAX_FRAME_SIZE) return PROTOCOL_ERROR
        this.maxFrameSize = value
        break
      case settingIds.maxHeaderListSize:
        this.maxHeaderListSize = value
        break
      case settingIds.enableConnectProtocol:
        if (value > 1 || (this.enableConnectProtocol && value === 0)) return PROTOCOL_ERROR
        this.enableConnectProtocol = value === 1
    }
    return NO_ERROR
  }
}
