/** How an upstream deals with answers that are late: a second attempt beside the first, and fewer requests at a time. */
import type { ConcurrencyModel, HedgeModel } from '../../../model/passive.ts'
import type { Draft } from '../place.ts'
import { ANY, type Directive } from '../table.ts'
import { readMilliseconds } from '../values.ts'
import { inUpstream } from './in-upstream.ts'
import { readCount, readParameters, readPercent, readPeriod, type Parameters } from './parameters.ts'

const HEDGE: Parameters = {
  percentile: ['percentile', written => between(readPercent(written), 1, 99)],
  min: ['minimumMs', readMilliseconds],
}

const CONCURRENCY: Parameters = {
  min_concurrency: ['minimum', readCount],
  max_concurrency_limit: ['maximum', readCount],
  concurrency_update_interval: ['updateMs', written => readMilliseconds(written) || null],
  min_rtt_interval: ['fastestSeconds', readPeriod],
  min_rtt_buffer: ['bufferPercent', readPercent],
}

export const pressureDirectives: readonly Directive[] = [
  inUpstream(
    'hedge',
    '[percentile=95%] [min=10ms]',
    [0, ANY],
    'An idempotent request without a body that takes longer than so many of the others goes to a second server as well, ' +
      'within `retry_budget` (20% if there is none); the first answer is taken. Only in evenkeel.',
    (upstream, place, statement) => {
      const hedge: Draft<HedgeModel> = { percentile: 95, minimumMs: 10 }
      if (place.once(statement) && readParameters(place, statement, HEDGE, hedge)) upstream.hedge = hedge
    },
  ),
  inUpstream(
    'adaptive_concurrency',
    '[min_concurrency=3] [max_concurrency_limit=1000] [concurrency_update_interval=100ms] [min_rtt_interval=60s] ' +
      '[min_rtt_buffer=25%]',
    [0, ANY],
    "How many requests are sent at a time is found out by how long answers take (gradient, in Envoy's words); the rest " +
      'waits in `queue`, or is answered 503. Only in evenkeel.',
    (upstream, place, statement) => {
      const concurrency: Draft<ConcurrencyModel> = {
        minimum: 3,
        maximum: 1000,
        updateMs: 100,
        fastestSeconds: 60,
        bufferPercent: 25,
      }
      if (!place.once(statement) || !readParameters(place, statement, CONCURRENCY, concurrency)) return
      if (concurrency.minimum <= concurrency.maximum) upstream.concurrency = concurrency
      else place.failDirective(statement, '"min_concurrency" is above "max_concurrency_limit"')
    },
  ),
]

function between(value: number | null, least: number, most: number): number | null {
  return value === null || value < least || value > most ? null : value
}
