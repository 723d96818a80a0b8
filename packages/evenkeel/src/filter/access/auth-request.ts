/**
 * `auth_request`: a request inside is asked whether this one may pass. 2xx: it may; 401 and 403 are told the client, a
 * 401 with the challenges it came with; anything else is 500.
 *
 * The subrequest gets no body: the client's is not read for a question that may end in no.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { failures, type Failure } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import { ERROR } from '../../exchange/log-level.ts'
import type { Reply } from '../../exchange/outcome.ts'
import type { Subrequests } from '../../exchange/subrequest.ts'
import type { Settings } from '../../model/settings.ts'
import type { Compile } from '../compile.ts'
import { DrainSink } from '../subrequests/drain-sink.ts'

export type AuthVerdict = 'granted' | Reply

/** One way to satisfy; null: nobody is asked. */
export function compileAuthRequest(
  settings: Pick<Settings, 'authRequest' | 'authRequestSet'>,
  compile: Compile,
  subrequests: Subrequests,
): ((exchange: Exchange) => Promise<AuthVerdict>) | null {
  const uri = settings.authRequest
  if (uri === null) return null
  const sets = settings.authRequestSet.map(({ variable, value }) => ({
    set: compile.setVariable(variable),
    text: compile.text(value),
  }))
  return exchange =>
    new Promise(resolve => {
      const answer = new Answer(exchange, child => {
        exchange.work = null
        if (child !== null) for (const { set, text } of sets) set(exchange, text(child))
        resolve(child === null ? { kind: 'reply', status: 500 } : answer.verdict(child))
      })
      const child = subrequests.open(exchange, { uri, args: '' }, answer)
      if (child === null) return resolve({ kind: 'reply', status: 500 })
      answer.child = child.exchange
      exchange.work = child
      child.start()
    })
}

class Answer extends DrainSink {
  child: Exchange | null = null
  readonly #exchange: Exchange
  readonly #told: (child: Exchange | null) => void

  constructor(exchange: Exchange, told: (child: Exchange | null) => void) {
    super()
    this.#exchange = exchange
    this.#told = told
  }

  /** A body that has not come with its head is not worth keeping the client waiting for. */
  override flush(): void {
    if (this.response !== null) this.stop()
  }

  protected override done(problem: Failure | null): void {
    if (problem !== null) this.#tell(`auth request failed: ${failures[problem.code].text}`)
    this.#told(problem === null || this.child!.status === 444 ? this.child : null)
  }

  verdict(child: Exchange): AuthVerdict {
    const { status } = child
    if (status >= 200 && status < 300) return 'granted'
    if (status === 401) {
      const fields = new Fields()
      for (const value of this.response!.fields.getAll('WWW-Authenticate')) fields.add('WWW-Authenticate', value)
      return { kind: 'reply', status, fields }
    }
    // 444 closes the connection without an answer, whoever says it.
    if (status === 403 || status === 444) return { kind: 'reply', status }
    this.#tell(`auth request unexpected status: ${status}`)
    return { kind: 'reply', status: 500 }
  }

  #tell(text: string): void {
    this.#exchange.route.errorLog.tell(this.#exchange, ERROR, text)
  }
}
