/**
 * Where a directive stands, and what of the model is being written there.
 *
 * Drafts are the model's types without readonly: they are written while statements are read, in order, and become
 * the model as they are.
 */
import type {
  ContentModel,
  ExceptionModel,
  ListenModel,
  LocationMatch,
  LocationModel,
  LogFormatModel,
  MapModel,
  Position,
  ProcessModel,
  RewriteStep,
  ServerLine,
  ServerModel,
  ServerName,
  UpstreamModel,
} from '../../model/model.ts'
import type { AcmeIssuer } from '../../model/acme.ts'
import type { TracingModel } from '../../model/tracing.ts'
import type { GeoModel, SplitModel } from '../../model/client-data.ts'
import type { CharsetMapModel } from '../../model/settings/body-settings.ts'
import type { CodeRef } from '../../model/code.ts'
import type { CachePathModel } from '../../model/cache.ts'
import type { MatchModel } from '../../model/health.ts'
import type { LimitZoneModel } from '../../model/settings/limit-settings.ts'
import type { Pattern } from '../../model/pattern.ts'
import type { Settings } from '../../model/settings.ts'
import type { StreamMatchModel } from '../../model/stream/stream-health.ts'
import type { StreamServerModel } from '../../model/stream/stream.ts'
import type { StreamSettings } from '../../model/stream/stream-settings.ts'
import { readTemplate, type Template } from '../../model/template.ts'
import type { ZoneModel } from '../../model/zone.ts'
import type { ReadAddress, ReadPath } from './addresses.ts'
import { wordPosition, type Statement } from './parser.ts'
import { translatePattern } from './pcre.ts'
import type { Problems } from './problems.ts'

export type Context =
  | 'main'
  | 'events'
  | 'http'
  | 'upstream'
  | 'server'
  | 'location'
  | 'if in server'
  | 'if in location'
  | 'limit_except'
  | 'stream'
  | 'stream server'
  | 'stream upstream'

export type Draft<T> = { -readonly [K in keyof T]: T[K] }

export interface ServerDraft extends Draft<ServerModel> {
  listens: ListenModel[]
  names: ServerName[]
  rewrite: RewriteStep[]
  locations: LocationModel[]
}

export interface LocationDraft extends Draft<LocationModel> {
  rewrite: RewriteStep[]
  locations: LocationModel[]
  exceptions: ExceptionModel[]
}

export interface UpstreamDraft extends Draft<UpstreamModel> {
  servers: ServerLine[]
}

export interface HttpDraft {
  readonly settings: Draft<Partial<Settings>>
  readonly upstreams: UpstreamModel[]
  readonly servers: ServerModel[]
  readonly maps: MapModel[]
  readonly logFormats: LogFormatModel[]
  matches?: MatchModel[]
  strictResolve?: boolean
  limitZones?: LimitZoneModel[]
  geos?: GeoModel[]
  splits?: SplitModel[]
  charsetMaps?: CharsetMapModel[]
  tracing?: TracingModel
  acmeIssuers?: AcmeIssuer[]
  codeVariables?: { readonly variable: string; readonly code: CodeRef }[]
  cachePaths?: readonly CachePathModel[]
}

export interface StreamServerDraft extends Draft<StreamServerModel> {
  listens: ListenModel[]
  names: ServerName[]
  assignments: { variable: string; value: Template }[]
}

export interface StreamDraft {
  readonly settings: Draft<Partial<StreamSettings>>
  readonly upstreams: UpstreamModel[]
  readonly servers: StreamServerModel[]
  readonly maps: MapModel[]
  readonly logFormats: LogFormatModel[]
  geos?: GeoModel[]
  splits?: SplitModel[]
  limitZones?: LimitZoneModel[]
  matches?: StreamMatchModel[]
}

/** A proxy_pass whose upstream is looked up when all of them are known. */
export interface PendingPass {
  readonly pass: { upstream: string }
  readonly address: ReadAddress | ReadPath
  readonly position: Position
}

/** One reading of a configuration: everything that is not bound to a place. */
export interface Reading {
  readonly problems: Problems
  readonly process: Draft<ProcessModel>
  /** null until `http {` (or a fragment of it) is met. */
  http: HttpDraft | null
  /** The same for `stream {`. */
  stream: StreamDraft | null
  /** Made once; a second `http` is a duplicate. */
  readonly main: Place
  readonly positions: Record<string, Position>
  readonly ignored: { readonly name: string; readonly position: Position }[]
  readonly passes: PendingPass[]
  /** Shared memory that directives ask for. */
  readonly zones: ZoneModel[]
  /** Those of `stream`, whose upstreams are others. */
  readonly streamPasses: PendingPass[]
  /** The same pattern stands in thousands of servers of a generated file. */
  readonly patterns: Map<string, Pattern | string>
  readonly hostname: string
  interpret(place: Place, statements: readonly Statement[]): void
}

interface PlaceParts {
  readonly server?: ServerDraft
  readonly match?: LocationMatch
  readonly location?: LocationDraft
  readonly upstream?: UpstreamDraft
  readonly rewrite?: RewriteStep[]
  readonly holder?: { content: ContentModel | null }
  readonly settings?: Draft<Partial<Settings>>
  readonly streamServer?: StreamServerDraft
  readonly streamSettings?: Draft<Partial<StreamSettings>>
}

export class Place {
  readonly kind: Context
  readonly reading: Reading
  /** In the model: `http.servers.0`. */
  readonly path: string
  readonly settings: Draft<Partial<Settings>>
  readonly server: ServerDraft | null
  readonly location: LocationDraft | null
  readonly upstream: UpstreamDraft | null
  /** Where rewrite statements of this level go. */
  readonly rewrite: RewriteStep[]
  /** What gets the content: a server, location, if or limit_except. */
  readonly holder: { content: ContentModel | null }
  readonly streamServer: StreamServerDraft | null
  /** In `stream` the same object as `settings`: what both have is written by the same rows. */
  readonly streamSettings: Draft<Partial<StreamSettings>>
  /** Directives met here that may stand only once. */
  readonly met: Set<string> = new Set()

  constructor(kind: Context, reading: Reading, path: string, parts: PlaceParts = {}) {
    this.kind = kind
    this.reading = reading
    this.path = path
    this.streamSettings = parts.streamSettings ?? {}
    this.streamServer = parts.streamServer ?? null
    this.settings = parts.settings ?? parts.streamSettings ?? {}
    this.server = parts.server ?? null
    this.location = parts.location ?? null
    this.upstream = parts.upstream ?? null
    this.rewrite = parts.rewrite ?? []
    this.holder = parts.holder ?? { content: null }
  }

  get inStream(): boolean {
    return this.kind === 'stream' || this.kind === 'stream server' || this.kind === 'stream upstream'
  }

  /** The part of the model it belongs to, as much of it as both parts have; null: to none. */
  get part(): Omit<StreamDraft, 'settings' | 'servers' | 'matches'> | null {
    return this.inStream ? this.reading.stream : this.reading.http
  }

  /** Says what is wrong with an argument (1, 2, …) or the whole statement (0). */
  fail(statement: Statement, word: number, message: string, remedy?: string): void {
    this.reading.problems.error(wordPosition(statement, word), message, remedy)
  }

  warn(statement: Statement, word: number, message: string, remedy?: string): void {
    this.reading.problems.warn(wordPosition(statement, word), message, remedy)
  }

  /** `"x" directive is duplicate`, and its like. */
  failDirective(statement: Statement, reason: string, remedy?: string): void {
    const word = statement.words.length > 1 && reason !== 'is duplicate' ? 1 : 0
    this.fail(statement, word, `"${statement.words[0]}" directive ${reason}`, remedy)
  }

  /** Remembers that `name` was said here; false, with the problem told, when it was said before. */
  once(statement: Statement, name: string = statement.words[0] ?? ''): boolean {
    if (this.met.has(name)) {
      this.failDirective(statement, 'is duplicate')
      return false
    }
    this.met.add(name)
    return true
  }

  /** Where something in the model was said; `path` is relative to this place. */
  mark(path: string, position: Position): void {
    this.reading.positions[path === '' ? this.path : `${this.path}.${path}`] = position
  }

  put<K extends keyof Settings>(statement: Statement, key: K, value: Settings[K]): void {
    this.settings[key] = value
    this.mark(`settings.${key}`, statement.position)
  }

  /** Adds to a list of this level. The first one makes the list, so that an inherited one is replaced. */
  append<K extends ListKey>(statement: Statement, key: K, value: ListItem<K>): void {
    const list = this.settings[key] as ListItem<K>[] | undefined
    if (list === undefined) {
      this.put(statement, key, [value] as unknown as Settings[K])
      return
    }
    list.push(value)
    this.mark(`settings.${key}.${list.length - 1}`, statement.position)
  }

  /** An argument as a template; null, with the problem told, when it is none. */
  template(statement: Statement, word: number, text: string = statement.words[word] ?? ''): Template | null {
    if (!text.includes('$')) return text === '' ? [] : [text]
    const read = readTemplate(text)
    if (typeof read !== 'string') return read
    const open = /\$\{(\w*)(?![\w}])/.exec(text)
    if (open !== null && open[1] !== '') {
      this.fail(statement, word, `the closing bracket in "${open[1]}" variable is missing`)
    } else
      this.fail(
        statement,
        word,
        'invalid variable name',
        'a "$" starts the name of a variable; there is no way to write a lone one',
      )
    return null
  }

  /** An argument as a regular expression; null, with the problem told, when it is none. */
  pattern(statement: Statement, word: number, text: string, caseless: boolean): Pattern | null {
    const key = `${caseless ? 'i' : ' '}${text}`
    let pattern = this.reading.patterns.get(key)
    if (pattern === undefined) {
      pattern = translatePattern(text, caseless)
      this.reading.patterns.set(key, pattern)
    }
    if (typeof pattern !== 'string') return pattern
    this.fail(statement, word, pattern)
    return null
  }
}

export type ListKey = {
  [K in keyof Settings]: Settings[K] extends readonly unknown[] ? (K extends 'root' ? never : K) : never
}[keyof Settings]

export type ListItem<K extends ListKey> = Settings[K] extends readonly (infer Item)[] ? Item : never
