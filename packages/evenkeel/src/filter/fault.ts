/**
 * `fault`: requests made slow or made to fail, so that tests can see what becomes of whoever sent them.
 *
 * Which requests are hit follows from the seed of each line: a test that fails can be run again. Where nothing is said
 * of faults nothing is compiled of them.
 */
import type { Exchange } from '../exchange/exchange.ts'
import { failure } from '../exchange/failure.ts'
import type { Fields } from '../exchange/fields.ts'
import type { ResponseHead } from '../exchange/head.ts'
import type { Outcome } from '../exchange/outcome.ts'
import type { BodyFilter, RequestStep } from '../exchange/route.ts'
import { settledSource, type Sink, type Source } from '../exchange/sink.ts'
import type { FaultModel, FaultSettings } from '../model/settings/fault-settings.ts'
import { isTrue } from '../route/condition.ts'
import { seeded } from '../shared/seeded.ts'
import type { Compile } from './compile.ts'
import { PassSink } from './pass-sink.ts'
import { RateSink } from './limits/rate-sink.ts'
import type { Waits } from './waits.ts'

type Settings = Pick<FaultSettings, 'fault'>

/** Delays, refusals and resets, in the order written; null: none. */
export function compileFaultStep(
  { fault }: Settings,
  compile: Compile,
  waits: Waits,
  shares: FaultCells = noCells,
): RequestStep | null {
  const rules = fault.flatMap(model => {
    const act = compileAct(model, waits)
    return act === null ? [] : [{ hits: compileHits(model, compile, shares), act }]
  })
  if (rules.length === 0) return null
  return async exchange => {
    for (const { hits, act } of rules) {
      const outcome = hits(exchange) ? await act(exchange) : undefined
      if (outcome !== undefined || exchange.ended) return outcome
    }
    return undefined
  }
}

/** Answers that break off, and slow ones. */
export function compileFaultFilters(
  { fault }: Settings,
  compile: Compile,
  waits: Waits,
  shares: FaultCells = noCells,
): BodyFilter[] {
  return fault.flatMap(model => {
    const { what } = model
    if (what.kind !== 'truncate' && what.kind !== 'rate') return []
    const hits = compileHits(model, compile, shares)
    const pace = { rate: () => what.bytes, after: () => 0, startedMs: () => waits.now(), wire: false }
    return (exchange: Exchange, next: Sink<ResponseHead>) => {
      if (!hits(exchange)) return next
      return what.kind === 'rate'
        ? new RateSink(exchange, next, pace, waits)
        : new BreakingSink(exchange, next, what.bytes)
    }
  })
}

/** The cell of a named fault: 0, or what the API said, in thousandths of a percent and one. */
export type FaultCells = (name: string) => Int32Array | undefined

const noCells: FaultCells = () => undefined

function compileHits(
  { percent, seed, name, condition }: FaultModel,
  compile: Compile,
  shares: FaultCells,
): (exchange: Exchange) => boolean {
  const cell = name === undefined ? undefined : shares(name)
  const draw = seeded(seed)
  const wanted = condition === null ? null : compile.text(condition)
  const share = (): number => {
    const said = cell === undefined ? 0 : Atomics.load(cell, 0)
    return said === 0 ? percent : (said - 1) / 1000
  }
  return exchange => (wanted === null || isTrue(wanted(exchange))) && draw() * 100 < share()
}

function compileAct({ what }: FaultModel, waits: Waits): ((exchange: Exchange) => Outcome | Promise<Outcome>) | null {
  switch (what.kind) {
    case 'delay':
      return exchange => waits.wait(exchange, what.ms).then(() => undefined)
    case 'abort':
      return () => ({ kind: 'reply', status: what.status })
    case 'reset':
      return () => failure('fault_reset')
    default:
      return null
  }
}

/** Passes on so many bytes of a body; what has more than these breaks off there. */
class BreakingSink extends PassSink {
  #left: number
  #source: Source = settledSource
  #broken = false

  constructor(exchange: Exchange, next: Sink<ResponseHead>, bytes: number) {
    super(exchange, next)
    this.#left = bytes
  }

  override head(head: ResponseHead, source: Source): void {
    this.#source = source
    super.head(head, source)
  }

  override body(part: Uint8Array): boolean {
    if (this.#broken) return true
    if (part.length <= this.#left) {
      this.#left -= part.length
      return super.body(part)
    }
    this.#broken = true
    if (this.#left > 0) super.body(part.subarray(0, this.#left))
    super.flush()
    const problem = failure('fault_truncated')
    this.exchange.failure ??= problem
    this.#source.cancel(problem)
    super.abort(problem)
    return true
  }

  override flush(): void {
    if (!this.#broken) super.flush()
  }

  override end(trailers?: Fields): void {
    if (!this.#broken) super.end(trailers)
  }

  override abort(problem: Parameters<PassSink['abort']>[0]): void {
    if (!this.#broken) super.abort(problem)
  }
}
