/** Settings about how much a client may ask for: requests, connections, bytes a second. */
import type { LogLevel } from '../model.ts'
import type { Template } from '../template.ts'

export interface LimitSettings {
  limitReq: readonly LimitReqModel[]
  limitReqDryRun: boolean
  limitReqLogLevel: LogLevel
  limitReqStatus: number
  limitConn: readonly { readonly zone: string; readonly connections: number }[]
  limitConnDryRun: boolean
  limitConnLogLevel: LogLevel
  limitConnStatus: number
  /** Bytes a second to the client, as a size; empty or 0: no limit. */
  limitRate: Template
  /** Bytes of a response that go out unlimited, as a size. */
  limitRateAfter: Template
  /** Bytes a second from the upstream, as a size; empty or 0: no limit. */
  proxyLimitRate: Template
}

export interface LimitReqModel {
  readonly zone: string
  /** Requests beyond the rate that are not refused. */
  readonly burst: number
  /** Requests beyond the rate that are not delayed either; 'all': none ever is (nodelay). */
  readonly delay: number | 'all'
}

/** A zone of limit_req or limit_conn: what is counted in it. */
export interface LimitZoneModel {
  readonly kind: 'limit_req' | 'limit_conn'
  readonly name: string
  readonly key: Template
  /** Thousandths of a request a second; 0 for limit_conn. */
  readonly rate: number
}

export const limitDefaults: LimitSettings = {
  limitReq: [],
  limitReqDryRun: false,
  limitReqLogLevel: 'error',
  limitReqStatus: 503,
  limitConn: [],
  limitConnDryRun: false,
  limitConnLogLevel: 'error',
  limitConnStatus: 503,
  limitRate: [],
  limitRateAfter: [],
  proxyLimitRate: [],
}
