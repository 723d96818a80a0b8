/**
 * `ssi`: commands in a page that say what to put in their place. What of it is common to all responses of a location.
 */
import type { Exchange } from '../../../exchange/exchange.ts'
import { Fields } from '../../../exchange/fields.ts'
import { ResponseHead, UNKNOWN_LENGTH } from '../../../exchange/head.ts'
import type { BodyFilter } from '../../../exchange/route.ts'
import type { Sink } from '../../../exchange/sink.ts'
import { mainOf, type Subrequests } from '../../../exchange/subrequest.ts'
import type { Settings } from '../../../model/settings.ts'
import { compileTypes, type TypeTest } from '../../coding/type-set.ts'
import { SsiMemory } from './memory.ts'
import { SsiSink } from './ssi-sink.ts'

/** The value of a variable by a name that a page may have thought up; undefined: there is no such variable, or value. */
export type VariableByName = (name: string, exchange: Exchange) => string | undefined

/** What the commands of each client's request remember, as long as the request lives. One for a runtime. */
export type SsiMemories = WeakMap<Exchange, SsiMemory>

export interface SsiPorts {
  readonly subrequests: Subrequests
  readonly memories: SsiMemories
  readonly variable: VariableByName
  /** Milliseconds since the epoch. */
  now(): number
}

export interface SsiSettings {
  readonly types: TypeTest
  readonly silentErrors: boolean
  readonly lastModified: boolean
  readonly valueLength: number
  /** Bytes of a response that a variable takes. */
  readonly keptLength: number
  readonly subrequests: Subrequests
  readonly variable: VariableByName
  memory(exchange: Exchange): SsiMemory
  /** Writes a block that stands for a response into the place of that. */
  stub(exchange: Exchange, text: string, sink: Sink<ResponseHead>): void
  now(): number
}

/** null: pages are sent as they are. */
export function compileSsi(
  settings: Settings,
  ports: SsiPorts,
): { readonly filter: BodyFilter; applies(exchange: Exchange, head: ResponseHead): boolean } | null {
  if (!settings.ssi) return null
  const { subrequests, memories, variable, now } = ports
  const ssi: SsiSettings = {
    types: compileTypes(settings.ssiTypes),
    silentErrors: settings.ssiSilentErrors,
    lastModified: settings.ssiLastModified,
    valueLength: settings.ssiValueLength,
    keptLength: settings.subrequestOutputBufferSize,
    subrequests,
    variable,
    now,
    memory(exchange) {
      const main = mainOf(exchange)
      let memory = memories.get(main)
      if (memory === undefined) memories.set(main, (memory = new SsiMemory()))
      return memory
    },
    stub(exchange, text, sink) {
      const page = new SsiSink(exchange, sink, ssi)
      page.begin(new ResponseHead(200, new Fields(), UNKNOWN_LENGTH))
      page.body(Buffer.from(text, 'latin1'))
      page.end()
    },
  }
  return {
    filter: (exchange, next) => new SsiSink(exchange, next, ssi),
    applies: (_, head) => appliesTo(ssi, head),
  }
}

export function appliesTo({ types }: SsiSettings, head: ResponseHead): boolean {
  return head.length !== 0 && types(head)
}
