/** How long a gRPC client waits for its answer, as `grpc-timeout` says it: a number of at most eight digits and a unit. */
import type { Exchange } from '../../exchange/exchange.ts'

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000001 }
const written = /^(\d{1,8})([HMSmun])$/
/** Longer than any timer is of use for. */
const MOST_MS = 24 * 3_600_000

/** In ms; 0: for ever, or it was not said in a way that means anything. */
export function grpcDeadlineMs({ request }: Exchange): number {
  const said = request.fields.get('grpc-timeout')
  return said === undefined ? 0 : readGrpcTimeout(said)
}

export function readGrpcTimeout(text: string): number {
  const [, digits = '', unit = ''] = written.exec(text) ?? []
  if (unit === '') return 0
  // What has no time left is told so by the next tick.
  return Math.min(MOST_MS, Math.max(1, Math.ceil(Number(digits) * UNIT_MS[unit]!)))
}
