/**
 * The life of an exchange inside, as one loop: find the route, run its steps, let its action answer; and round again
 * for redirects inside, rewrites and error pages.
 *
 * Everything that goes round comes back here as a value (exchange/outcome.ts); nothing calls up. Steps that answer at
 * once cost a call; only those that return a promise are awaited.
 */
import type { Exchange } from '../exchange/exchange.ts'
import { failure, failures, isFailure, type Failure } from '../exchange/failure.ts'
import { Fields } from '../exchange/fields.ts'
import { ResponseHead, type RequestHead } from '../exchange/head.ts'
import { INFO } from '../exchange/log-level.ts'
import type { Outcome, Redirect, Reply } from '../exchange/outcome.ts'
import type { Loop, RequestStep, Route } from '../exchange/route.ts'
import { settledSource } from '../exchange/sink.ts'
import { normalizePath } from '../route/uri.ts'
import type { CompiledServer } from './listener-runtime.ts'
import { noBody } from './body/no-body.ts'
import type { ReplyPages } from './reply-pages.ts'
import { RETRY_AFTER, type Strain } from './strain.ts'

/** Internal redirects an exchange may take, as in nginx: a configuration that needs more goes in circles. */
const MAX_REDIRECTS = 10

/** Our own answers after which a connection is not kept: the rest of what was sent can't be trusted (nginx has the same list). */
const CLOSING: ReadonlySet<number> = new Set([400, 413, 414, 494, 495, 496, 497, 500, 501])

type Settled = Exclude<Outcome, undefined>

export class RequestLoop implements Loop {
  readonly #pages: ReplyPages
  readonly #strain: Strain

  constructor(pages: ReplyPages, strain: Strain) {
    this.#pages = pages
    this.#strain = strain
  }

  /** A request head was read: everything follows from here. */
  start(exchange: Exchange, server: CompiledServer): void {
    const { request } = exchange
    exchange.host = request.host === '' ? server.name : request.host
    if (this.#strain.shedding) return this.proceed(exchange, failure('overloaded'))
    const uri = normalizePath(request.path, server.mergeSlashes)
    if (request.method === 'TRACE' || (request.method === 'CONNECT' && !mayConnect(request, server))) {
      return this.#reject(exchange, 'unsupported_method')
    }
    if (uri === null) return this.#reject(exchange, 'malformed_request')
    exchange.uri = uri
    exchange.args = request.query
    const outcome = server.rewrite === null ? undefined : server.rewrite(exchange)
    if (outcome instanceof Promise) this.#await(exchange, outcome, found => this.#rewritten(exchange, server, found))
    else this.#rewritten(exchange, server, outcome)
  }

  /** A subrequest: as after a redirect inside, without anything having gone before. */
  startInside(exchange: Exchange, uri: string): void {
    const next = this.#goTo(exchange, uri, false)
    if (next !== undefined) this.proceed(exchange, next)
  }

  /** A subrequest whose route is known, with what its parent was rewritten to. */
  startAction(exchange: Exchange, route: Route): void {
    const { parent } = exchange
    if (parent !== null) {
      exchange.uriChanged = parent.uriChanged
      exchange.rewritten = parent.rewritten
      exchange.captures = parent.captures
    }
    const next = this.#act(exchange, route)
    if (next !== undefined) this.proceed(exchange, next)
  }

  /** An action, or a connection, says how it ended. */
  proceed(exchange: Exchange, outcome: Settled): void {
    let next: Outcome = outcome
    while (next !== undefined && !exchange.ended) {
      if (isFailure(next)) next = this.#failed(exchange, next)
      else if (next.kind === 'reply') next = this.#reply(exchange, next)
      else next = this.#redirect(exchange, next)
    }
  }

  #reject(exchange: Exchange, code: 'unsupported_method' | 'malformed_request'): void {
    exchange.keep = false
    this.proceed(exchange, failure(code))
  }

  #rewritten(exchange: Exchange, server: CompiledServer, outcome: Outcome): void {
    const next = outcome === undefined ? this.#locate(exchange, server) : outcome
    if (next !== undefined) this.proceed(exchange, next)
  }

  #locate(exchange: Exchange, server: CompiledServer): Outcome {
    const found = server.find(exchange)
    if (found.kind === 'add-slash') {
      exchange.route = found.route
      return this.#pages.addSlash(exchange)
    }
    return this.#enter(exchange, found.route)
  }

  #enter(exchange: Exchange, route: Route): Outcome {
    exchange.route = route
    if (route.internal && !exchange.internal) return { kind: 'reply', status: 404 }
    const { maxBodySize } = route.client
    if (maxBodySize > 0 && exchange.request.length > maxBodySize && !exchange.internal) {
      return failure('body_too_large', `${exchange.request.length} bytes`)
    }
    return this.#steps(exchange, route, 0)
  }

  #steps(exchange: Exchange, route: Route, from: number): Outcome {
    let steps = stepsOf(exchange, route)
    for (let i = from; i < steps.length; i++) {
      const outcome = steps[i]!(exchange)
      if (outcome instanceof Promise) {
        const next = i + 1
        this.#await(exchange, outcome, found => {
          const after: Outcome = found ?? this.#resume(exchange, route, next)
          if (after !== undefined) this.proceed(exchange, after)
        })
        return undefined
      }
      if (outcome !== undefined) return outcome
      if (exchange.route !== route) {
        // An `if` block took over: its route begins behind rewriting.
        route = exchange.route
        steps = stepsOf(exchange, route)
        i = -1
      }
    }
    return this.#act(exchange, route)
  }

  #resume(exchange: Exchange, route: Route, from: number): Outcome {
    return exchange.route === route ? this.#steps(exchange, route, from) : this.#steps(exchange, exchange.route, 0)
  }

  #act(exchange: Exchange, route: Route): Outcome {
    this.#filter(exchange, route)
    const outcome = route.action(exchange)
    if (!(outcome instanceof Promise)) return outcome
    this.#await(exchange, outcome, found => {
      if (found !== undefined) this.proceed(exchange, found)
    })
    return undefined
  }

  /** Puts the route's filters before the client; those of an answer that was begun elsewhere are gone. */
  #filter(exchange: Exchange, route: Route): void {
    exchange.reply = exchange.client
    const filters = exchange.parent === null ? route.bodyFilters : route.subrequestFilters
    for (let i = 0; i < filters.length; i++) exchange.reply = filters[i]!(exchange, exchange.reply)
  }

  #await(exchange: Exchange, outcome: Promise<Outcome>, then: (outcome: Outcome) => void): void {
    const carryOn = (found: Outcome): void => {
      // The client may have left while a step waited.
      if (!exchange.ended) then(found)
    }
    outcome.then(carryOn).catch((cause: unknown) => {
      if (!exchange.ended) this.proceed(exchange, failure('internal', cause))
    })
  }

  #failed(exchange: Exchange, problem: Failure): Outcome {
    const { status, side } = failures[problem.code]
    exchange.failure = problem
    exchange.work = null
    if (side === 'client') this.#tell(exchange, problem)
    if (status === 0 || status === 408 || status === 499) {
      exchange.status = status
      exchange.reply.abort(problem)
      return undefined
    }
    if (problem.code === 'overloaded') return this.#sendAway(exchange, status)
    return { kind: 'reply', status }
  }

  /** Nothing but the built-in page: whatever else may be configured for its status is work, too. */
  #sendAway(exchange: Exchange, status: number): Outcome {
    this.#strain.shed++
    exchange.keep = false
    const fields = new Fields()
    fields.add('Retry-After', RETRY_AFTER)
    this.#send(exchange, this.#pages.page(exchange, { kind: 'reply', status, fields }))
    return undefined
  }

  #redirect(exchange: Exchange, to: Redirect): Outcome {
    if (++exchange.redirects > MAX_REDIRECTS) {
      exchange.failure = failure('too_many_redirects')
      exchange.redirects = 0
      exchange.inErrorPage = true
      return { kind: 'reply', status: 500 }
    }
    if (to.method !== undefined) exchange.method = to.method
    if (to.status !== undefined) exchange.statusOverride = to.status
    exchange.work = null
    exchange.uriChanged = true
    exchange.internal = true
    exchange.rewritten = false
    exchange.belowAlias = false
    // What was sent on as it came can't be sent again: whoever answers from here on has no body, as in nginx; $request_body still tells it.
    if (exchange.body.spent) {
      const bytes = exchange.body.bytes()
      exchange.body.discard()
      exchange.body = bytes === undefined ? noBody : { ...noBody, bytes: () => bytes }
    }
    if (to.args !== undefined && !to.uri.startsWith('@')) exchange.args = to.args
    return this.#goTo(exchange, to.uri, to.rewritten === true)
  }

  #goTo(exchange: Exchange, uri: string, rewritten: boolean): Outcome {
    const server = exchange.server as CompiledServer
    if (uri.startsWith('@')) {
      const route = server.named(uri)
      return route === undefined ? { kind: 'reply', status: 500 } : this.#enter(exchange, route)
    }
    exchange.uri = uri
    const outcome = server.rewrite === null || rewritten ? undefined : server.rewrite(exchange)
    if (outcome instanceof Promise) {
      this.#await(exchange, outcome, found => this.#rewritten(exchange, server, found))
      return undefined
    }
    return outcome ?? this.#locate(exchange, server)
  }

  #reply(exchange: Exchange, reply: Reply): Outcome {
    const { route } = exchange
    const { status } = reply
    if (status === 444) {
      exchange.status = 444
      exchange.reply.abort(failure('shutdown'))
      return undefined
    }
    if (CLOSING.has(status)) exchange.keep = false
    if (status >= 300 && reply.body === undefined && route.errorPage !== null) {
      const page = this.#errorPage(exchange, route, status)
      if (page !== undefined) return page
    }
    this.#send(exchange, reply.body === undefined ? this.#pages.page(exchange, reply) : reply)
    return undefined
  }

  #errorPage(exchange: Exchange, route: Route, status: number): Outcome {
    if (exchange.inErrorPage && !route.recursiveErrorPages) return undefined
    const page = route.errorPage!(exchange, status)
    if (page === undefined) return undefined
    exchange.inErrorPage = true
    return page
  }

  #send(exchange: Exchange, reply: Reply): void {
    const fields = reply.fields ?? new Fields()
    const { body = '', status } = reply
    const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body
    const head = new ResponseHead(status, fields, bytes.length)
    if (reply.type !== undefined && reply.type !== null && bytes.length > 0)
      fields.before.push('Content-Type', reply.type)
    this.#filter(exchange, exchange.route)
    const { reply: sink } = exchange
    sink.head(head, settledSource)
    sink.body(bytes)
    sink.end()
  }

  #tell(exchange: Exchange, problem: Failure): void {
    const cause = typeof problem.cause === 'string' ? `: ${problem.cause}` : ''
    exchange.route.errorLog.tell(exchange, INFO, failures[problem.code].text + cause)
  }
}

function stepsOf(exchange: Exchange, route: Route): readonly RequestStep[] {
  return exchange.parent === null ? route.steps : route.subrequestSteps
}

/** HTTP/1.0 has no tunnels (nginx answers the same). */
function mayConnect(request: RequestHead, server: CompiledServer): boolean {
  return server.allowsConnect && request.version >= 11
}
