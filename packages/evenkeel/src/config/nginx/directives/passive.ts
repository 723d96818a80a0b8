/** What an upstream makes of how its servers behave, and how requests are tried again. Nothing of it is nginx's. */
import type { CircuitModel, OutlierModel } from '../../../model/passive.ts'
import type { Draft } from '../place.ts'
import { ANY, everywhere, milliseconds, once, row, type Directive } from '../table.ts'
import { readMilliseconds, readNumber } from '../values.ts'
import { inUpstream } from './in-upstream.ts'
import {
  PERCENT,
  readCount,
  readFactor,
  readParameters,
  readPercent,
  readPeriod,
  type Parameters,
} from './parameters.ts'

const OUTLIER: Parameters = {
  consecutive_5xx: ['consecutive', readNumber],
  success_rate: ['successRate', readFactor],
  latency: ['latency', readFactor],
  interval: ['intervalSeconds', readPeriod],
  base_ejection_time: ['baseEjectionSeconds', readPeriod],
  max_ejection_time: ['maxEjectionSeconds', readPeriod],
  max_ejection_percent: ['maxEjectionPercent', readPercent],
  minimum_hosts: ['minimumPeers', readNumber],
  request_volume: ['minimumRequests', readNumber],
}

const CIRCUIT: Parameters = {
  failures: ['failurePercent', readPercent],
  requests: ['minimumRequests', readCount],
  window: ['windowSeconds', readPeriod],
  open: ['openSeconds', readPeriod],
  probes: ['probes', readCount],
}

export const passiveDirectives: readonly Directive[] = [
  inUpstream(
    'outlier',
    '[consecutive_5xx=5] [success_rate=1.9] [latency=off] [interval=10s] [base_ejection_time=30s] [max_ejection_time=300s] ' +
      '[max_ejection_percent=10%] [minimum_hosts=5] [request_volume=100]',
    [0, ANY],
    "Servers that stand out by errors or slowness among the others are left alone for a while (Envoy's outlier detection). Only in evenkeel.",
    (upstream, place, statement) => {
      const outlier: Draft<OutlierModel> = {
        consecutive: 5,
        successRate: 1.9,
        latency: 0,
        intervalSeconds: 10,
        baseEjectionSeconds: 30,
        maxEjectionSeconds: 300,
        maxEjectionPercent: 10,
        minimumPeers: 5,
        minimumRequests: 100,
      }
      if (place.once(statement) && readParameters(place, statement, OUTLIER, outlier)) upstream.outlier = outlier
    },
  ),
  inUpstream(
    'circuit_breaker',
    '[failures=50%] [requests=20] [window=10s] [open=5s] [probes=1]',
    [0, ANY],
    'A server that fails too much gets nothing for a while, then probes until they go well. Only in evenkeel.',
    (upstream, place, statement) => {
      const circuit: Draft<CircuitModel> = {
        failurePercent: 50,
        minimumRequests: 20,
        windowSeconds: 10,
        openSeconds: 5,
        probes: 1,
      }
      if (place.once(statement) && readParameters(place, statement, CIRCUIT, circuit)) upstream.circuit = circuit
    },
  ),
  inUpstream(
    'panic_threshold',
    'percent',
    [1, 1],
    "While fewer of a tier's servers are fit, all of them are used: better some failures than all load on a few. Only in evenkeel.",
    (upstream, place, statement) => {
      const value = place.once(statement) ? readPercent(statement.words[1] ?? '') : null
      if (value !== null) upstream.panicThreshold = value
      else if (upstream.panicThreshold === undefined) place.failDirective(statement, 'invalid value', PERCENT)
    },
  ),
  inUpstream(
    'fail_counts',
    'always | proven',
    [1, 1],
    'Whether a failure counts at once, or when another server was able to answer the request. Only in evenkeel.',
    (upstream, place, statement) => {
      if (!place.once(statement)) return
      const written = statement.words[1] ?? ''
      if (written === 'proven') upstream.failCounts = 'proven'
      else if (written !== 'always') place.fail(statement, 1, `invalid value "${written}"`, 'it may be always, proven')
    },
  ),
  inUpstream(
    'subset',
    'number [index=n]',
    [1, 2],
    "Of a large group each balancer uses so many servers; `index` numbers the balancers, or their machines' names do. Only in evenkeel.",
    (upstream, place, statement) => {
      if (!place.once(statement)) return
      const [, written = '', option] = statement.words
      const size = readCount(written)
      const index = option === undefined ? null : readNumber(/^index=(.*)$/.exec(option)?.[1] ?? '')
      if (size === null) place.fail(statement, 1, `invalid value "${written}"`, 'it takes the number of servers')
      else if (option !== undefined && index === null) place.fail(statement, 2, `invalid parameter "${option}"`)
      else upstream.subset = { size, index }
    },
  ),
  inUpstream(
    'retry_budget',
    'percent [min=number]',
    [1, 2],
    'Retries are so many percent of the requests at most, but for `min` (3) a second. Only in evenkeel.',
    (upstream, place, statement) => {
      if (!place.once(statement)) return
      const [, written = '', option = 'min=3'] = statement.words
      const percent = readPercent(written)
      const minimum = option.startsWith('min=') ? readNumber(option.slice(4)) : null
      if (percent === null) place.fail(statement, 1, `invalid value "${written}"`, PERCENT)
      else if (minimum === null) place.fail(statement, 2, `invalid parameter "${option}"`, 'it may be min=3')
      else upstream.retryBudget = { percent, minimum }
    },
  ),
]

/** Of locations: they stand with the other proxy_ directives. */
export const retryPaceDirectives: readonly Directive[] = [
  milliseconds(
    'proxy_total_timeout',
    'proxyTotalTimeout',
    '0',
    'How long a request may take upstream in all, every attempt included; 0: no limit. Only in evenkeel.',
  ),
  {
    ...row(
      'proxy_next_upstream_backoff',
      everywhere,
      'time [max]',
      '0',
      'A wait of any length up to this before the second attempt, doubled with each, up to `max` (1s). Only in evenkeel.',
    ),
    arguments: [1, 2],
    apply: (place, statement) => {
      if (!once(place, statement, 'proxyNextUpstreamBackoff')) return
      const [, written = '', most = '1s'] = statement.words
      const values = [written, most].map(readMilliseconds)
      const wrong = values.indexOf(null)
      if (wrong >= 0) return place.fail(statement, wrong + 1, `invalid value "${statement.words[wrong + 1]}"`)
      place.put(statement, 'proxyNextUpstreamBackoff', values[0]!)
      place.put(statement, 'proxyNextUpstreamBackoffMax', values[1]!)
    },
  },
]
