/**
 * What a balancer can be told to be.
 *
 * Plain data that survives structuredClone, nested as it was written: every front end ends here, and nothing behind it
 * knows which one it was. Each level holds only what it says itself; `resolve` hands down what it inherits.
 * Times are milliseconds, sizes bytes, unless a name says otherwise.
 */
import type { AcmeIssuer, AcmeOrder } from './acme.ts'
import type { OverloadModel } from './overload.ts'
import type { GeoModel, SplitModel } from './client-data.ts'
import type { CharsetMapModel } from './settings/body-settings.ts'
import type { CodeRef, CodeTexts } from './code.ts'
import type { CachePathModel } from './cache.ts'
import type { HealthCheckModel, MatchModel } from './health.ts'
import type { LimitZoneModel } from './settings/limit-settings.ts'
import type { CircuitModel, ConcurrencyModel, HedgeModel, OutlierModel, RetryBudgetModel } from './passive.ts'
import type { Pattern } from './pattern.ts'
import type { ResolverModel, Settings } from './settings.ts'
import type { StickyModel } from './sticky.ts'
import type { SubsetModel } from './subset.ts'
import type { StreamModel } from './stream/stream.ts'
import type { Template } from './template.ts'
import type { TracingModel } from './tracing.ts'
import type { ZoneModel } from './zone.ts'

export interface Model {
  readonly process: ProcessModel
  readonly http: HttpModel | null
  /** TCP and UDP; left out: none. */
  readonly stream?: StreamModel
  /** Shared memory by name; left out: none. */
  readonly zones?: readonly ZoneModel[]
  /** The modules it names, as they were read; left out: it names none, or nobody has read them yet. */
  readonly code?: CodeTexts
  /** Where things were said: path in the model (`http.servers.0.locations.1`) to file and line. */
  readonly positions: Readonly<Record<string, Position>>
  /** Directives that were accepted without having a meaning here, for `-t` to list. */
  readonly ignored: readonly { readonly name: string; readonly position: Position }[]
}

export interface Position {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

export interface ProcessModel {
  /** null: not named. */
  readonly user: { readonly name: string; readonly group: string | null } | null
  readonly workers: number | 'auto'
  readonly daemon: boolean
  readonly masterProcess: boolean
  /** Relative to the prefix. */
  readonly pid: string
  readonly maxOpenFiles: number | null // worker_rlimit_nofile
  /** 0: wait for ever. */
  readonly shutdownTimeoutMs: number
  readonly errorLogs: readonly ErrorLogModel[]
  readonly environment: readonly string[]
  /** A reload takes files of TLS that did not change on disk as they were read before. Left out: false. */
  readonly inheritTlsFiles?: boolean
  /** Connections of clients that a worker serves at once. Left out: as many as there are descriptors for. */
  readonly workerConnections?: number
  /** Left out: overloadDefaults; null: nothing is shed. */
  readonly overload?: OverloadModel | null
}

export type LogLevel = 'emerg' | 'alert' | 'crit' | 'error' | 'warn' | 'notice' | 'info' | 'debug'

export interface ErrorLogModel {
  /** A path relative to the prefix, `stderr`, or `syslog:…` as written. */
  readonly target: string
  readonly level: LogLevel
}

export interface HttpModel {
  readonly settings: Partial<Settings>
  readonly upstreams: readonly UpstreamModel[]
  readonly servers: readonly ServerModel[]
  readonly maps: readonly MapModel[]
  readonly logFormats: readonly LogFormatModel[]
  /** Caches, by the zones of their indexes; left out: none. */
  readonly cachePaths?: readonly CachePathModel[]
  /** What health checks may want of a response, by name; left out: none. */
  readonly matches?: readonly MatchModel[]
  /** A name of an upstream that does not resolve keeps it from starting. Left out: false. */
  readonly strictResolve?: boolean
  /** What is counted in the zones of limits; left out: none. */
  readonly limitZones?: readonly LimitZoneModel[]
  readonly geos?: readonly GeoModel[]
  readonly splits?: readonly SplitModel[]
  /** Tables of charset_map; left out: none. */
  readonly charsetMaps?: readonly CharsetMapModel[]
  /** Where spans of requests go; left out: nowhere. */
  readonly tracing?: TracingModel
  /** Who issues certificates over ACME; left out: nobody. */
  readonly acmeIssuers?: readonly AcmeIssuer[]
  /** Variables made by code; left out: none. */
  readonly codeVariables?: readonly { readonly variable: string; readonly code: CodeRef }[]
}

export interface LogFormatModel {
  readonly name: string
  readonly escape: 'default' | 'json' | 'none'
  readonly template: Template
}

/** `map $input $variable { … }` */
export interface MapModel {
  readonly variable: string
  readonly input: Template
  readonly hostnames: boolean
  readonly volatile: boolean
  readonly default: Template
  /** Exact texts (lower-case; nginx compares caselessly), host masks when `hostnames`, and patterns in order. */
  readonly exact: readonly { readonly text: string; readonly value: Template }[]
  readonly patterns: readonly { readonly pattern: Pattern; readonly value: Template }[]
}

export interface ServerModel {
  /** Empty: the default of nginx, `*:80` as root, else `*:8000`. */
  readonly listens: readonly ListenModel[]
  readonly names: readonly ServerName[]
  readonly settings: Partial<Settings>
  readonly rewrite: readonly RewriteStep[]
  readonly locations: readonly LocationModel[]
  /** What a request gets that no location takes: `root`, or the server's own proxy_pass. */
  readonly content: ContentModel | null
  /** Left out: its certificates come from elsewhere. */
  readonly acmeCertificate?: AcmeOrder
}

/** Text is lower-case. `wildcard-start` is `*.example.org` (text `example.org`), `wildcard-end` is `www.*` (text `www`). */
export type ServerName =
  | { readonly kind: 'exact' | 'wildcard-start' | 'wildcard-end'; readonly text: string }
  | { readonly kind: 'pattern'; readonly pattern: Pattern }

export interface ListenModel {
  readonly address: ListenAddress
  readonly defaultServer: boolean
  readonly ssl: boolean
  readonly http2: boolean
  readonly proxyProtocol: boolean
  /** Datagrams, not connections; left out: false. Only in stream. */
  readonly udp?: boolean
  readonly backlog: number | null
  readonly ipv6Only: boolean | null
  readonly reusePort: boolean
  readonly keepaliveProbe: { readonly idleMs: number } | boolean | null // so_keepalive
}

/** host '*' is every IPv4 address, '::' every IPv6 one. IPv6 without brackets. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string }

export type LocationMatch =
  | { readonly kind: 'exact' | 'prefix' | 'prefix-final' | 'named'; readonly text: string } // = /x, /x, ^~ /x, @x
  | { readonly kind: 'pattern'; readonly pattern: Pattern }

export interface LocationModel {
  readonly match: LocationMatch
  readonly settings: Partial<Settings>
  readonly internal: boolean
  readonly rewrite: readonly RewriteStep[]
  readonly content: ContentModel | null
  readonly locations: readonly LocationModel[]
  /** limit_except: settings and content for requests of other methods. */
  readonly exceptions: readonly ExceptionModel[]
  /** Of the upstream it passes to; left out: none. Not inherited. */
  readonly healthCheck?: HealthCheckModel
}

export interface ExceptionModel {
  /** Methods the location itself serves. */
  readonly except: readonly string[]
  readonly settings: Partial<Settings>
  readonly content: ContentModel | null
}

/** Who answers in a location; null: files under `root`. */
export type ContentModel =
  | {
      readonly kind: 'proxy'
      readonly pass: ProxyPass
      /** grpc_pass; left out: proxy_pass. */
      readonly protocol?: 'grpc'
    }
  | { readonly kind: 'tunnel'; readonly pass: ProxyPass }
  | { readonly kind: 'stub-status' }
  /** The state of the balancer, and with `write` ways to change it. */
  | { readonly kind: 'api'; readonly write: boolean }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'empty-gif' }
  /** The page that shows what the API at this path tells. */
  | { readonly kind: 'dashboard'; readonly api: string }

/** Where proxy_pass points. */
export type ProxyPass =
  | {
      readonly kind: 'fixed'
      readonly scheme: 'http' | 'https'
      /** Name of an upstream block, or of the implicit one made for this address (see UpstreamModel.implicit). */
      readonly upstream: string
      /** What $proxy_host says: host, with the port if it is not the scheme's. */
      readonly host: string
      readonly port: string
      /** The URI part; null when the directive has none (the request's own URI goes on). */
      readonly uri: string | null
      readonly written: string
    }
  | { readonly kind: 'variable'; readonly url: Template; readonly written: string }

/** One statement of the rewrite module, in the order written. */
export type RewriteStep =
  | { readonly kind: 'set'; readonly variable: string; readonly value: Template }
  | { readonly kind: 'return'; readonly status: number; readonly text: Template | null; readonly url: boolean }
  | {
      readonly kind: 'rewrite'
      readonly pattern: Pattern
      readonly replacement: Template
      readonly flag: 'last' | 'break' | 'redirect' | 'permanent' | null
    }
  | { readonly kind: 'break' }
  | {
      readonly kind: 'if'
      readonly condition: Condition
      readonly steps: readonly RewriteStep[]
      /** A location of its own that takes over when the condition held last (nginx's "if" location). */
      readonly settings: Partial<Settings>
      readonly content: ContentModel | null
    }

export type Condition =
  | { readonly kind: 'set'; readonly value: Template }
  | { readonly kind: 'equals'; readonly value: Template; readonly text: Template; readonly negated: boolean }
  | { readonly kind: 'matches'; readonly value: Template; readonly pattern: Pattern; readonly negated: boolean }
  | {
      readonly kind: 'path'
      readonly test: 'file' | 'directory' | 'exists' | 'executable'
      readonly path: Template
      readonly negated: boolean
    }

export interface UpstreamModel {
  readonly name: string
  /** Made for a proxy_pass to an address: its one server line, no keepalive cache unless told. */
  readonly implicit: boolean
  readonly servers: readonly ServerLine[]
  readonly method: MethodModel
  /** Name of the shared zone; kept as written, since state is always shared here. */
  readonly zone: string | null
  /** Idle connections kept a worker, 0: none. Default 32; implicit upstreams 0. */
  readonly keepalive: number
  readonly keepaliveRequests: number
  readonly keepaliveTimeMs: number
  readonly keepaliveTimeoutMs: number
  /** Requests that may wait in each worker while all servers are at max_conns; left out: none. */
  readonly queue?: QueueModel
  /** Servers of this zone are chosen while any of their tier is eligible; left out: zones make no difference. */
  readonly preferZone?: string
  readonly outlier?: OutlierModel
  readonly circuit?: CircuitModel
  /** While fewer percent of a tier's servers are fit, all of them are taken as fit. Left out: never. */
  readonly panicThreshold?: number
  /** A failure behind the request's head counts once another server was able to answer it. Left out: at once. */
  readonly failCounts?: 'proven'
  /** Only some of its servers are used here, backups aside. Left out: all. */
  readonly subset?: SubsetModel
  /** How many requests may be tried again. Left out: all. */
  readonly retryBudget?: RetryBudgetModel
  /** Left out: no request is sent to two servers at a time. */
  readonly hedge?: HedgeModel
  /** Left out: as many requests as come. */
  readonly concurrency?: ConcurrencyModel
  /** Left out: every request is chosen for anew. */
  readonly sticky?: StickyModel
  /** Who is asked for the names of `resolve`; left out: the http block's. */
  readonly resolver?: ResolverModel
  readonly resolverTimeoutMs?: number
  /** File that keeps what the API makes of the servers; absolute, or relative to the prefix. Left out: nothing is kept. */
  readonly stateFile?: string
}

export interface QueueModel {
  readonly size: number
  readonly timeoutMs: number
}

export interface MethodModel {
  /** A name of the table in balance/: `round_robin`, `least_conn`, … */
  readonly name: string
  /** Key of hash methods. */
  readonly key: Template | null
  /** Other arguments as written: `consistent`, `two`, `least_conn`, `bounded=1.25`. */
  readonly arguments: readonly string[]
  /** Of `code`: where the policy is. */
  readonly code?: CodeRef
}

/** One `server` line of an upstream. */
export interface ServerLine {
  /** As written: `localhost:8000`. */
  readonly text: string
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string }
  readonly weight: number
  /** 0: no limit. */
  readonly maxConns: number
  /** 0: never out. */
  readonly maxFails: number
  readonly failTimeoutSeconds: number
  readonly backup: boolean
  readonly down: boolean
  /** Takes nothing new but what a sticky id names. Left out: false. */
  readonly drain?: boolean
  /** Its sticky id; left out: made from its address. */
  readonly route?: string
  /** How long its weight climbs back to what it is when it returns; left out: not at all. */
  readonly slowStartMs?: number
  /** Tier: lower ones are used first. Left out: 0. */
  readonly priority?: number
  /** Where it stands, for UpstreamModel.preferZone. */
  readonly zone?: string
  /** Its name is asked for by the upstream's resolver, for as long as the process runs. Left out: by the system. */
  readonly resolve?: boolean
  /** Its hosts and ports are those of this service's SRV records. */
  readonly service?: string
  /** What the API knows it by, since servers were changed; left out: its place among the servers. */
  readonly id?: number
}
