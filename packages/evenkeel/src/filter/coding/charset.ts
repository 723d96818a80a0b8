/**
 * charset, source_charset and override_charset: Content-Type tells which charset a text is in, and where a charset_map
 * joins the two, a text in one charset goes out in another.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { ERROR } from '../../exchange/log-level.ts'
import type { BodyFilter } from '../../exchange/route.ts'
import type { Sink, Source } from '../../exchange/sink.ts'
import type { Settings } from '../../model/settings.ts'
import { tableKey, type CharsetTable, type CharsetTables, type Recoder } from './charset-tables.ts'
import type { Compile } from '../compile.ts'
import { PassSink } from '../pass-sink.ts'
import { isSafeValue } from '../fields/safe-value.ts'
import { compileTypes } from './type-set.ts'
import { transformed } from '../fields/validators.ts'

/** What becomes of a response: the charset it is to name, and how its bytes change. null: it stays as it is. */
interface Change {
  readonly charset: string
  readonly table: CharsetTable | null
}

type ChangeOf = (exchange: Exchange, head: ResponseHead) => Change | null

export interface Charset {
  readonly filter: BodyFilter
  applies(exchange: Exchange, head: ResponseHead): boolean
}

/** null: texts go out as they are. `proxied`: servers may choose a charset (X-Accel-Charset). */
export function compileCharset(
  settings: Settings,
  compile: Compile,
  tables: CharsetTables,
  proxied: boolean,
): Charset | null {
  const obeys = proxied && tables.size > 0 && !settings.proxyIgnoreHeaders.includes('X-Accel-Charset')
  if (settings.charset === null && !obeys) return null
  const changeOf = compileChange(settings, compile, tables, obeys)
  return {
    filter: (exchange, next) => new CharsetSink(exchange, next, changeOf),
    applies: (exchange, head) => changeOf(exchange, head)?.table?.sameLength === false,
  }
}

function compileChange(settings: Settings, compile: Compile, tables: CharsetTables, obeys: boolean): ChangeOf {
  const wanted = settings.charset === null ? null : compile.text(settings.charset)
  const assumed = settings.sourceCharset === null ? null : compile.text(settings.sourceCharset)
  const isType = compileTypes(settings.charsetTypes)
  const known = new Set([...tables.keys()].flatMap(key => key.split('>')))

  const destination = (exchange: Exchange, head: ResponseHead, named: string): string | null => {
    const chosen = obeys ? exchange.attempts.at(-1)?.head?.fields.get('X-Accel-Charset') : undefined
    if (chosen !== undefined && chosen !== '') {
      if (known.has(chosen.toLowerCase())) return chosen
      exchange.route.errorLog.tell(exchange, ERROR, `unknown charset "${chosen}" to override`)
      return null
    }
    if (wanted === null || (named === '' ? !isType(head) : !settings.overrideCharset)) return null
    return wanted(exchange)
  }

  return (exchange, head) => {
    const type = head.fields.get('Content-Type')
    if (type === undefined || type === '') return null
    const named = charsetOf(type)
    const charset = destination(exchange, head, named)
    if (charset === null || charset === '' || !isSafeValue(charset)) return null
    const source = named === '' ? (assumed?.(exchange) ?? '') : named
    if (source === '' || source.toLowerCase() === charset.toLowerCase()) return { charset, table: null }
    const table = tables.get(tableKey(source, charset))
    if (table === undefined) {
      const text = `no "charset_map" between the charsets "${source}" and "${charset}"`
      exchange.route.errorLog.tell(exchange, ERROR, text)
      return null
    }
    // What is compressed can't be recoded, and must not be called what it is not.
    const coding = head.fields.get('Content-Encoding')
    return coding === undefined || coding === '' ? { charset, table } : null
  }
}

/** The charset a Content-Type names, without quotes; ''. */
export function charsetOf(type: string): string {
  const match = PARAMETER.exec(type)
  return match === null ? '' : (match[1] ?? match[2] ?? '')
}

const PARAMETER = /;\s*charset=(?:"([^"]*)"|([^;\s]*))/i

class CharsetSink extends PassSink {
  readonly #changeOf: ChangeOf
  #recoder: Recoder | null = null

  constructor(exchange: Exchange, next: Sink<ResponseHead>, changeOf: ChangeOf) {
    super(exchange, next)
    this.#changeOf = changeOf
  }

  override head(head: ResponseHead, source: Source): void {
    const change = this.#changeOf(this.exchange, head)
    if (change !== null) {
      const type = head.fields.get('Content-Type')!.replace(PARAMETER, '')
      // The page a redirect leads to has a charset of its own.
      const elsewhere = head.status === 301 || head.status === 302
      head.fields.set('Content-Type', elsewhere ? type : `${type}; charset=${change.charset}`)
      if (change.table !== null) {
        this.#recoder = change.table.start()
        // A byte for a byte: lengths, ranges and tags stay true.
        if (!change.table.sameLength) transformed(head)
      }
    }
    this.next.head(head, source)
  }

  override body(part: Uint8Array): boolean {
    return this.next.body(this.#recoder === null ? part : this.#recoder.recode(part))
  }

  override end(trailers?: Fields): void {
    const rest = this.#recoder?.rest()
    if (rest !== undefined && rest.length > 0) this.next.body(rest)
    this.next.end(trailers)
  }
}
