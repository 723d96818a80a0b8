/**
 * How long all attempts at one exchange may take together: `proxy_total_timeout`, or what a gRPC client gives
 * (`grpc-timeout`). A deadline of its own, since each attempt has one beside it.
 */
import { failure, type Failure, type FailureCode } from '../exchange/failure.ts'
import { Deadline } from '../net/timer-wheel.ts'

export class TotalTime extends Deadline {
  readonly #forward: { outOfTime(problem: Failure): void }
  readonly #code: FailureCode

  constructor(forward: { outOfTime(problem: Failure): void }, code: FailureCode) {
    super()
    this.#forward = forward
    this.#code = code
  }

  override expired(): void {
    this.#forward.outOfTime(failure(this.#code))
  }
}
