/**
 * A response with its SSI commands carried out while it streams through.
 *
 * Commands are carried out in the order in which they stand. Includes run beside each other, as far as the Assembly
 * lets them; one that has to be waited for (`wait`, `set`, `file`) holds the reading of the page until it has ended, and
 * so does a line that is full. What of a part could not be read by then is kept, and the sender slowed.
 */
import type { Exchange } from '../../../exchange/exchange.ts'
import type { Failure } from '../../../exchange/failure.ts'
import type { Fields } from '../../../exchange/fields.ts'
import { hasBody, type ResponseHead } from '../../../exchange/head.ts'
import { ERROR } from '../../../exchange/log-level.ts'
import { settledSource, type Sink, type Source } from '../../../exchange/sink.ts'
import { readInternalUri } from '../../../route/uri-escape.ts'
import { Assembly, type AssemblyOwner } from '../assembly.ts'
import type { Piece, PieceOptions } from '../assembly-piece.ts'
import { PassSink } from '../../pass-sink.ts'
import { transformed } from '../../fields/validators.ts'
import { isCommand, readParams, writeCommand, type CommandName, type Params } from './commands.ts'
import { DEFAULT_FORMAT, dateText } from './date-text.ts'
import { test } from './expression.ts'
import type { SsiMemory } from './memory.ts'
import { SsiScanner, type ScanTarget, type SsiCommand } from './scanner.ts'
import { appliesTo, type SsiSettings } from './ssi.ts'
import { encode, evaluate, isEncoding, type Encoding } from './values.ts'

const DEFAULT_ERROR = '[an error occurred while processing the directive]'

export class SsiSink extends PassSink implements AssemblyOwner, ScanTarget {
  readonly #settings: SsiSettings
  #memory: SsiMemory | null = null
  /** null: the response is none of our business. */
  #assembly: Assembly | null = null
  readonly #scanner: SsiScanner
  /** Parts that wait for `#awaited`, or for room in the line. */
  #pending: Uint8Array[] = []
  #reading = false
  #ending = false
  #trailers: Fields | undefined
  #awaited: Piece | null = null
  /** The variable that gets the response that is awaited. */
  #target: string | null = null
  #taken = true

  // as the commands of this response have it
  #encoding: Encoding = 'entity'
  #errorText = DEFAULT_ERROR
  #timeFormat = DEFAULT_FORMAT
  /** '' outside of a condition, else the last of its commands. */
  #condition: '' | 'if' | 'else' = ''
  /** A branch of the condition at hand was chosen. */
  #chosen = false
  #shown = true
  #inBlock = false

  constructor(exchange: Exchange, next: Sink<ResponseHead>, settings: SsiSettings) {
    super(exchange, next)
    this.#settings = settings
    this.#scanner = new SsiScanner(this, settings.valueLength)
  }

  override head(head: ResponseHead, source: Source): void {
    const settings = this.#settings
    if (!appliesTo(settings, head)) return this.next.head(head, source)
    transformed(head)
    if (!settings.lastModified) {
      head.fields.remove('Last-Modified')
      head.fields.remove('ETag')
    }
    if (!hasBody(head.status, this.exchange.method)) return this.next.head(head, source)
    this.#begin()
    this.#assembly!.head(head, source)
  }

  /** For text that is no response of its own: begins without a head. */
  begin(head: ResponseHead): void {
    this.#begin()
    this.#assembly!.head(head, settledSource)
  }

  override body(part: Uint8Array): boolean {
    if (this.#assembly === null) return this.next.body(part)
    if (this.#pending.length > 0 || this.#reading || this.#stopped) {
      this.#pending.push(Uint8Array.from(part))
      this.#assembly.wait()
      return false
    }
    this.#taken = true
    this.#read(part)
    return this.#taken
  }

  override flush(): void {
    if (this.#assembly === null) this.next.flush()
    else this.#assembly.flush()
  }

  override end(trailers?: Fields): void {
    if (this.#assembly === null) return this.next.end(trailers)
    this.#ending = true
    this.#trailers = trailers
    this.#goOn()
  }

  override abort(problem: Failure): void {
    if (this.#assembly === null) this.next.abort(problem)
    else this.#assembly.abort(problem)
  }

  // === AssemblyOwner

  moved(): void {
    const awaited = this.#awaited
    if (awaited !== null) {
      if (!awaited.over) return
      this.#awaited = null
      if (this.#target !== null) this.#set(this.#target, awaited.text ?? '')
      this.#target = null
    }
    this.#goOn()
  }

  // === ScanTarget

  text(part: Uint8Array): void {
    if (this.#shown) this.#write(part)
    else if (this.#inBlock) this.#keep(Buffer.from(part.buffer, part.byteOffset, part.length).toString('latin1'))
  }

  // === reading

  get #stopped(): boolean {
    return this.#awaited !== null || this.#assembly!.full
  }

  #begin(): void {
    this.#memory = this.#settings.memory(this.exchange)
    this.#assembly = new Assembly(this.exchange, this.next, this.#settings.subrequests, this)
  }

  #goOn(): void {
    // Commands that are carried out may end subrequests at once, and those tell us to go on.
    if (this.#reading || this.#assembly!.over) return
    while (this.#pending.length > 0 && !this.#stopped) this.#read(this.#pending.shift()!)
    if (!this.#ending || this.#pending.length > 0 || this.#stopped || this.#assembly!.over) return
    this.#ending = false
    this.#scanner.end()
    this.#assembly!.end(this.#trailers)
  }

  #read(part: Uint8Array): void {
    const assembly = this.#assembly!
    this.#reading = true
    let at = 0
    while (at < part.length && !assembly.over) {
      at = this.#scanner.read(part, at)
      const { found } = this.#scanner
      if (found === null) break
      const problem = 'problem' in found ? found.problem : this.#command(found)
      if (problem !== null) this.#fail(problem)
      if (!this.#stopped) continue
      if (at < part.length) this.#pending.unshift(Uint8Array.from(part.subarray(at)))
      this.#taken = false
      assembly.wait()
      break
    }
    this.#reading = false
  }

  #write(part: Uint8Array): void {
    if (!this.#assembly!.write(part)) this.#taken = false
  }

  #say(text: string): void {
    if (text !== '') this.#write(Buffer.from(text, 'latin1'))
  }

  #keep(text: string): void {
    if (!this.#memory!.addToBlock(text)) this.#tell('SSI blocks are too large')
  }

  // === commands; each answers what is wrong, or null

  #command(command: SsiCommand): string | null {
    const { name } = command
    if (!isCommand(name)) return this.#shown ? `invalid SSI command: "${name}"` : null
    const conditional = name === 'elif' || name === 'else' || name === 'endif'
    if (!this.#shown && name !== 'endblock') {
      if (this.#inBlock) {
        this.#keep(writeCommand(command))
        return null
      }
      if (!conditional) return null
    }
    if (conditional && (this.#condition === '' || (this.#condition === 'else' && name !== 'endif'))) {
      return `invalid context of SSI command: "${name}"`
    }
    const params = readParams(name, command)
    return typeof params === 'string' ? params : this.#run(name, params)
  }

  #run(name: CommandName, params: Params): string | null {
    switch (name) {
      case 'include':
        return this.#include(params)
      case 'echo':
        return this.#echo(params)
      case 'config':
        this.#timeFormat = params.get('timefmt') ?? this.#timeFormat
        this.#errorText = params.get('errmsg') ?? this.#errorText
        return null
      case 'set': {
        const value = evaluate(params.get('value')!, this.#lookup)
        if (typeof value === 'string') return value
        this.#set(params.get('var')!.toLowerCase(), value.text)
        return null
      }
      case 'if':
        if (this.#condition !== '') return 'the "if" command inside the "if" command'
        return this.#if(params)
      case 'elif':
        return this.#if(params)
      case 'else':
        this.#shown = !this.#chosen
        this.#condition = 'else'
        return null
      case 'endif':
        this.#shown = true
        this.#chosen = false
        this.#condition = ''
        return null
      case 'block':
        if (!this.#memory!.beginBlock(params.get('name')!)) return 'SSI blocks are too large'
        this.#shown = false
        this.#inBlock = true
        return null
      case 'endblock':
        this.#shown = true
        this.#inBlock = false
        return null
    }
  }

  #if(params: Params): string | null {
    if (this.#chosen) {
      this.#shown = false
      return null
    }
    const holds = test(params.get('expr')!, this.#lookup, this.#memory!)
    if (typeof holds === 'string') return holds
    this.#shown = this.#chosen = holds
    this.#condition = 'if'
    return null
  }

  #echo(params: Params): string | null {
    const value = this.#lookup(params.get('var')!.toLowerCase()) ?? params.get('default') ?? '(none)'
    if (value === '') return null
    const encoding = params.get('encoding')
    if (encoding !== undefined) {
      if (isEncoding(encoding)) this.#encoding = encoding
      else this.#tell(`unknown encoding "${encoding}" in the "echo" command`)
    }
    this.#say(encode(value, this.#encoding))
    return null
  }

  #include(params: Params): string | null {
    const virtual = params.get('virtual')
    const file = params.get('file')
    const target = params.get('set')
    const wait = params.get('wait')
    if (virtual !== undefined && file !== undefined)
      return `inclusion may be either virtual="${virtual}" or file="${file}"`
    const written = virtual ?? file
    if (written === undefined) return 'no parameter in "include" SSI command'
    const stub = params.get('stub')
    if (target !== undefined && stub !== undefined)
      return '"set" and "stub" cannot be used together in "include" SSI command'
    if (wait !== undefined && file !== undefined) return `"wait" cannot be used with file="${file}"`
    if (wait !== undefined && !/^(?:yes|no)$/i.test(wait)) return `invalid value "${wait}" in the "wait" parameter`
    const waits = file !== undefined || target !== undefined || wait?.toLowerCase() === 'yes'

    const value = evaluate(written, this.#lookup)
    if (typeof value === 'string') return value
    const { uri: own } = this.exchange
    const path = value.text.startsWith('/') ? value.text : own.slice(0, own.lastIndexOf('/') + 1) + value.text
    const to = readInternalUri(path)
    if (to === null) return `unsafe URI "${path}" was detected`
    const options = this.#options(target, stub)
    if (typeof options === 'string') return options
    const piece = this.#assembly!.include({ uri: to.uri, args: to.args, body: true }, options)
    if (piece === null) return 'the subrequest could not be made'
    if (!waits) return null
    this.#awaited = piece
    this.#target = target?.toLowerCase() ?? null
    if (piece.over) this.moved()
    return null
  }

  #options(target: string | undefined, stub: string | undefined): PieceOptions | string {
    if (target !== undefined) return { keep: this.#settings.keptLength }
    if (stub === undefined) return {}
    const text = this.#memory!.block(stub)
    if (text === undefined) return `"stub"="${stub}" for "include" not found`
    return { stub: sink => this.#settings.stub(this.exchange, text, sink) }
  }

  // === variables

  readonly #lookup = (name: string): string | undefined => {
    const own = this.#memory!.get(name)
    if (own !== undefined) return own
    if (name === 'date_gmt' || name === 'date_local') {
      return dateText(this.#settings.now(), this.#timeFormat, name === 'date_gmt')
    }
    return this.#settings.variable(name, this.exchange)
  }

  #set(name: string, value: string): void {
    if (!this.#memory!.set(name, value)) this.#tell('SSI variables are too large')
  }

  #fail(problem: string): void {
    this.#tell(problem)
    if (!this.#settings.silentErrors && !this.#inBlock) this.#say(this.#errorText)
  }

  #tell(text: string): void {
    this.exchange.route.errorLog.tell(this.exchange, ERROR, text)
  }
}
