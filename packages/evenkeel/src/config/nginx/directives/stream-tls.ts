/** TLS of `stream`: what http has no directive for. The others are the same rows (see in-stream.ts). */
import { ANY, row, takeFlag, type Directive } from '../table.ts'
import { readMilliseconds } from '../values.ts'
import { inStream, once, put, scalar } from './stream-proxy.ts'

export const streamTlsDirectives: readonly Directive[] = [
  scalar(
    'ssl_handshake_timeout',
    'time',
    '60s',
    'How long a client may take for its handshake.',
    readMilliseconds,
    'sslHandshakeTimeout',
  ),
  {
    ...row('ssl_alpn', inStream, 'protocol ...', null, 'Protocols that clients may agree on (ALPN), the best first.'),
    arguments: [1, ANY],
    apply(place, statement) {
      if (!once(place, statement, 'sslAlpn')) return
      const protocols = statement.words.slice(1)
      const long = protocols.findIndex(one => one.length > MOST_BYTES || one === '')
      if (long >= 0) return place.fail(statement, long + 1, 'a protocol has 1 to 255 bytes')
      put(place, statement, 'sslAlpn', protocols)
    },
  },
  {
    ...row('proxy_ssl', inStream, 'on | off', 'off', 'TLS is spoken with servers.'),
    apply(place, statement) {
      const on = once(place, statement, 'proxySsl') ? takeFlag(place, statement) : null
      if (on !== null) put(place, statement, 'proxySsl', on)
    },
  },
  {
    ...row('proxy_ssl_alpn', inStream, 'protocol ...', null, 'Protocols offered to servers (ALPN), the best first.'),
    arguments: [1, ANY],
    apply(place, statement) {
      if (!once(place, statement, 'proxySslAlpn')) return
      const protocols = statement.words.slice(1).map((_, index) => place.template(statement, index + 1))
      if (!protocols.includes(null))
        put(
          place,
          statement,
          'proxySslAlpn',
          protocols.filter(one => one !== null),
        )
    },
  },
]

/** Its length is one byte. */
const MOST_BYTES = 255
