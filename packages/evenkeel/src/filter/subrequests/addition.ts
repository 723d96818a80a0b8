/**
 * `add_before_body` and `add_after_body`: the responses of other locations before and behind one of ours.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import { hasBody, type ResponseHead } from '../../exchange/head.ts'
import type { BodyFilter } from '../../exchange/route.ts'
import type { Sink, Source } from '../../exchange/sink.ts'
import type { Subrequests } from '../../exchange/subrequest.ts'
import type { Settings } from '../../model/settings.ts'
import { Assembly } from './assembly.ts'
import { PassSink } from '../pass-sink.ts'
import { transformed } from '../fields/validators.ts'
import { compileTypes, type TypeTest } from '../coding/type-set.ts'

/** null: nothing is added. */
export function compileAddition(
  settings: Pick<Settings, 'addBeforeBody' | 'addAfterBody' | 'additionTypes'>,
  subrequests: Subrequests,
): { readonly filter: BodyFilter; applies(exchange: Exchange, head: ResponseHead): boolean } | null {
  const { addBeforeBody: before, addAfterBody: after } = settings
  if (before === null && after === null) return null
  const additions = { before, after, types: compileTypes(settings.additionTypes), subrequests }
  return {
    filter: (exchange, next) => new AdditionSink(exchange, next, additions),
    applies: (_, head) => applies(additions, head),
  }
}

interface Additions {
  readonly before: string | null
  readonly after: string | null
  readonly types: TypeTest
  readonly subrequests: Subrequests
}

function applies({ types }: Additions, head: ResponseHead): boolean {
  return head.status === 200 && types(head)
}

class AdditionSink extends PassSink {
  readonly #additions: Additions
  /** null: the response is none of our business. */
  #assembly: Assembly | null = null

  constructor(exchange: Exchange, next: Sink<ResponseHead>, additions: Additions) {
    super(exchange, next)
    this.#additions = additions
  }

  override head(head: ResponseHead, source: Source): void {
    const { before, subrequests } = this.#additions
    if (!applies(this.#additions, head)) return this.next.head(head, source)
    transformed(head)
    if (!hasBody(head.status, this.exchange.request.method)) return this.next.head(head, source)
    this.#assembly = new Assembly(this.exchange, this.next, subrequests)
    this.#assembly.head(head, source)
    this.#add(before)
  }

  override body(part: Uint8Array): boolean {
    return this.#assembly === null ? this.next.body(part) : this.#assembly.write(part)
  }

  override flush(): void {
    if (this.#assembly === null) this.next.flush()
    else this.#assembly.flush()
  }

  override end(trailers?: Fields): void {
    if (this.#assembly === null) return this.next.end(trailers)
    this.#add(this.#additions.after)
    this.#assembly.end(trailers)
  }

  override abort(problem: Failure): void {
    if (this.#assembly === null) this.next.abort(problem)
    else this.#assembly.abort(problem)
  }

  /** Without its additions the response is not whole. */
  #add(uri: string | null): void {
    const assembly = this.#assembly!
    if (uri === null || assembly.over) return
    if (assembly.include({ uri, args: '', body: true }) === null) assembly.pieceFailed(failure('internal'))
  }
}
