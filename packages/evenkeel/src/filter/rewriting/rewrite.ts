/**
 * `set`, `if`, `return`, `rewrite` and `break`, compiled to one step that runs them in the order written.
 *
 * What the loop has to know:
 * - In a location, a program that changed the URI without saying `break` answers a Redirect with `rewritten`: the
 *   location is looked for again, the server's rewrites are not. The loop counts these with the other redirects; that
 *   is nginx's limit of ten cycles. `rewrite … break` sets exchange.rewritten instead and the request stays here.
 * - In a server there is nothing to go back to: the location is looked for afterwards in any case. So its program only
 *   changes the URI, and `last`, `break` and no flag differ in nothing but where the program ends.
 * - An `if` that holds inside a location puts another Route into exchange.route. That route's steps begin behind
 *   rewriting; the loop, finding the route changed when this step answers undefined, goes on with the first of them.
 *   The rest of the program still runs. The `if` that held last wins, one without settings of its own too, and
 *   try_files is not handed down into it: both known traps of nginx that configurations rely on.
 * - `return 444` is a Reply of status 444: close without an answer.
 * - Replies with a body are final; error_page looks only at those without.
 */
import type { Outcome } from '../../exchange/outcome.ts'
import type { RequestStep } from '../../exchange/route.ts'
import type { ResolvedStep } from '../../model/resolve.ts'
import type { Settings } from '../../model/settings.ts'
import { ERROR } from '../../exchange/log-level.ts'
import { unescapeRedirect } from '../../route/uri-escape.ts'
import type { Compile } from '../compile.ts'
import { compileContentType } from '../files/content-type.ts'
import { compileLocationField, isRedirect, redirectReply } from '../fields/location-field.ts'
import { compileQuotingText, isUrl, readReplacement } from './replacement.ts'
import { fullPath } from '../files/path-test.ts'
import { DONE, execute, Run, type Answers, type Operation } from './rewrite-program.ts'

/** The program of a server block; null: it has none. */
export function compileServerRewrite(
  steps: readonly ResolvedStep[],
  settings: Settings,
  compile: Compile,
): RequestStep | null {
  return compileProgram(steps, settings, compile, false, serverResult)
}

/** The program of a location; null: it has none. */
export function compileLocationRewrite(
  steps: readonly ResolvedStep[],
  settings: Settings,
  compile: Compile,
): RequestStep | null {
  return compileProgram(steps, settings, compile, true, locationResult)
}

function compileProgram(
  steps: readonly ResolvedStep[],
  settings: Settings,
  compile: Compile,
  inLocation: boolean,
  result: (run: Run) => Outcome,
): RequestStep | null {
  if (steps.length === 0) return null
  const program: Operation[] = []
  for (const step of steps) append(program, step, compile, inLocation)
  const answers = compileAnswers(settings)
  return exchange => {
    const run = execute(program, new Run(exchange, answers))
    return run instanceof Run ? result(run) : run.then(result)
  }
}

function serverResult(run: Run): Outcome {
  return run.outcome
}

function locationResult(run: Run): Outcome {
  const { outcome, moved, exchange } = run
  if (outcome !== undefined || !moved) return outcome
  return { kind: 'redirect', uri: exchange.uri, args: exchange.args, rewritten: true }
}

function compileAnswers(settings: Settings): Answers {
  return { typeOf: compileContentType(settings), locationOf: compileLocationField(settings) }
}

function append(program: Operation[], step: ResolvedStep, compile: Compile, inLocation: boolean): void {
  switch (step.kind) {
    case 'set':
      return void program.push(compileSet(step, compile))
    case 'return':
      return void program.push(compileReturn(step, compile))
    case 'rewrite':
      return void program.push(compileRewrite(step, compile))
    case 'break':
      return void program.push({ kind: 'do', run: stay })
    case 'if':
      appendIf(program, step, compile, inLocation)
  }
}

function compileSet(step: Extract<ResolvedStep, { kind: 'set' }>, compile: Compile): Operation {
  const text = compileQuotingText(step.value, compile)
  const set = compile.setVariable(step.variable)
  return {
    kind: 'do',
    run(run, at) {
      set(run.exchange, text(run.exchange, run.quote))
      return at + 1
    },
  }
}

function compileReturn(step: Extract<ResolvedStep, { kind: 'return' }>, compile: Compile): Operation {
  const { status } = step
  const text = step.text === null ? null : compile.text(step.text)
  return {
    kind: 'do',
    run(run) {
      const { exchange, answers } = run
      if (text === null && status >= 400) run.outcome = { kind: 'reply', status }
      else {
        const value = text === null ? '' : text(exchange)
        run.outcome = isRedirect(status)
          ? redirectReply(status, answers.locationOf(exchange, value))
          : { kind: 'reply', status, body: value, type: answers.typeOf(exchange.uri) }
      }
      return DONE
    },
  }
}

function compileRewrite(step: Extract<ResolvedStep, { kind: 'rewrite' }>, compile: Compile): Operation {
  const pattern = compile.pattern(step.pattern)
  const { path, args, keepArgs } = readReplacement(step.replacement)
  const pathText = compileQuotingText(path, compile)
  const argsText = args === null ? null : compileQuotingText(args, compile)
  const redirect = isUrl(step.replacement) || step.flag === 'redirect' || step.flag === 'permanent'
  const status = step.flag === 'permanent' ? 301 : 302
  const last = step.flag !== null
  const stays = step.flag === 'break'

  return {
    kind: 'do',
    run(run, at) {
      const { exchange } = run
      if (!pattern.exec(exchange.uri, exchange)) {
        // A miss leaves no groups, not even those the location's own pattern had.
        exchange.captures = null
        return at + 1
      }
      run.quote = false
      exchange.internal = true
      exchange.uriChanged = true

      if (redirect) {
        const own = argsText === null ? '' : `?${argsText(exchange, true)}`
        let url = unescapeRedirect(pathText(exchange, true) + own)
        if (keepArgs && exchange.args !== '') url += (argsText === null ? '?' : '&') + exchange.args
        run.outcome = redirectReply(status, run.answers.locationOf(exchange, url))
        return DONE
      }

      // Both texts before either is stored: each may name what the other replaces.
      const uri = pathText(exchange, false)
      const own = argsText === null ? null : argsText(exchange, true)
      if (own !== null) exchange.args = keepArgs && exchange.args !== '' ? `${own}&${exchange.args}` : own
      else if (!keepArgs) exchange.args = ''
      if (uri === '') {
        exchange.route.errorLog.tell(exchange, ERROR, 'the rewritten URI has a zero length')
        run.outcome = { kind: 'reply', status: 500 }
        return DONE
      }
      exchange.uri = uri
      run.moved = !stays
      if (stays) exchange.rewritten = true
      return last ? DONE : at + 1
    },
  }
}

/** `break`: the request goes on in this location, wherever its URI would lead now. */
function stay(run: Run): number {
  if (run.moved) run.exchange.rewritten = true
  run.moved = false
  return DONE
}

function appendIf(
  program: Operation[],
  step: Extract<ResolvedStep, { kind: 'if' }>,
  compile: Compile,
  inLocation: boolean,
): void {
  const { condition } = step
  const jump: { otherwise: number } = appendTest()
  if (inLocation) program.push(compileEnter(step, compile))
  for (const inner of step.steps) append(program, inner, compile, inLocation)
  jump.otherwise = program.length

  function appendTest(): { otherwise: number } {
    if (condition.kind === 'path') {
      const { test, negated } = condition
      const text = compile.text(condition.path)
      const path: typeof text = exchange => fullPath(text(exchange), compile.prefix)
      const look = { kind: 'look' as const, path, test, negated, otherwise: DONE }
      program.push(look)
      return look
    }
    const holds = compile.condition(condition)
    const target = { otherwise: DONE }
    program.push({ kind: 'do', run: (run, at) => (holds(run.exchange) ? at + 1 : target.otherwise) })
    return target
  }
}

function compileEnter(step: Extract<ResolvedStep, { kind: 'if' }>, compile: Compile): Operation {
  const settings: Settings = { ...step.settings, tryFiles: null }
  const route = compile.route(settings, step.content)
  const answers = compileAnswers(settings)
  return {
    kind: 'do',
    run(run, at) {
      run.exchange.route = route
      run.answers = answers
      return at + 1
    },
  }
}
