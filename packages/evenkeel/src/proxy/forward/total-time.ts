/**
 * How long all attempts at one exchange may take together: `proxy_total_timeout`, or what a gRPC client gives
 * (`grpc-timeout`). A deadline of its own, since each attempt has one beside it.
 */
import { failure, type Failure, type FailureCode } from '../../exchange/failure.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { Deadline, type TimerWheel } from '../../net/timer-wheel.ts'
import type { ForwardSettings } from './forward-settings.ts'

interface Timed {
  outOfTime(problem: Failure): void
}

/** The time there is in all, ours and the client's own if it says one, from now on; null: there is no limit. */
export function totalTimeOf(
  forward: Timed,
  exchange: Exchange,
  { deadlineMs, totalTimeoutMs }: Pick<ForwardSettings, 'deadlineMs' | 'totalTimeoutMs'>,
  wheel: TimerWheel,
): TotalTime | null {
  const deadline = deadlineMs === null ? 0 : deadlineMs(exchange)
  const late = deadline > 0 && (totalTimeoutMs === 0 || deadline < totalTimeoutMs)
  const ms = late ? deadline : totalTimeoutMs
  if (ms === 0) return null
  const total = new TotalTime(forward, late ? 'deadline_exceeded' : 'upstream_total_timeout')
  wheel.arm(total, ms)
  return total
}

export class TotalTime extends Deadline {
  readonly #forward: Timed
  readonly #code: FailureCode

  constructor(forward: Timed, code: FailureCode) {
    super()
    this.#forward = forward
    this.#code = code
  }

  override expired(): void {
    this.#forward.outOfTime(failure(this.#code))
  }
}
