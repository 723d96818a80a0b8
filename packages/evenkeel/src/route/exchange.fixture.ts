/** Exchanges for tests of this folder and of log/: plain objects, no sockets. */
import { createHash } from 'node:crypto'
import { Exchange, type ClientConnection } from '../exchange/exchange.ts'
import { Fields } from '../exchange/fields.ts'
import { RequestHead, type ResponseHead } from '../exchange/head.ts'
import type { RequestBody } from '../exchange/request-body.ts'
import type { Route } from '../exchange/route.ts'
import type { Sink } from '../exchange/sink.ts'
import { readTemplate, type Template } from '../model/template.ts'
import type { Pattern } from '../model/pattern.ts'
import type { VariablePorts } from './ports.ts'
import { VariableTable } from './variables/variable-table.ts'
import { httpVocabulary } from './variables/variables.ts'

/** 2026-11-22 10:08:32.123 UTC. */
export const NOW: number = Date.UTC(2026, 10, 22, 10, 8, 32, 123)

export function ports(given: Partial<VariablePorts> = {}): VariablePorts {
  let random = 0
  return {
    now: () => NOW,
    // An hour east of Greenwich, whatever the machine that runs the tests says.
    date: ms => new EasternDate(ms),
    random32: () => 0xa0000000 + random++,
    md5: text => createHash('md5').update(text, 'latin1').digest('latin1'),
    hostname: 'box',
    pid: 42,
    prefix: '/etc/keel/',
    realPath: path => (path.startsWith('/missing') ? undefined : '/real' + path),
    connections: () => ({ active: 4, reading: 1, writing: 2, waiting: 1 }),
    ...given,
  }
}

class EasternDate extends Date {
  override getTimezoneOffset = (): number => -60
  override getHours = (): number => (this.getUTCHours() + 1) % 24
  override getMinutes = (): number => this.getUTCMinutes()
  override getSeconds = (): number => this.getUTCSeconds()
  override getDate = (): number => this.getUTCDate()
  override getMonth = (): number => this.getUTCMonth()
  override getFullYear = (): number => this.getUTCFullYear()
}

export function table(given: Partial<VariablePorts> = {}): VariableTable {
  return new VariableTable(ports(given), httpVocabulary)
}

export function template(text: string): Template {
  const read = readTemplate(text)
  if (typeof read === 'string') throw new Error(read)
  return read
}

export function pattern(source: string, caseless = false): Pattern {
  const groups = [...source.matchAll(/\(\?<(\w+)>/g)].map(match => match[1]!)
  return { written: source, source, caseless, groups }
}

/** Fields as they stand after reading: one text with marks. */
export function fields(...lines: readonly string[]): Fields {
  let text = ''
  const marks: number[] = []
  for (const line of lines) {
    const colon = line.indexOf(':')
    marks.push(text.length, text.length + colon, text.length + colon + 2, text.length + line.length)
    text += line + '\r\n'
  }
  return new Fields(text, marks)
}

export interface Asked {
  readonly method?: string
  readonly target?: string
  readonly version?: number
  readonly fields?: readonly string[]
  readonly length?: number
  readonly connection?: Partial<ClientConnection>
  readonly body?: Partial<RequestBody>
  readonly serverName?: string
}

export function exchange(asked: Asked = {}): Exchange {
  const { method = 'GET', target = '/', version = 11, length = 0 } = asked
  const request = new RequestHead(method, target, version, fields(...(asked.fields ?? [])), length, true)
  const query = target.indexOf('?')
  request.path = query < 0 ? target : target.slice(0, query)
  request.query = query < 0 ? '' : target.slice(query + 1)
  request.hasQuery = query >= 0
  const connection: ClientConnection = {
    serial: 7,
    requests: 3,
    openedMs: NOW - 2500,
    remoteAddress: '192.0.2.9',
    remotePort: 50123,
    localAddress: '192.0.2.1',
    localPort: 8080,
    secure: false,
    proxied: null,
    ...asked.connection,
  }
  const body = { length, file: '', collected: true, bytes: () => undefined, ...asked.body } as RequestBody
  const route = { client: { keepaliveHeaderSeconds: 20 } } as Route
  const made = new Exchange(
    connection,
    request,
    { proceed() {} },
    {} as Sink<ResponseHead>,
    body,
    { name: asked.serverName ?? 'first.example' },
    route,
    NOW - 1234,
  )
  made.uri = request.path
  made.args = request.query
  return made
}
