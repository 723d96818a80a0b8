/**
 * A location's proxy_* settings, made into what Forward needs: everything here runs when the configuration is compiled,
 * so that a request with the default settings builds its head with two joins and one look-up a field.
 */
import type { CacheUse } from '../../exchange/cache.ts'
import type { RetryRule } from '../../exchange/code.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { Fields } from '../../exchange/fields.ts'
import { RequestHead, type ResponseHead } from '../../exchange/head.ts'
import { NameSet } from '../../exchange/name-set.ts'
import type { HeadStep } from '../../exchange/route.ts'
import type { Compile } from '../../filter/compile.ts'
import { fullPath } from '../../filter/files/path-test.ts'
import type { Settings } from '../../model/settings.ts'
import type { DialOptions } from '../../net/dial.ts'
import type { ReadBuffers } from '../../net/read-buffers.ts'
import { isTrue } from '../../route/condition.ts'
import { escapePath } from '../../route/uri-escape.ts'
import { safeFieldValue } from '../../wire/http1/check.ts'
import { hopByHop } from '../../wire/http1/hop-by-hop.ts'
import { connectionFields } from '../../wire/http2/request-block.ts'
import { ResponseReader } from '../../wire/http1/response-reader.ts'
import type { AcceptRate } from '../../filter/limits/limit-rate.ts'
import type { ForwardSettings, ForwardTarget } from './forward-settings.ts'
import { compileForwarded } from './forwarded.ts'
import { grpcDeadlineMs } from './grpc-deadline.ts'
import { translateBody, translateRequests } from './grpc-web.ts'
import type { OriginsByPool } from '../http2/origins-by-pool.ts'
import { compileReplacement } from './replacement.ts'

/** Never shown to the client unless proxy_pass_header says so (nginx-semantics of proxy_hide_header). */
const HIDDEN = [
  'date',
  'server',
  'x-pad',
  'x-accel-expires',
  'x-accel-redirect',
  'x-accel-limit-rate',
  'x-accel-buffering',
  'x-accel-charset',
]

const HTTP2 = 20
const VERSIONS = { '1.0': 10, '1.1': 11, '2': HTTP2 } as const

/** Framing is ours: these can't be set by configuration, only left out. */
const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

export interface ForwardParts {
  readonly settings: Settings
  readonly compile: Compile
  /** Text of a prefix location that a URI part of proxy_pass replaces; '' elsewhere. */
  readonly prefix: string
  readonly keepalive: { readonly requests: number; readonly timeMs: number; readonly timeoutMs: number }
  /** A cache stands before it: what it may store is asked for on its conditions (exchange/cache). */
  readonly cached: boolean
  /** proxy_redirect and the cookie rules, from filter/. */
  readonly adjustments: readonly HeadStep[]
  /** X-Accel-Limit-Rate; null: not listened to. */
  readonly acceptRate: AcceptRate | null
  /** The user's own; null or left out: none. */
  readonly retryRule?: RetryRule | null
  /** Clients of this place speak gRPC. */
  readonly grpc: boolean
  /** Asked for where HTTP/2 is spoken. */
  readonly http2: () => OriginsByPool
  /** From 0 to 1. */
  readonly random?: () => number
}

export function compileForward(parts: ForwardParts): ForwardSettings {
  const { settings, compile, keepalive } = parts
  const adjustments = settings.proxyForceRanges ? [forceRanges, ...parts.adjustments] : parts.adjustments
  const hiddenFields = hiddenNames(settings)
  const tries = settings.proxyNextUpstreamTries
  const bind = settings.proxyBind === null ? null : compile.text(settings.proxyBind)
  const hints = settings.earlyHints.map(template => compile.text(template))
  const web = parts.grpc && settings.grpcWeb
  const replacement = compileReplacement(settings, parts.acceptRate)
  const limits = { totalSize: Math.max(settings.proxyBufferSize, 1), maxFields: settings.maxHeaders }
  return {
    http2: settings.proxyHttpVersion === '2' ? parts.http2() : null,
    origin: {
      reader: new ResponseReader(limits),
      responseFields: limits,
      sendTimeoutMs: settings.proxySendTimeout,
      readTimeoutMs: settings.proxyReadTimeout,
      keepaliveRequests: keepalive.requests,
      keepaliveTimeMs: keepalive.timeMs,
      keepaliveTimeoutMs: keepalive.timeoutMs,
    },
    retry: {
      conditions: new Set(settings.proxyNextUpstream.includes('off') ? [] : settings.proxyNextUpstream),
      timeoutMs: settings.proxyNextUpstreamTimeout,
      rule: parts.retryRule ?? null,
    },
    connectTimeoutMs: settings.proxyConnectTimeout,
    totalTimeoutMs: settings.proxyTotalTimeout,
    backOffMs: compileBackOff(settings, parts.random ?? Math.random),
    deadlineMs: parts.grpc ? grpcDeadlineMs : null,
    bufferRequest: settings.proxyRequestBuffering,
    passBody: settings.proxyPassRequestBody && settings.proxySetBody === null,
    passTrailers: settings.proxyPassTrailers,
    ignoreClientAbort: settings.proxyIgnoreClientAbort,
    hiddenFields,
    addServer: hiddenFields.has('server'),
    addDate: hiddenFields.has('date'),
    setBody: settings.proxySetBody === null ? null : compile.text(settings.proxySetBody),
    looksAtAll: replacement.looksAtAll,
    replacement: replacement.of,
    limitTries(selection) {
      if (tries > 0 && selection.tries > tries) selection.tries = tries
      return selection
    },
    dialOptions: dialOptionsOf(settings.proxySocketKeepalive, bind),
    request: web ? translateRequests(compileRequest(parts)) : compileRequest(parts),
    throughBody: web ? translateBody : null,
    passesEarlyHints: exchange => hints.length > 0 && hints.every(hint => isTrue(hint(exchange))),
    readAhead: {
      // An origin that is slowed on purpose must not be hurried.
      on: settings.proxyBuffering && settings.proxyLimitRate.length === 0,
      obeys: settings.proxyLimitRate.length === 0 && !settings.proxyIgnoreHeaders.includes('X-Accel-Buffering'),
      memory: settings.proxyBufferSize + settings.proxyBuffers.count * settings.proxyBuffers.size,
      file: settings.proxyMaxTempFileSize,
      folder: fullPath(settings.proxyTempPath, compile.prefix),
    },
    adjust: adjustments.length === 0 ? nothing : (exchange, head) => adjustAll(adjustments, exchange, head),
  }
}

/** Any time up to a most that doubles with each attempt ("full jitter": the least load for the same patience). */
function compileBackOff(settings: Settings, random: () => number): ForwardSettings['backOffMs'] {
  const { proxyNextUpstreamBackoff: first, proxyNextUpstreamBackoffMax: most } = settings
  if (first === 0) return () => 0
  return attempts => Math.ceil(random() * Math.min(most, first * 2 ** Math.min(attempts - 1, 30)))
}

function hiddenNames(settings: Settings): NameSet {
  const passed = new Set(settings.proxyPassHeader.map(name => name.toLowerCase()))
  return new NameSet(
    [...HIDDEN, ...settings.proxyHideHeader].map(name => name.toLowerCase()).filter(name => !passed.has(name)),
  )
}

function compileRequest(parts: ForwardParts): ForwardSettings['request'] {
  const { settings, compile } = parts
  const version = VERSIONS[settings.proxyHttpVersion]
  const isHttp2 = version === HTTP2
  const method = settings.proxyMethod === null ? null : compile.text(settings.proxyMethod)
  const setBody = settings.proxySetBody === null ? null : compile.text(settings.proxySetBody)
  const lines = settings.proxySetHeader
    .map(line => ({ name: line.name, text: compile.text(line.value), fixed: compile.constant(line.value) }))
    .filter(
      line => !FRAMING.has(line.name.toLowerCase()) && !(isHttp2 && connectionFields.has(line.name.toLowerCase())),
    )
  const host = lines.find(line => line.name.toLowerCase() === 'host')
  const others = lines.filter(line => line !== host && line.fixed !== '')
  const forwarded = compileForwarded(settings)
  const hide = hopByHop.with(['host', ...(forwarded?.hidden ?? []), ...lines.map(line => line.name)])
  const passFields = settings.proxyPassRequestHeaders
  const passesTe =
    isHttp2 && passFields && settings.proxyPassTrailers && !lines.some(line => line.name.toLowerCase() === 'te')
  const conditions = compileConditions(settings, hide)
  const target = compileTarget(parts)

  return (exchange, to) => {
    const { request, body } = exchange
    const cache = parts.cached && exchange.cache?.storable === true ? exchange.cache : null
    let fields: Fields
    if (!passFields) fields = new Fields()
    else {
      fields = request.fields.overlay(cache === null ? hide : conditions.hide)
      fields.hideAlso = request.nominated
    }
    let hostValue = to.host
    if (host !== undefined) {
      // HTTP/1.1 without a Host is an error at the origin: nginx falls back to the name of the upstream.
      const said = host.text(exchange)
      if (said !== '' && safeFieldValue(said) !== null) hostValue = said
    }
    const before = isHttp2 ? [] : ['Host', hostValue]
    if (passesTe && wantsTrailers(request)) before.push('te', 'trailers')
    for (let i = 0; i < others.length; i++) {
      const line = others[i]!
      const value = line.fixed ?? line.text(exchange)
      // A line break from a variable would begin a field of the client's choice.
      if (value !== '' && (line.fixed !== undefined || safeFieldValue(value) !== null)) before.push(line.name, value)
    }
    if (forwarded !== null) forwarded.add(exchange, before)
    if (cache !== null) conditions.add(before, cache)
    fields.before = before
    let length = settings.proxyPassRequestBody ? body.length : 0
    if (setBody !== null) length = setBody(exchange).length
    // A collected body has its length; one that is streamed in chunks can't be told of to an HTTP/1.0 origin.
    const head = new RequestHead(
      method === null ? (cache?.method ?? exchange.method) : method(exchange),
      target(exchange, to),
      version,
      fields,
      length,
      true,
    )
    if (isHttp2) head.authority = hostValue
    return head
  }
}

/** A client that can take trailers says so for this connection; in HTTP/2 it is said on for the next. */
function wantsTrailers(request: RequestHead): boolean {
  const te = request.fields.get('te')
  return te !== undefined && /(?:^|[,\s])trailers(?:$|[,;\s])/i.test(te)
}

/** What the client asks on condition, or in part, is asked for whole where the answer may be stored. */
function compileConditions(
  settings: Settings,
  hide: NameSet,
): { readonly hide: NameSet; add(lines: string[], cache: CacheUse): void } {
  const own = new Set(settings.proxySetHeader.map(line => line.name.toLowerCase()))
  return {
    hide: hide.with(CONDITIONAL),
    add(lines, { lastModified, etag }) {
      if (lastModified !== '' && !own.has('if-modified-since')) lines.push('If-Modified-Since', lastModified)
      if (etag !== '' && !own.has('if-none-match')) lines.push('If-None-Match', etag)
    },
  }
}

const CONDITIONAL = ['if-modified-since', 'if-unmodified-since', 'if-none-match', 'if-match', 'range', 'if-range']

export function compileTarget({
  prefix,
}: Pick<ForwardParts, 'prefix'>): (exchange: Exchange, to: Pick<ForwardTarget, 'uri' | 'uriIsWhole'>) => string {
  return (exchange, to) => {
    const { request } = exchange
    if (to.uriIsWhole) return to.uri!
    if (to.uri === null && !exchange.uriChanged) return originForm(request)
    const stays = to.uri !== null && !exchange.rewritten
    const path = escapePath(stays ? exchange.uri.slice(prefix.length) : exchange.uri)
    const whole = stays ? to.uri + path : path
    return exchange.args === '' ? whole : whole + '?' + exchange.args
  }
}

/** The target as the client sent it, without the scheme and host of an absolute form. */
function originForm(request: RequestHead): string {
  if (request.target.charCodeAt(0) === 0x2f) return request.target
  return request.hasQuery ? request.path + '?' + request.query : request.path
}

function dialOptionsOf(
  keepAlive: boolean,
  bind: ((exchange: Exchange) => string) | null,
): ForwardSettings['dialOptions'] {
  let fixed: DialOptions | null = null
  return (exchange: Exchange, buffers: ReadBuffers) => {
    if (bind === null) return (fixed ??= { buffers, keepAlive })
    const localAddress = bind(exchange)
    return localAddress === '' ? { buffers, keepAlive } : { buffers, keepAlive, localAddress }
  }
}

function adjustAll(steps: readonly HeadStep[], exchange: Exchange, head: ResponseHead): void {
  for (const step of steps) step(exchange, head)
}

/** Ranges are cut out of the answer here, whatever its origin says of them. */
function forceRanges(_: Exchange, head: ResponseHead): void {
  head.ranges = 'one'
  head.fields.remove('Accept-Ranges')
}

function nothing(): void {}
