/**
 * An exchange for tests, with a Sink that records what is answered and a Compile port with a handful of variables.
 */
import { Exchange } from '../exchange/exchange.ts'
import type { Failure } from '../exchange/failure.ts'
import { Fields } from '../exchange/fields.ts'
import { RequestHead, type ResponseHead } from '../exchange/head.ts'
import type { Outcome } from '../exchange/outcome.ts'
import type { RequestBody } from '../exchange/request-body.ts'
import type { Route } from '../exchange/route.ts'
import { settledSource, type Sink, type Source } from '../exchange/sink.ts'
import type { Condition } from '../model/model.ts'
import type { Pattern } from '../model/pattern.ts'
import { readTemplate, type Template } from '../model/template.ts'
import type { Compile, CompiledPattern } from './compile.ts'

export interface Asked {
  method?: string
  /** As on the request line; the decoded path and the arguments are read from it. */
  target?: string
  fields?: Readonly<Record<string, string>>
  version?: number
  host?: string
  secure?: boolean
  localPort?: number
  remoteAddress?: string
}

/** Keeps what a response is made of; `settled` is fulfilled when it ends, is aborted, or the loop is told an outcome. */
export class RecordingSink implements Sink<ResponseHead> {
  response: ResponseHead | null = null
  source: Source | null = null
  readonly parts: Buffer[] = []
  trailers: Fields | undefined
  ended = false
  failure: Failure | null = null
  outcome: Outcome = undefined
  /** What body() answers, and what is done on the way. */
  onBody: (part: Uint8Array) => boolean = () => true
  readonly settled: Promise<void>
  readonly settle: () => void

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.settled = promise
    this.settle = resolve
  }

  get text(): string {
    return Buffer.concat(this.parts).toString('latin1')
  }

  interim(): void {}

  head(head: ResponseHead, source: Source): void {
    this.response = head
    this.source = source
  }

  body(part: Uint8Array): boolean {
    this.parts.push(Buffer.from(part))
    return this.onBody(part)
  }

  flush(): void {}

  end(trailers?: Fields): void {
    this.trailers = trailers
    this.ended = true
    this.settle()
  }

  abort(failure: Failure): void {
    this.failure = failure
    this.settle()
  }
}

export interface TestExchange {
  readonly exchange: Exchange
  readonly sink: RecordingSink
  /** Lines of the error log. */
  readonly log: string[]
}

export function makeExchange(asked: Asked = {}): TestExchange {
  const { method = 'GET', target = '/', version = 11, host = 'example.org', secure = false } = asked
  const fields = new Fields()
  for (const [name, value] of Object.entries(asked.fields ?? {})) fields.add(name, value)
  const request = new RequestHead(method, target, version, fields, 0, true)
  const [rawPath = '', rawQuery = ''] = target.split('?')
  request.path = rawPath
  request.query = rawQuery
  request.host = host
  request.authority = host
  const remoteAddress = asked.remoteAddress ?? '192.0.2.7'
  const connection = {
    serial: 1,
    requests: 1,
    openedMs: 0,
    remoteAddress,
    remotePort: 40000,
    localAddress: '192.0.2.1',
    localPort: asked.localPort ?? 80,
    secure,
    proxied: null,
  }
  const sink = new RecordingSink()
  const log: string[] = []
  const loop = {
    proceed(_: Exchange, outcome: Outcome): void {
      sink.outcome = outcome
      sink.settle()
    },
  }
  const route = makeRoute('/', log)
  const exchange = new Exchange(connection, request, loop, sink, noBody, { name: 'first.example' }, route, 0)
  exchange.uri = Buffer.from(decodeURIComponent(rawPath), 'utf8').toString('latin1')
  exchange.args = rawQuery
  exchange.host = host
  return { exchange, sink, log }
}

export function makeRoute(name: string, log: string[] = []): Route {
  return {
    name,
    internal: false,
    client: {} as Route['client'],
    steps: [],
    subrequestSteps: [],
    action: () => undefined,
    headSteps: [],
    bodyFilters: [],
    subrequestFilters: [],
    errorPage: null,
    recursiveErrorPages: false,
    logs: [],
    subrequestLogs: [],
    postAction: null,
    errorLog: { level: 8, write: (_, text) => void log.push(text), tell: (_, __, text) => void log.push(text) },
  }
}

/** `$uri`, `$args`, `$host`, `$scheme`, `$arg_NAME`, groups, and whatever `set` stored. */
export function makeCompile(prefix = '/nowhere'): Compile & { routes: Route[] } {
  const variables = new Map<string, string>()
  const slots = new WeakMap<Exchange, Map<string, string>>()
  const routes: Route[] = []
  const lookup = (exchange: Exchange, name: string): string => {
    if (name === 'uri') return exchange.uri
    if (name === 'args') return exchange.args
    if (name === 'host') return exchange.host
    if (name === 'scheme') return exchange.connection.secure ? 'https' : 'http'
    if (name.startsWith('arg_')) return decodeURIComponent(new URLSearchParams(exchange.args).get(name.slice(4)) ?? '')
    return variables.get(name) ?? ''
  }
  const text = (template: Template) => (exchange: Exchange) =>
    template
      .map(part =>
        typeof part === 'string'
          ? part
          : 'variable' in part
            ? lookup(exchange, part.variable)
            : (exchange.captures?.[part.capture] ?? ''),
      )
      .join('')
  const pattern = ({ source, caseless }: Pattern): CompiledPattern => {
    const expression = new RegExp(source, caseless ? 'i' : '')
    return {
      exec(subject, exchange) {
        exchange.captures = expression.exec(subject)
        return exchange.captures !== null
      },
    }
  }
  return {
    prefix,
    routes,
    text,
    constant: template => (template.every(part => typeof part === 'string') ? template.join('') : undefined),
    pattern,
    condition(condition: Condition) {
      if (condition.kind === 'path') throw new Error('paths are not looked at here')
      const value = text(condition.value)
      if (condition.kind === 'set') return exchange => value(exchange) !== '' && value(exchange) !== '0'
      if (condition.kind === 'equals') {
        const other = text(condition.text)
        return exchange => (value(exchange) === other(exchange)) !== condition.negated
      }
      const compiled = pattern(condition.pattern)
      return exchange => compiled.exec(value(exchange), exchange) !== condition.negated
    },
    slot: name => ({
      assigned: variables.has(name),
      get: exchange => slots.get(exchange)?.get(name),
      set(exchange, value) {
        if (!slots.has(exchange)) slots.set(exchange, new Map())
        slots.get(exchange)!.set(name, value)
      },
    }),
    setVariable: name => (_, value) => void variables.set(name, value),
    route() {
      const route = makeRoute(`if ${routes.length}`)
      routes.push(route)
      return route
    },
  }
}

export function template(text: string): Template {
  const read = readTemplate(text)
  if (typeof read === 'string') throw new Error(read)
  return read
}

export function pattern(source: string, caseless = false): Pattern {
  return { written: source, source, caseless, groups: [] }
}

const noBody: RequestBody = {
  length: 0,
  collected: true,
  spent: false,
  file: '',
  collect: done => done(null),
  sendTo: () => settledSource,
  bytes: () => undefined,
  discard: () => {},
}
