/**
 * One location's settings and content, made into a Route: lists of steps in nginx's order of phases, and the action that
 * answers. What a location does not configure is not in its lists.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Ask } from '../../exchange/questions.ts'
import type {
  Action,
  BodyFilter,
  ClientSettings,
  ErrorLog,
  ExchangeLog,
  HeadStep,
  RequestStep,
  Route,
} from '../../exchange/route.ts'
import type { Subrequests } from '../../exchange/subrequest.ts'
import { compileAccess } from '../../filter/access/access.ts'
import { compileAddition } from '../../filter/subrequests/addition.ts'
import { compileAuthBasic, type Passwords } from '../../filter/access/auth-basic.ts'
import { compileAuthJwt } from '../../filter/access/auth-jwt.ts'
import { compileAuthRequest } from '../../filter/access/auth-request.ts'
import type { BuiltinPages } from '../../filter/pages/builtin-pages.ts'
import { compileCharset } from '../../filter/coding/charset.ts'
import type { CharsetTables } from '../../filter/coding/charset-tables.ts'
import type { Compile } from '../../filter/compile.ts'
import { compileCodeSteps, compileResponseSteps, type CodeStepPorts } from '../../filter/code/code-step.ts'
import { compileCompression } from '../../filter/coding/compression.ts'
import { compileDashboard } from '../../filter/pages/dashboard.ts'
import { compileEmptyGif } from '../../filter/pages/empty-gif.ts'
import { compileErrorPage } from '../../filter/pages/error-page.ts'
import { compileGrpcWeb } from '../../filter/grpc-web.ts'
import { GrpcPages } from '../../filter/pages/grpc-pages.ts'
import { compileExplain, type ExplainPorts } from '../../filter/explain.ts'
import { compileFaultFilters, compileFaultStep, type FaultCells } from '../../filter/fault.ts'
import { compileGunzip } from '../../filter/coding/gunzip.ts'
import { compileKeepaliveDisable } from '../../filter/keepalive-disable.ts'
import { compileLimitConn } from '../../filter/limits/limit-conn.ts'
import { compileRateLimits } from '../../filter/limits/limit-rate.ts'
import { compileLimitReq } from '../../filter/limits/limit-req.ts'
import type { FindZone } from '../../filter/limits/limit-zones.ts'
import { compileLocationField, type LocationOf } from '../../filter/fields/location-field.ts'
import { compileMirror } from '../../filter/subrequests/mirror.ts'
import { compileRangeFilter } from '../../filter/ranges/range-filter.ts'
import { compileRealip } from '../../filter/access/realip.ts'
import {
  changesValidators,
  compileResponseHeaders,
  compileTrailers,
  headersFilter,
} from '../../filter/fields/response-headers.ts'
import { compileLocationRewrite } from '../../filter/rewriting/rewrite.ts'
import { compileSatisfy } from '../../filter/access/satisfy.ts'
import { compileServerSignature } from '../../filter/pages/server-signature.ts'
import { compileSlice, type CompiledSlice } from '../../filter/subrequests/slice.ts'
import { compileSsi, type SsiPorts } from '../../filter/subrequests/ssi/ssi.ts'
import { compileStaticFiles, type Transforms } from '../../filter/files/static-files.ts'
import { compileStatusApi } from '../../filter/pages/status-api.ts'
import { compileCacheTally } from '../../filter/cache/cache-tally.ts'
import { compileStatusZones, type FindStatusZone } from '../../filter/status-zone.ts'
import { compileStubStatus, type StubCounts } from '../../filter/pages/stub-status.ts'
import { compileSubstitution } from '../../filter/rewriting/substitution.ts'
import { compileTryFiles, internalRedirect } from '../../filter/files/try-files.ts'
import { compileTracing, type TracingPorts } from '../../filter/tracing.ts'
import { compileUserid } from '../../filter/fields/userid.ts'
import type { Waits } from '../../filter/waits.ts'
import { grpcAsProxy, speaksGrpc } from '../../model/settings/grpc-settings.ts'
import type { ContentModel, LocationMatch, ProxyPass } from '../../model/model.ts'
import type { ResolvedLocation, ResolvedStep } from '../../model/resolve.ts'
import type { Settings } from '../../model/settings.ts'
import { withTraceFields } from '../../model/tracing.ts'
import { under } from '../paths.ts'
import type { Tally } from '../../shared/tally.ts'
import type { WorkerZones } from '../zones.ts'

/** A route with what the loop's own answers need. */
export interface CompiledRoute extends Route {
  readonly pages: Pick<BuiltinPages, 'replyFor'>
  readonly locationOf: LocationOf
}

/** What the compiler of routes is given by the compiler of the runtime. */
export interface RouteParts {
  readonly faults: FaultCells
  readonly explain: ExplainPorts
  readonly code: CodeStepPorts
  readonly compile: Compile
  readonly zones: WorkerZones
  readonly waits: Waits
  readonly passwords: Passwords
  readonly limitZone: FindZone
  readonly version: string
  readonly charsets: CharsetTables
  forward(settings: Settings, content: Extract<ContentModel, { kind: 'proxy' }>, match: LocationMatch | null): Action
  tunnel(settings: Settings, pass: ProxyPass): Action
  logs(settings: Settings): readonly ExchangeLog[]
  errorLog(settings: Settings): ErrorLog
  counts(): StubCounts
  readonly subrequests: Subrequests
  readonly ssi: SsiPorts
  readonly ask: Ask
  readonly statusZone: FindStatusZone
  cacheTally(zone: string): Tally | undefined
  readonly tracing: TracingPorts
  nowMs(): number
}

export interface RouteSource {
  readonly name: string
  readonly match: LocationMatch | null
  readonly internal: boolean
  readonly settings: Settings
  readonly content: ContentModel | null
  readonly rewrite: readonly ResolvedStep[]
  readonly exceptions: ResolvedLocation['exceptions']
}

export function compileRoute(given: RouteSource, parts: RouteParts): CompiledRoute {
  const grpc = speaksGrpc(given.content)
  const source = { ...given, settings: withTraceFields(grpc ? grpcAsProxy(given.settings) : given.settings) }
  const { settings, match } = source
  const { compile } = parts
  const slice = compileSlice(settings, compile, parts.subrequests)
  const filters = compileFilters(source, slice, parts)
  const { token, step, pages } = compileServerSignature(settings, parts.version, compile)
  const logs = parts.logs(settings)
  const steps = compileSteps(source, parts)
  const explain = compileExplain(settings, parts.explain)
  const route: CompiledRoute = {
    name: source.name,
    internal: source.internal,
    client: clientSettings(settings, token, compile.prefix),
    ...steps,
    steps: slice === null ? steps.steps : [...steps.steps, slice.step],
    action: compileAction(source.content, settings, match, filters.transforms, parts),
    headSteps: [...filters.headSteps, ...present([step]), ...(explain?.headSteps ?? [])],
    bodyFilters: filters.list,
    subrequestFilters: filters.inside,
    errorPage: compileErrorPage(settings.errorPage, compile),
    recursiveErrorPages: settings.recursiveErrorPages,
    logs: [
      ...logs,
      ...compileStatusZones(settings, parts.statusZone, parts.nowMs),
      ...present([
        compileCacheTally(settings, compile, parts.cacheTally),
        compileTracing(settings, source.name, parts.tracing),
        explain?.log ?? null,
      ]),
    ],
    subrequestLogs: settings.logSubrequest ? logs : [],
    postAction: settings.postAction === null ? null : internalRedirect(settings.postAction),
    errorLog: parts.errorLog(settings),
    pages: grpc && settings.grpcErrorStatus ? new GrpcPages(pages) : pages,
    locationOf: compileLocationField(settings),
  }
  if (slice !== null) {
    const subrequestFilters = filters.fromOrigin
    slice.slicing.part = { ...route, subrequestSteps: [], subrequestFilters, errorPage: null }
  }
  return route
}

/** What becomes of an answer on its way out. */
interface Filters {
  /** From the client's side inwards. */
  readonly list: readonly BodyFilter[]
  /** Those that change a subrequest's response as well; of these, those that are about what an origin sends. */
  readonly inside: readonly BodyFilter[]
  readonly fromOrigin: readonly BodyFilter[]
  readonly headSteps: readonly HeadStep[]
  /** Whether a filter would change the bytes of a response. */
  readonly transforms: Transforms | null
}

function compileFilters({ settings, content }: RouteSource, slice: CompiledSlice | null, parts: RouteParts): Filters {
  const { compile } = parts
  const { toClient, fromOrigin } = compileRateLimits(settings, content, compile, parts.waits)
  const proxied = content?.kind === 'proxy'
  const compression = compileCompression(settings, compile)
  const addition = compileAddition(settings, parts.subrequests)
  const ssi = compileSsi(settings, parts.ssi)
  const charset = compileCharset(settings, compile, parts.charsets, proxied)
  const substitution = compileSubstitution(settings, compile)
  const gunzip = compileGunzip(settings, compile)
  // Fields are added last, where they cost least, unless a filter looks at them.
  const userid = compileUserid(settings, compile)
  const headers = [
    ...present([userid]),
    ...compileResponseHeaders(settings, compile),
    ...compileResponseSteps(settings, parts.code),
  ]
  const early = changesValidators(settings)
  // nginx's order of filters, seen from the client: an answer comes to the last of them first.
  const outside = present([
    compileTrailers(settings, compile),
    early || (proxied && settings.proxyForceRanges) ? compileRangeFilter(settings.maxRanges) : null,
    compression?.filter ?? null,
    addition?.filter ?? null,
  ])
  const inside = present([ssi, charset, substitution, gunzip]).map(({ filter }) => filter)
  const web = compileGrpcWeb(speaksGrpc(content) && settings.grpcWeb)
  const first = present([early ? headersFilter(headers) : null, slice?.filter ?? null, web])
  const changing = present([compression, addition, ssi, charset, substitution, gunzip])
  return {
    list: [
      ...compileFaultFilters(settings, compile, parts.waits, parts.faults),
      ...toClient,
      ...outside,
      ...inside,
      ...first,
      ...fromOrigin,
    ],
    inside: [...inside, ...fromOrigin],
    fromOrigin,
    headSteps: early ? [] : headers,
    transforms: early
      ? () => true
      : changing.length === 0
        ? null
        : (exchange, head) => changing.some(filter => filter.applies(exchange, head)),
  }
}

/** Who a client is, and what only it is asked: subrequests pass that by. Limits count a request and its own once. */
function compileSteps(source: RouteSource, parts: RouteParts): Pick<Route, 'steps' | 'subrequestSteps'> {
  const { settings, match, exceptions, rewrite } = source
  const { compile, waits, subrequests } = parts
  const rewriting = present([
    compileExceptions(source, exceptions, parts),
    compileLocationRewrite(rewrite, settings, compile),
  ])
  const realip = present([compileRealip(settings)])
  const limits = present([
    compileLimitReq(settings, parts.limitZone, compile, waits),
    compileLimitConn(settings, parts.limitZone, compile),
  ])
  const checks = [
    compileAccess(settings),
    compileAuthBasic(settings, compile, parts.passwords),
    compileAuthJwt(settings, compile, parts.passwords, waits, subrequests),
    compileAuthRequest(settings, compile, subrequests),
  ]
  const access = compileSatisfy(settings.satisfy, settings.authDelay, checks, waits)
  const code = compileCodeSteps(settings, parts.code)
  const mirror = present([compileMirror(settings, subrequests)])
  const files = present([
    compileFaultStep(settings, compile, waits, parts.faults),
    compileTryFiles(settings, settings.aliasOf ?? match, compile),
  ])
  return {
    steps: [...rewriting, ...realip, ...limits, ...access, ...code, ...mirror, ...files],
    subrequestSteps: [...rewriting, ...limits, ...files],
  }
}

function present<T>(list: readonly (T | null)[]): T[] {
  return list.filter(one => one !== null)
}

/** limit_except: requests of other methods are served by a route of their own. */
function compileExceptions(
  source: RouteSource,
  exceptions: RouteSource['exceptions'],
  parts: RouteParts,
): RequestStep | null {
  if (exceptions.length === 0) return null
  const routes = exceptions.map(({ except, settings, content }) => ({
    served: new Set(except.includes('GET') ? [...except, 'HEAD'] : except),
    route: compileRoute({ ...source, settings, content, rewrite: [], exceptions: [] }, parts),
  }))
  return (exchange: Exchange) => {
    for (const { served, route } of routes) {
      if (served.has(exchange.method)) continue
      exchange.route = route
      return undefined
    }
    return undefined
  }
}

function compileAction(
  content: ContentModel | null,
  settings: Settings,
  match: LocationMatch | null,
  transforms: Transforms | null,
  parts: RouteParts,
): Action {
  switch (content?.kind) {
    case undefined:
      return compileStaticFiles(settings, settings.aliasOf ?? match, parts.compile, transforms)
    case 'proxy':
      return parts.forward(settings, content!, match)
    case 'tunnel':
      return parts.tunnel(settings, content!.pass)
    case 'stub-status':
      return compileStubStatus(parts.counts)
    case 'api':
    case 'metrics':
      return compileStatusApi(content!, settings, match, parts.ask)
    case 'empty-gif':
      return compileEmptyGif(settings)
    case 'dashboard':
      return compileDashboard(content!.api, settings)
  }
}

function clientSettings(settings: Settings, token: string | null, prefix: string): ClientSettings {
  return {
    maxBodySize: settings.clientMaxBodySize,
    bodyBufferSize: settings.clientBodyBufferSize,
    bodyTimeoutMs: settings.clientBodyTimeout,
    bodyTempPath: under(prefix, settings.clientBodyTempPath),
    sendTimeoutMs: settings.sendTimeout,
    keepaliveTimeoutMs: settings.keepaliveTimeout,
    keepaliveHeaderSeconds: settings.keepaliveTimeoutHeader,
    keepaliveRequests: settings.keepaliveRequests,
    keepaliveTimeMs: settings.keepaliveTime,
    keepaliveRefused: compileKeepaliveDisable(settings.keepaliveDisable),
    lingeringClose: settings.lingeringClose,
    lingeringTimeMs: settings.lingeringTime,
    lingeringTimeoutMs: settings.lingeringTimeout,
    resetTimedOut: settings.resetTimedoutConnection,
    chunkedResponses: settings.chunkedTransferEncoding,
    tcpNodelay: settings.tcpNodelay,
    bodyInFileOnly: settings.clientBodyInFileOnly,
    http2ChunkSize: settings.http2ChunkSize,
    serverToken: token === null ? null : `Server: ${token}\r\n`,
  }
}
