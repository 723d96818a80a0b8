/** Variables about the response, and how the exchange went. */
import type { Exchange } from '../../exchange/exchange.ts'
import { FieldName, fieldValue } from '../field-value.ts'
import { plain, type FamilyMaker, type VariableMaker } from './variable-maker.ts'

export const responseVariables: Readonly<Record<string, VariableMaker>> = {
  status: plain(exchange => {
    const { status } = exchange
    return status >= 100 ? '' + status : String(status).padStart(3, '0')
  }),
  bytes_sent: plain(exchange => String(exchange.bytesSent)),
  body_bytes_sent: plain(exchange => String(exchange.bodyBytesSent)),
  request_completion: plain(exchange => (exchange.completed ? 'OK' : '')),
  // Ours: why it failed, in one word of the table of failures.
  failure: plain(exchange => exchange.failure?.code ?? exchange.attempts.at(-1)?.failure?.code),
  gzip_ratio: plain(({ compressed }) => {
    if (compressed === null || compressed.to === 0) return undefined
    return (Math.round((compressed.from * 100) / compressed.to) / 100).toFixed(2)
  }),
  sent_http_content_length: plain(({ head }) => (head === null ? undefined : length(head.length))),
  sent_http_connection: plain(sentConnection),
  sent_http_keep_alive: plain(exchange => {
    const seconds = exchange.head !== null && exchange.keep ? exchange.route.client.keepaliveHeaderSeconds : 0
    return seconds > 0 ? 'timeout=' + seconds : undefined
  }),
  sent_http_transfer_encoding: plain(({ head }) => (head?.chunked === true ? 'chunked' : undefined)),
}

export const responseFamilies: Readonly<Record<string, FamilyMaker>> = {
  sent_http_: name => {
    const field = new FieldName(name)
    return ({ head }) => (head === null ? undefined : fieldValue(head.fields, field, ', '))
  },
  sent_trailer_: name => {
    const field = new FieldName(name)
    return ({ trailers }) => (trailers === null ? undefined : fieldValue(trailers, field, ', '))
  },
}

function sentConnection(exchange: Exchange): string {
  if (exchange.head?.status === 101) return 'upgrade'
  return exchange.keep ? 'keep-alive' : 'close'
}

function length(value: number): string | undefined {
  return value < 0 ? undefined : String(value)
}
