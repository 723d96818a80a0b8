/**
 * `step` and `response_step`: functions of the user between ours.
 *
 * What they throw, and what they answer that is no answer, ends here: it is counted and told, and the request goes the way
 * the configuration says. One that waits is given its time and no more.
 */
import type { CodeUnit, ResponseStep, Step } from '../../exchange/code.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { failure } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import { ERROR } from '../../exchange/log-level.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { HeadStep, RequestStep } from '../../exchange/route.ts'
import type { Source } from '../../exchange/sink.ts'
import type { CodeRef } from '../../model/code.ts'
import type { CodeSettings, StepModel } from '../../model/settings/code-settings.ts'
import { toByteText } from '../../route/byte-text.ts'
import { normalizePath } from '../../route/uri.ts'
import { checkedValue, seeRequest, SeenResponse, SteppedRequest } from './code-request.ts'
import type { VariableByName } from '../subrequests/ssi/ssi.ts'
import type { Alarm, Waits } from '../waits.ts'

export interface CodeStepPorts {
  unit(ref: CodeRef): CodeUnit
  readonly variable: VariableByName
  readonly waits: Waits
}

/** In the order written. */
export function compileCodeSteps({ step }: Pick<CodeSettings, 'step'>, ports: CodeStepPorts): RequestStep[] {
  return step.map(model => compileStep(model, ports))
}

export function compileResponseSteps(
  { responseStep }: Pick<CodeSettings, 'responseStep'>,
  { unit, variable }: CodeStepPorts,
): HeadStep[] {
  return responseStep.map(ref => {
    const guarded = unit(ref)
    const run = guarded.code as ResponseStep
    return (exchange, head) => {
      const request = seeRequest(exchange, variable)
      const entered = guarded.enter()
      try {
        const answer: unknown = run(new SeenResponse(head, request))
        if (isThenable(answer)) {
          answer.then(nothing, nothing)
          throw new TypeError('it answered a promise: the head of a response does not wait')
        }
      } catch (error) {
        guarded.failed(error, teller(exchange))
      } finally {
        guarded.leave(entered)
        request.close()
      }
    }
  })
}

function compileStep({ code, timeoutMs, failure: onFailure }: StepModel, ports: CodeStepPorts): RequestStep {
  const guarded = ports.unit(code)
  const run = guarded.code as Step
  const instead: Outcome = onFailure === 'skip' ? undefined : failure('code_failed')
  return exchange => {
    const request = new SteppedRequest(exchange, ports.variable)
    const entered = guarded.enter()
    try {
      const answer = run(request)
      if (isThenable(answer)) {
        return new Promise(resolve => {
          new Waiting({ exchange, request, guarded, timeoutMs, instead, waits: ports.waits, resolve }).wait(answer)
        })
      }
      request.close()
      return outcomeOf(answer)
    } catch (error) {
      request.close()
      guarded.failed(error, teller(exchange))
      return instead
    } finally {
      guarded.leave(entered)
    }
  }
}

interface WaitingParts {
  readonly exchange: Exchange
  readonly request: SteppedRequest
  readonly guarded: CodeUnit
  readonly timeoutMs: number
  readonly instead: Outcome
  readonly waits: Waits
  readonly resolve: (outcome: Outcome) => void
}

/** An asynchronous step that is waited for. The first of answer, mistake, time and client's end counts. */
class Waiting implements Source {
  readonly #parts: WaitingParts
  readonly #alarm: Alarm
  #over = false

  constructor(parts: WaitingParts) {
    this.#parts = parts
    this.#alarm = parts.waits.alarm(() => {
      const { guarded, timeoutMs, exchange, instead } = parts
      guarded.timedOut(timeoutMs, teller(exchange))
      this.#end(instead, true)
    })
  }

  wait(answer: PromiseLike<unknown>): void {
    const { exchange, timeoutMs, guarded, instead } = this.#parts
    exchange.work = this
    this.#alarm.set(timeoutMs)
    const fail = (error: unknown): void => {
      if (this.#over) return
      guarded.failed(error, teller(exchange))
      this.#end(instead, false)
    }
    answer.then(value => {
      if (this.#over) return
      let outcome: Outcome
      try {
        outcome = outcomeOf(value)
      } catch (error) {
        return fail(error)
      }
      this.#end(outcome, false)
    }, fail)
  }

  pause(): void {}

  resume(): void {}

  /** The client has left. */
  cancel(): void {
    this.#over = true
    this.#alarm.off()
    this.#parts.request.close(true)
  }

  #end(outcome: Outcome, cut: boolean): void {
    const { exchange, request, resolve } = this.#parts
    this.#over = true
    this.#alarm.off()
    request.close(cut)
    if (exchange.work === this) exchange.work = null
    resolve(outcome)
  }
}

/** Throws what is no answer. */
function outcomeOf(answer: unknown): Outcome {
  if (answer === undefined) return undefined
  if (typeof answer !== 'object' || answer === null)
    throw new TypeError(`it answered ${answer === null ? 'null' : typeof answer}`)
  const { status, body, type, headers, redirect } = answer as Readonly<Record<string, unknown>>
  if (redirect !== undefined) return redirectTo(redirect)
  if (!Number.isInteger(status) || (status as number) < 200 || (status as number) > 599)
    throw new RangeError(`it answered a status of ${String(status)}`)
  if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array))
    throw new TypeError('it answered a body that is neither text nor bytes')
  const fields = new Fields()
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (name.toLowerCase() === 'content-type') throw new TypeError('Content-Type is said as "type"')
    fields.add(name, checkedValue(name, value as string))
  }
  return {
    kind: 'reply',
    status: status as number,
    fields,
    ...(body === undefined && (status as number) >= 300 ? {} : { body: bytesOf(body ?? '') }),
    ...(body === undefined ? {} : { type: checkedValue('Content-Type', (type as string | undefined) ?? PLAIN) }),
  }
}

const PLAIN = 'text/plain; charset=utf-8'

function redirectTo(written: unknown): Outcome {
  if (typeof written !== 'string' || !/^[/@]/.test(written))
    throw new TypeError(`it redirects to ${String(written)}, which is neither a path nor a @name`)
  if (written.startsWith('@')) return { kind: 'redirect', uri: toByteText(written) }
  const [path = '', ...rest] = toByteText(written).split('?')
  const uri = normalizePath(path, true)
  if (uri === null) throw new TypeError(`it redirects to "${written}", which is no path`)
  return rest.length === 0 ? { kind: 'redirect', uri } : { kind: 'redirect', uri, args: rest.join('?') }
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? new TextEncoder().encode(body) : body
}

function teller(exchange: Exchange): (text: string) => void {
  return text => exchange.route.errorLog.tell(exchange, ERROR, text)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

function nothing(): void {}
