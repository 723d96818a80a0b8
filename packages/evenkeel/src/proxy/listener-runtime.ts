/**
 * The part of a runtime that stands behind one listening address: who serves which name, and what a connection has to
 * keep to before its first request has found a route. A connection keeps the one it began with.
 */
import type { Exchange, ServerInfo } from '../exchange/exchange.ts'
import type { RequestStep, Route } from '../exchange/route.ts'
import type { RequestReader } from '../wire/http1/request-reader.ts'
import type { RequestLoop } from './loop.ts'
import type { Entry } from './entry/arrival.ts'
import type { Http2Rules } from './http2/rules.ts'

/** What a path leads to. */
export type LocationFound =
  | { readonly kind: 'route'; readonly route: Route }
  /** The path is a proxied prefix without its final slash: the client is sent to the one with it. */
  | { readonly kind: 'add-slash'; readonly route: Route }

export interface CompiledServer extends ServerInfo {
  /** For what no location takes, and for requests refused before one was looked for. */
  readonly route: Route
  readonly mergeSlashes: boolean
  /** It has tunnels for who says CONNECT. */
  readonly allowsConnect: boolean
  /** It takes requests of HTTP/2. */
  readonly http2: boolean
  /** Rewrites of the server block itself, before a location is looked for; null: none. */
  readonly rewrite: RequestStep | null
  find(exchange: Exchange): LocationFound
  named(name: string): Route | undefined
}

export interface ListenerRuntime {
  readonly reader: RequestReader
  readonly loop: RequestLoop
  /** null: HTTP/2 is off here. */
  readonly http2: Http2Rules | null
  readonly headerTimeoutMs: number
  readonly defaultServer: CompiledServer
  /** Chooses by host; the groups of a name that is a pattern become variables of the exchange. */
  chooseServer(host: string): CompiledServer
  /** For names that are patterns with groups: stores them. null when no name has any. */
  readonly nameCaptures: ((exchange: Exchange) => void) | null
  /** Connections that began with this runtime, so that it is known when the last one has gone. */
  readonly connections: Set<Served>
  /** Its address if that is a path, `unix:/…`; null: it has a port. */
  readonly unixName: string | null
  /** This runtime is on its way out: answers say `Connection: close`. */
  readonly retiring: boolean
  /** What a connection goes through before its protocol is spoken; null: nothing. */
  readonly entry: Entry | null
}

/**
 * What a connection is at. `silent`: its client has never asked for anything. `session`: bytes of TCP or UDP, or what comes
 * before HTTP.
 */
export type Doing = 'silent' | 'idle' | 'request' | 'tunnel' | 'session'

/** A connection that a runtime waits for before it is gone. */
export interface Served {
  /** Left out: `session`. */
  readonly doing?: Doing
  /** When it ends if nothing more is heard of it, on the worker's wheel: of those that are idle, the first was idle longest. */
  readonly dueMs?: number
  readonly openedMs?: number
  /** Take nothing new: end at once when idle, else after what is under way. */
  drain(): void
  /** There is a newer runtime. One that can't tell its client so goes on until its next answer. */
  retire?(): void
  /** Drop it now. */
  cut(): void
}
