/**
 * `mirror`: a copy of each request goes to another location, whose answer nobody sees.
 *
 * It is sent when the request is, and goes on by itself: it neither slows the request nor keeps its connection. With
 * mirror_request_body the client's body is read whole before either is sent, as both send it.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { RequestStep } from '../../exchange/route.ts'
import type { Subrequests } from '../../exchange/subrequest.ts'
import type { Settings } from '../../model/settings.ts'
import { DrainSink } from './drain-sink.ts'

/** null: nothing is mirrored. */
export function compileMirror(
  settings: Pick<Settings, 'mirror' | 'mirrorRequestBody'>,
  subrequests: Subrequests,
): RequestStep | null {
  const { mirror, mirrorRequestBody } = settings
  if (mirror.length === 0) return null

  const send = (exchange: Exchange): Outcome => {
    const { args, method } = exchange
    for (const uri of mirror) {
      const ask = { uri, args, method, body: mirrorRequestBody, detached: true }
      subrequests.open(exchange, ask, new Dropped())?.start()
    }
    return undefined
  }

  return exchange => {
    const { body } = exchange
    if (!mirrorRequestBody || body.length === 0 || body.collected) return send(exchange)
    return new Promise(resolve => body.collect(problem => resolve(problem ?? send(exchange))))
  }
}

class Dropped extends DrainSink {
  protected override done(): void {}
}
