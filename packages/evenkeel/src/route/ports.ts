/**
 * What variables need and this folder may not have of its own: clock, randomness, names of the machine, files.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { Settings } from '../model/settings.ts'
import type { Template } from '../model/template.ts'

export interface VariablePorts {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** That instant in the time zone of the machine, which logs are written in. */
  readonly date: (ms: number) => Date
  /** 32 bits, for $request_id. */
  readonly random32: () => number
  /** The MD5 of byte text, as 16 characters. */
  readonly md5: (text: string) => string
  readonly hostname: string
  readonly pid: number
  /** What relative paths of the configuration are relative to; ends in a slash. */
  readonly prefix: string
  /** The path without symbolic links; undefined: there is none such. */
  readonly realPath: (path: string) => string | undefined
  /** For $connections_active and its like. */
  readonly connections: () => ConnectionCounts
}

export interface ConnectionCounts {
  readonly active: number
  readonly reading: number
  readonly writing: number
  readonly waiting: number
}

/** The value of a variable for an exchange; undefined: it has none, which logs tell apart from an empty one. */
export type Evaluator = (exchange: Exchange) => string | undefined

/** The text of a template for an exchange. */
export type TextOf = (exchange: Exchange) => string

/** What variables mean in one location: the settings that some of them show. */
export interface RouteScope {
  /** $proxy_host and $proxy_port, fixed or evaluated; null where nothing is proxied. */
  readonly proxyHost: string | Evaluator | null
  readonly proxyPort: string | Evaluator | null
  readonly root: Template
  readonly alias: Template | null
  /** What `alias` takes the place of: the location's text; null in a location of a pattern. */
  readonly prefix: string | null
  readonly settings: Settings | null
}

/** Outside of locations. */
export const noScope: RouteScope = {
  proxyHost: null,
  proxyPort: null,
  root: ['html'],
  alias: null,
  prefix: null,
  settings: null,
}
