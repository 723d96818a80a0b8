/**
 * `limit_rate` and `proxy_limit_rate`: so many bytes a second, on the way to the client and on the way from the origin.
 *
 * As in nginx the first is innermost, next to the client's connection, and counts what really goes out; the second
 * outermost, so that the origin is slowed; and neither has a meaning where the answer is not buffered. A rate can also
 * come from the origin (X-Accel-Limit-Rate) or from `set $limit_rate`: those two win over the configured one.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { BodyFilter } from '../../exchange/route.ts'
import type { ContentModel } from '../../model/model.ts'
import type { Settings } from '../../model/settings.ts'
import { readSize } from '../../route/size-text.ts'
import type { Compile } from '../compile.ts'
import { RateSink, type Pace } from './rate-sink.ts'
import type { Waits } from '../waits.ts'

type RateSettings = Pick<Settings, 'limitRate' | 'limitRateAfter' | 'proxyLimitRate' | 'proxyBuffering'>

export interface RateLimits {
  readonly toClient: readonly BodyFilter[]
  readonly fromOrigin: readonly BodyFilter[]
}

export function compileRateLimits(
  settings: RateSettings,
  content: ContentModel | null,
  compile: Compile,
  waits: Waits,
): RateLimits {
  const proxied = content?.kind === 'proxy'
  const unbuffered = proxied && !settings.proxyBuffering
  const limited = settings.limitRate.length > 0 || compile.slot('limit_rate').assigned
  return {
    toClient: limited && !unbuffered ? [clientFilter(settings, compile, waits)] : [],
    fromOrigin:
      proxied && settings.proxyBuffering && settings.proxyLimitRate.length > 0
        ? [originFilter(settings, compile, waits)]
        : [],
  }
}

/** The rate that an origin's response asks for, if it does: it holds for this response, or for what it redirects to. */
export type AcceptRate = (exchange: Exchange, fields: Fields, redirected: boolean) => void

/** null: not listened to. */
export function compileAcceptRate(
  settings: RateSettings & Pick<Settings, 'proxyIgnoreHeaders'>,
  compile: Compile,
  waits: Waits,
): AcceptRate | null {
  const { proxyBuffering, proxyIgnoreHeaders } = settings
  if (proxyIgnoreHeaders.some(name => name.toLowerCase() === 'x-accel-limit-rate')) return null
  const slot = compile.slot('limit_rate')
  const filter = clientFilter(settings, compile, waits)
  const hasFilter = settings.limitRate.length > 0 || slot.assigned
  return (exchange, fields, redirected) => {
    const told = fields.get('x-accel-limit-rate')
    if (told === undefined || !/^\d+$/.test(told)) return
    slot.set(exchange, told)
    // Where the location has no filter of this kind, and where one is not known yet, it is put in for this exchange.
    if (redirected) exchange.client = filter(exchange, exchange.client)
    else if (!hasFilter && proxyBuffering) exchange.reply = filter(exchange, exchange.reply)
  }
}

function clientFilter(settings: RateSettings, compile: Compile, waits: Waits): BodyFilter {
  const slot = compile.slot('limit_rate')
  const rate = compile.text(settings.limitRate)
  const after = compile.text(settings.limitRateAfter)
  const pace: Pace = {
    rate: exchange => readSize(slot.get(exchange) ?? rate(exchange)) ?? 0,
    after: exchange => readSize(after(exchange)) ?? 0,
    startedMs: exchange => exchange.startedMs,
    wire: true,
  }
  return (exchange, next) => new RateSink(exchange, next, pace, waits)
}

function originFilter(settings: RateSettings, compile: Compile, waits: Waits): BodyFilter {
  const rate = compile.text(settings.proxyLimitRate)
  const pace: Pace = {
    rate: exchange => readSize(rate(exchange)) ?? 0,
    after: () => 0,
    startedMs: exchange => exchange.attempts.at(-1)?.startedMs ?? exchange.startedMs,
    wire: false,
  }
  return (exchange, next) => new RateSink(exchange, next, pace, waits)
}
