/**
 * `explain`: what became of a request and why, kept for a while under its $request_id, and told in the response to those
 * who ask for it. For development, or for one location for an hour: each request is written down.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { ExchangeLog, HeadStep } from '../exchange/route.ts'
import type { ExplainSettings } from '../model/settings/explain-settings.ts'
import { fromByteText } from '../route/byte-text.ts'
import type { VariableByName } from './subrequests/ssi/ssi.ts'

/** A server that could have got the request, as it is when that is told. */
export interface StoryPeer {
  readonly server: string
  readonly weight: number
  readonly backup: boolean
  readonly active: number
  readonly fails: number
  /** Down, or taken out. */
  readonly out: boolean
}

export interface ExplainPorts {
  readonly variable: VariableByName
  nowMs(): number
  /** Those of an upstream, with the method that chooses among them; undefined: there is none of that name. */
  upstream(name: string): { readonly method: string; readonly peers: readonly StoryPeer[] } | undefined
  keep(id: string, story: Readonly<Record<string, unknown>>): void
}

export interface CompiledExplain {
  readonly log: ExchangeLog
  readonly headSteps: readonly HeadStep[]
}

const FIELD = 'X-Evenkeel-Explain'
/** Larger heads are refused by clients. */
const LONGEST = 4000

/** null: nothing is written down. */
export function compileExplain({ explain }: ExplainSettings, ports: ExplainPorts): CompiledExplain | null {
  if (explain === 'off') return null
  const id = (exchange: Exchange): string => ports.variable('request_id', exchange) ?? ''
  return {
    log: exchange => {
      if (exchange.parent === null) ports.keep(id(exchange), { id: id(exchange), ...tell(exchange, ports, true) })
    },
    headSteps:
      explain === 'on'
        ? []
        : [
            (exchange, head) => {
              if (exchange.parent !== null || exchange.request.fields.get(FIELD) === undefined) return
              const story = { id: id(exchange), ...tell(exchange, ports, false), status: head.status }
              const text = inAscii(JSON.stringify(story))
              // With hundreds of servers the API has all of it.
              const short =
                text.length > LONGEST ? inAscii(JSON.stringify({ id: story.id, status: head.status })) : text
              head.fields.set(FIELD, short)
            },
          ],
  }
}

function tell(exchange: Exchange, ports: ExplainPorts, over: boolean): Readonly<Record<string, unknown>> {
  const { request, attempts, cache, failure, redirects } = exchange
  const text = (value: string): string => fromByteText(value)
  const limit = (name: string): Readonly<Record<string, string>> => {
    const value = ports.variable(name, exchange)
    return value === undefined || value === '' ? {} : { [name.replace('_status', '')]: value }
  }
  return {
    time: new Date(exchange.startedMs).toISOString(),
    client: exchange.remoteAddress,
    request: `${request.method} ${text(request.target)}`,
    host: text(exchange.host),
    server: text(exchange.server.name),
    location: text(exchange.route.name),
    ...(exchange.uriChanged ? { uri: text(exchange.uri), args: text(exchange.args) } : {}),
    ...(redirects > 0 ? { redirects } : {}),
    ...limit('limit_req_status'),
    ...limit('limit_conn_status'),
    ...(cache === null ? {} : { cache: cache.status === '' ? 'not looked at' : cache.status }),
    ...(exchange.upstream === '' ? {} : { upstream: tellUpstream(exchange, ports) }),
    ...(attempts.length === 0 ? {} : { attempts: attempts.map(tellAttempt) }),
    ...(failure === null ? {} : { failure: failure.code }),
    ...(over
      ? { status: exchange.status, bytes_sent: exchange.bytesSent, time_ms: ports.nowMs() - exchange.startedMs }
      : {}),
  }
}

function tellUpstream({ upstream, attempts }: Exchange, ports: ExplainPorts): Readonly<Record<string, unknown>> {
  const found = ports.upstream(upstream)
  const chosen = attempts.map(({ address }) => address)
  const candidates = found?.peers.map(({ server, weight, backup, active, fails, out }) => ({
    server,
    ...(chosen.includes(server) ? { attempt: chosen.flatMap((one, at) => (one === server ? [at + 1] : [])) } : {}),
    weight,
    ...(backup ? { backup } : {}),
    active,
    ...(fails > 0 ? { fails } : {}),
    ...(out ? { out } : {}),
  }))
  return { name: upstream, ...(found === undefined ? {} : { method: found.method, candidates }) }
}

function tellAttempt(attempt: Exchange['attempts'][number]): Readonly<Record<string, unknown>> {
  const { address, status, reused, connectMs, headerMs, responseMs, failure } = attempt
  return {
    server: address,
    status,
    reused,
    ...(connectMs < 0 ? {} : { connect_ms: connectMs }),
    ...(headerMs < 0 ? {} : { header_ms: headerMs }),
    ...(responseMs < 0 ? {} : { response_ms: responseMs }),
    ...(failure === null ? {} : { failure: failure.code }),
  }
}

/** JSON that any header line can hold. */
function inAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
