/**
 * What the other side of a connection may send, whichever role it has: data within the connection's window, and only so
 * many frames that ask for nothing (pings, settings, window updates, empty data, anything unknown).
 *
 * The connection's window is as wide as can be: memory is bounded by the windows of its streams.
 */
import type { TimerWheel } from '../../net/timer-wheel.ts'
import { ENHANCE_YOUR_CALM, FLOW_CONTROL_ERROR, MAX_WINDOW, NO_ERROR, type ErrorCode } from '../../wire/http2/codes.ts'
import { windowUpdateFrame } from '../../wire/http2/frame-writer.ts'
import { TokenBucket } from '../../wire/http2/token-bucket.ts'
import type { FrameOutput } from './frame-output.ts'

/** Frames that ask for nothing: so many at once, and so many a second. */
const NOISE = 10_000
const NOISE_PER_SECOND = 1000
/** What a useful frame pays for. */
const WORTH = 4

export class Allowance {
  readonly #output: FrameOutput
  readonly #wheel: TimerWheel
  readonly #noise: TokenBucket
  /** What may still come on all streams together. */
  #window: number = MAX_WINDOW

  constructor(output: FrameOutput, wheel: TimerWheel) {
    this.#output = output
    this.#wheel = wheel
    this.#noise = new TokenBucket(NOISE, NOISE_PER_SECOND, wheel.now)
  }

  /** A DATA frame, wherever it belongs. */
  data(size: number, endStream: boolean): ErrorCode {
    this.#window -= size
    if (this.#window < 0) return FLOW_CONTROL_ERROR
    if (this.#window < MAX_WINDOW / 2) {
      this.#output.add(windowUpdateFrame(0, MAX_WINDOW - this.#window))
      this.#window = MAX_WINDOW
    }
    if (size === 0 && !endStream) return this.noise()
    this.#noise.give(WORTH)
    return NO_ERROR
  }

  /** A header block. */
  headers(): void {
    this.#noise.give(WORTH)
  }

  /** A WINDOW_UPDATE: each frame of data may be answered by two of these. */
  windowUpdate(): ErrorCode {
    this.#noise.give(this.#output.dataFrames * WORTH)
    this.#output.dataFrames = 0
    return this.noise()
  }

  /** A frame that asks for nothing. */
  noise(): ErrorCode {
    return this.#noise.take(this.#wheel.now) ? NO_ERROR : ENHANCE_YOUR_CALM
  }
}
