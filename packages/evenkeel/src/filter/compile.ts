/**
 * What the steps of this folder need to have compiled for them.
 *
 * Templates, patterns and variables are route/'s business: it gives this port in, so that a step holds finished
 * functions and knows nothing of how a variable gets its value. Everything here is called while a configuration is
 * compiled, never for a request.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { Route } from '../exchange/route.ts'
import type { Condition, ContentModel } from '../model/model.ts'
import type { Pattern } from '../model/pattern.ts'
import type { Settings } from '../model/settings.ts'
import type { Template } from '../model/template.ts'

export interface Compile {
  text(template: Template): (exchange: Exchange) => string
  /** The text of a template without variables. */
  constant(template: Template): string | undefined
  /** A match leaves its groups in exchange.captures; a miss may leave those of the match before. */
  pattern(pattern: Pattern): CompiledPattern
  /** Every kind but `path`, which looks at files and is compiled here. */
  condition(condition: Exclude<Condition, { kind: 'path' }>): (exchange: Exchange) => boolean
  setVariable(name: string): (exchange: Exchange, value: string) => void
  /** Where a step leaves what the variable of that name shows, and what later steps look for. */
  slot(name: string): Slot
  /** What relative roots are relative to. */
  readonly prefix: string
  /**
   * The route of an `if` block inside the location at hand. It is entered after rewriting, so its steps begin behind
   * rewrite: limits, access, try_files.
   */
  route(settings: Settings, content: ContentModel | null): Route
}

export interface CompiledPattern {
  exec(text: string, exchange: Exchange): boolean
}

/** A value of an exchange; undefined: nobody has set it. */
export interface Slot {
  /** The configuration sets it somewhere. */
  readonly assigned: boolean
  get(exchange: Exchange): string | undefined
  set(exchange: Exchange, value: string): void
}
