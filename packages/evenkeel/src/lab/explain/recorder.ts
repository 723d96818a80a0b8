/**
 * Watches one request on its way through a runtime: every part that decides something tells here what it decided. The
 * parts themselves are those that carry traffic.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { levelNames } from '../../exchange/log-level.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { ErrorLog, ExchangeLog, RequestStep } from '../../exchange/route.ts'
import { isFailure } from '../../exchange/failure.ts'
import type { Compile } from '../../filter/compile.ts'
import type { Condition } from '../../model/model.ts'
import type { ResolvedServer } from '../../model/resolve.ts'
import type { Settings } from '../../model/settings.ts'
import type { Template } from '../../model/template.ts'
import type { CompiledServer } from '../../proxy/listener-runtime.ts'
import { Logs } from '../../worker/logs.ts'
import type { CompiledRoute, RouteSource } from '../../worker/compile/compile-route.ts'
import type { Watch } from '../../worker/watch.ts'
import type { Candidate, Place, Step } from './story.ts'

/** What the recorder asks of who knows the configuration. */
export interface Places {
  locations(server: ResolvedServer, uri: string, winner: Settings | null): readonly Candidate[]
  named(server: ResolvedServer, name: string): Place | null
}

export const SERVES_FILES = 'serves files'

export class Recorder implements Watch {
  readonly steps: Step[] = []
  readonly variables: Record<string, string> = {}
  /** The request's exchange, once it has ended. */
  exchange: Exchange | null = null
  readonly #places: Places
  readonly #sources = new Map<unknown, RouteSource>()
  #uri = ''
  #args = ''
  /** While a value is read for the record, reading it is not recorded. */
  #quiet = false

  constructor(places: Places) {
    this.#places = places
  }

  // === Watch

  compile(compile: Compile): Compile {
    const text = (template: Template): ((exchange: Exchange) => string) => {
      const made = compile.text(template)
      const names = template.flatMap(part => (typeof part === 'object' && 'variable' in part ? [part.variable] : []))
      if (names.length === 0) return made
      const values = names.map(name => [name, compile.text([{ variable: name }])] as const)
      return exchange => {
        if (!this.#quiet) this.#silently(() => values.forEach(([name, value]) => this.#know(name, value(exchange))))
        return made(exchange)
      }
    }
    return {
      ...compile,
      text,
      pattern: pattern => {
        const made = compile.pattern(pattern)
        return {
          exec: (subject, exchange) => {
            this.#moved(exchange)
            const matched = made.exec(subject, exchange)
            this.#step({ kind: 'match', pattern: pattern.written, text: subject, matched })
            return matched
          },
        }
      },
      condition: condition => {
        const made = compile.condition(condition)
        // Its texts are compiled below the port: what it looks at is asked for here.
        const looked = text(condition.value)
        return exchange => {
          looked(exchange)
          const held = made(exchange)
          this.#moved(exchange)
          this.#step({ kind: 'if', condition: conditionText(condition), held })
          return held
        }
      },
      slot: name => {
        const made = compile.slot(name)
        const limit = name === 'limit_req_status' ? 'limit_req' : name === 'limit_conn_status' ? 'limit_conn' : null
        if (limit === null) return made
        return {
          ...made,
          set: (exchange, value) => {
            made.set(exchange, value)
            this.#step({ kind: 'limit', limit, verdict: value })
          },
        }
      },
      setVariable: name => {
        const made = compile.setVariable(name)
        return (exchange, value) => {
          made(exchange, value)
          this.#moved(exchange)
          this.#know(name, value)
          this.#step({ kind: 'set', variable: name, value })
        }
      },
    }
  }

  server(server: CompiledServer, source: ResolvedServer): CompiledServer {
    const { rewrite } = server
    return {
      ...server,
      rewrite: exchange => {
        if (exchange.parent === null) {
          this.#uri = exchange.uri
          this.#args = exchange.args
        }
        return rewrite === null ? undefined : this.#told(exchange, rewrite(exchange))
      },
      find: exchange => {
        this.#moved(exchange)
        const found = server.find(exchange)
        const settings = this.#sources.get(found.route)?.settings ?? null
        const candidates = this.#places.locations(source, exchange.uri, settings)
        this.#step({ kind: 'location', uri: exchange.uri, name: found.route.name, candidates })
        if (found.kind === 'add-slash') {
          this.#step({ kind: 'outcome', outcome: 'redirects to the same path with a slash at its end' })
        }
        return found
      },
      named: name => {
        const found = server.named(name)
        this.#step({ kind: 'named', name, place: this.#places.named(source, name), found: found !== undefined })
        return found
      },
    }
  }

  route(route: CompiledRoute, source: RouteSource): CompiledRoute {
    const { action, errorPage } = route
    const watched: CompiledRoute = {
      ...route,
      steps: route.steps.map(step => this.#watchStep(step)),
      action: exchange => {
        this.#moved(exchange)
        const does = actionText(source)
        this.#step({ kind: 'action', does: exchange.parent === null ? does : `${does}, for a subrequest` })
        return this.#told(exchange, action(exchange))
      },
      errorPage:
        errorPage === null
          ? null
          : (exchange, status) => {
              const outcome = errorPage(exchange, status)
              if (outcome !== undefined) this.#step({ kind: 'error-page', status, outcome: outcomeText(outcome) })
              return outcome
            },
    }
    this.#sources.set(watched, source)
    return watched
  }

  /** What a route was made of. */
  sourceOf(route: unknown): RouteSource | undefined {
    return this.#sources.get(route)
  }

  // === logs

  ended(exchange: Exchange): void {
    if (exchange.parent !== null) return
    this.#moved(exchange)
    this.exchange = exchange
  }

  log(level: number, text: string): void {
    this.#step({ kind: 'log', level: levelNames[level] ?? String(level), text })
  }

  #watchStep(step: RequestStep): RequestStep {
    return exchange => this.#told(exchange, step(exchange))
  }

  #told(exchange: Exchange, outcome: Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
    if (outcome instanceof Promise) return outcome.then(found => this.#told(exchange, found))
    this.#moved(exchange)
    if (outcome !== undefined) this.#step({ kind: 'outcome', outcome: outcomeText(outcome) })
    return outcome
  }

  #moved({ uri, args, parent }: Exchange): void {
    if (this.#quiet || parent !== null) return
    if (uri === this.#uri && args === this.#args) return
    this.#uri = uri
    this.#args = args
    this.#step({ kind: 'uri', uri, args })
  }

  #step(step: Step): void {
    if (!this.#quiet) this.steps.push(step)
  }

  #know(name: string, value: string): void {
    this.variables[name] = value
  }

  #silently(read: () => void): void {
    this.#quiet = true
    read()
    this.#quiet = false
  }
}

/** Logs of a request that is only explained: nothing is opened, everything is told to the recorder. */
export class RecordingLogs extends Logs {
  readonly #log: ErrorLog
  readonly #ended: ExchangeLog

  constructor(recorder: Recorder, ports: ConstructorParameters<typeof Logs>[0]) {
    super(ports)
    const write = (level: number, text: string): void => recorder.log(level, text)
    this.#log = { level: levelNames.length, write, tell: (_, level, text) => write(level, text) }
    this.#ended = exchange => recorder.ended(exchange)
  }

  override get main(): ErrorLog {
    return this.#log
  }

  override errorLog(): ErrorLog {
    return this.#log
  }

  override accessLogs(): readonly ((subject: unknown) => void)[] {
    return [this.#ended as (subject: unknown) => void]
  }
}

function outcomeText(outcome: Exclude<Outcome, undefined>): string {
  if (isFailure(outcome)) return `fails: ${outcome.code}`
  if (outcome.kind === 'reply') return `answers ${outcome.status}`
  const query = outcome.args === undefined || outcome.args === '' ? '' : `?${outcome.args}`
  return `redirects inside to ${outcome.uri}${query}`
}

function actionText({ content }: RouteSource): string {
  if (content === null) return SERVES_FILES
  if (content.kind !== 'proxy') return content.kind
  return `passes to ${content.pass.written}`
}

function conditionText(condition: Exclude<Condition, { kind: 'path' }>): string {
  const value = written(condition.value)
  if (condition.kind === 'set') return value
  const not = condition.negated ? '!' : ''
  if (condition.kind === 'equals') return `${value} ${not}= ${written(condition.text) || '""'}`
  return `${value} ${not}~${condition.pattern.caseless ? '*' : ''} ${condition.pattern.written}`
}

function written(template: Template): string {
  return template
    .map(part => (typeof part === 'string' ? part : 'variable' in part ? `$${part.variable}` : `$${part.capture}`))
    .join('')
}
