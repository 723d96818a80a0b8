/** How one exchange's heads are passed on: the request to a link, and the response's head as the client gets it. */
import type { Exchange } from '../../exchange/exchange.ts'
import { ResponseHead, type RequestHead } from '../../exchange/head.ts'
import { settledSource } from '../../exchange/sink.ts'
import type { ForwardSettings } from './forward-settings.ts'
import type { OriginLink, ResponseReceiver } from './origin-link.ts'

export function sendRequest(
  exchange: Exchange,
  request: RequestHead,
  settings: ForwardSettings,
  link: OriginLink,
  receiver: ResponseReceiver,
): void {
  link.begin(receiver, settings.origin)
  link.head(request, settledSource)
  if (settings.setBody !== null) {
    link.body(Buffer.from(settings.setBody(exchange), 'latin1'))
    link.end()
  } else if (exchange.body.length === 0 || !settings.passBody) link.end()
  else {
    const { throughBody } = settings
    const sink = throughBody === null ? link : throughBody(exchange, link)
    link.requestFrom(exchange.body.sendTo(sink))
    // A body that is still to come must not keep the head waiting.
    link.flush()
  }
}

/** Without what is hidden from clients. */
export function answerOf(head: ResponseHead, settings: ForwardSettings): ResponseHead {
  const answer = new ResponseHead(head.status, head.fields.overlay(settings.hiddenFields), head.length, head.reason)
  answer.addServer = settings.addServer
  answer.addDate = settings.addDate
  return answer
}
