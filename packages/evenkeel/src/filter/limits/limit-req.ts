/**
 * `limit_req`: requests a second, by any key. What exceeds the rate waits, what exceeds the burst is refused.
 *
 * Several limits may stand in a location; a request is counted in all of them or, when one refuses it, in none.
 * It is counted once, whatever it is redirected to inside ($limit_req_status remembers that).
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { ERROR, levelNames } from '../../exchange/log-level.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { RequestStep } from '../../exchange/route.ts'
import type { LimitReqModel } from '../../model/settings/limit-settings.ts'
import type { Settings } from '../../model/settings.ts'
import type { Digest } from '../../shared/keyed-hash.ts'
import type { Tally } from '../../shared/tally.ts'
import type { Compile } from '../compile.ts'
import { outcome, type FindZone } from './limit-zones.ts'
import { REFUSED, RequestBucket } from './request-bucket.ts'
import type { Waits } from '../waits.ts'

/** Longer keys are not counted, as in nginx. */
const LONGEST_KEY = 65535
const INFO_NAME = 'info'

type LimitReqSettings = Pick<Settings, 'limitReq' | 'limitReqDryRun' | 'limitReqLogLevel' | 'limitReqStatus'>

export function compileLimitReq(
  settings: LimitReqSettings,
  zones: FindZone,
  compile: Compile,
  waits: Waits,
): RequestStep | null {
  const limits = settings.limitReq.map(limit => compileLimit(limit, zones, compile)).filter(limit => limit !== null)
  if (limits.length === 0) return null
  const status = compile.slot('limit_req_status')
  const { limitReqDryRun: dry, limitReqStatus, limitReqLogLevel } = settings
  const level = levelNames.indexOf(limitReqLogLevel)
  // A request that only waits is told one level less gravely.
  const delayLevel = limitReqLogLevel === INFO_NAME ? level : level + 1
  const dryText = dry ? ', dry run' : ''

  return exchange => {
    if (status.get(exchange) !== undefined) return undefined
    const verdict = judge(limits, exchange, waits.now())
    if (verdict === null) return undefined
    const { limit, excess, delayMs } = verdict
    tell(limits, verdict, dry)
    const shown = `${Math.trunc(excess / 1000)}.${String(excess % 1000).padStart(3, '0')}`
    if (delayMs < 0) {
      exchange.route.errorLog.tell(
        exchange,
        level,
        `limiting requests${dryText}, excess: ${shown} by zone "${limit.zone}"`,
      )
      status.set(exchange, dry ? 'REJECTED_DRY_RUN' : 'REJECTED')
      return dry ? undefined : { kind: 'reply', status: limitReqStatus }
    }
    if (delayMs === 0) {
      status.set(exchange, 'PASSED')
      return undefined
    }
    exchange.route.errorLog.tell(
      exchange,
      delayLevel,
      `delaying request${dryText}, excess: ${shown}, by zone "${limit.zone}"`,
    )
    status.set(exchange, dry ? 'DELAYED_DRY_RUN' : 'DELAYED')
    return dry ? undefined : waits.wait(exchange, delayMs).then((): Outcome => undefined)
  }
}

interface Limit {
  readonly zone: string
  readonly bucket: RequestBucket
  readonly rate: number
  /** Thousandths of a request. */
  readonly delay: number
  readonly key: (exchange: Exchange) => string
  /** Of the request at hand; null: it is not counted here. */
  digest: Digest | null
  readonly tally: Tally | undefined
}

interface Verdict {
  readonly limit: Limit
  readonly excess: number
  /** -1: refused. */
  readonly delayMs: number
}

/** Who refuses counts it, and nobody else; of who let it pass, one may have made it wait. */
function tell(limits: readonly Limit[], { limit, delayMs }: Verdict, dry: boolean): void {
  if (delayMs < 0) return limit.tally?.add(dry ? outcome.rejected_dry_run : outcome.rejected)
  for (let i = 0; i < limits.length; i++) {
    const one = limits[i]!
    if (one.digest === null) continue
    const waits = one === limit && delayMs > 0
    one.tally?.add(waits ? (dry ? outcome.delayed_dry_run : outcome.delayed) : outcome.passed)
  }
}

/** null: no limit is for this request. */
function judge(limits: readonly Limit[], exchange: Exchange, now: number): Verdict | null {
  const last = limits.length - 1
  let asked: Limit | null = null
  let excess = 0
  for (let i = 0; i <= last; i++) {
    const limit = limits[i]!
    limit.digest = null
    const key = limit.key(exchange)
    if (key === '' || isTooLong(key, limit, exchange)) continue
    const { bucket } = limit
    const digest = bucket.digest(key)
    asked = limit
    if (bucket.look(digest, now, i === last) === REFUSED) return { limit, excess: bucket.excess, delayMs: -1 }
    limit.digest = digest
    if (i === last) excess = bucket.excess
  }
  if (asked === null) return null
  // The last one counted at once; the others count now that nobody refused.
  let worst: Verdict = { limit: asked, excess, delayMs: delayOf(asked, excess) }
  for (let i = last - 1; i >= 0; i--) {
    const limit = limits[i]!
    if (limit.digest === null) continue
    const own = limit.bucket.count(limit.digest, now)
    const delayMs = delayOf(limit, own)
    if (delayMs > worst.delayMs) worst = { limit, excess: own, delayMs }
  }
  return worst
}

function delayOf({ delay, rate }: Limit, excess: number): number {
  return excess <= delay ? 0 : Math.trunc(((excess - delay) * 1000) / rate)
}

function isTooLong(key: string, { zone }: Limit, exchange: Exchange): boolean {
  if (key.length <= LONGEST_KEY) return false
  const text = `the value of the key of zone "${zone}" is more than ${LONGEST_KEY} bytes: "${key.slice(0, 100)}..."`
  exchange.route.errorLog.tell(exchange, ERROR, text)
  return true
}

function compileLimit(model: LimitReqModel, zones: FindZone, compile: Compile): Limit | null {
  const zone = zones('limit_req', model.zone)
  if (zone === undefined) return null
  return {
    zone: model.zone,
    bucket: new RequestBucket(zone.table, zone.rate, model.burst * 1000),
    rate: zone.rate,
    delay: model.delay === 'all' ? Number.MAX_SAFE_INTEGER : model.delay * 1000,
    key: compile.text(zone.key),
    digest: null,
    tally: zone.tally,
  }
}
