/**
 * Directives that stand in nearly every nginx.conf at http level, Debian's own included, and that tune what is not here
 * yet without changing what an answer says: compression, and how TLS would be spoken. Refusing them would keep
 * configurations from running that need neither; so they are accepted with a warning. `listen … ssl` itself is refused.
 */
import { ANY, everywhere, row, serverUp, type Directive } from '../table.ts'

const COMPRESSION =
  'gzip gzip_buffers gzip_comp_level gzip_disable gzip_hash gzip_http_version gzip_min_length gzip_no_buffer gzip_proxied gzip_types gzip_vary gzip_window'
const TLS_TUNING =
  'ssl_buffer_size ssl_ciphers ssl_dhparam ssl_ecdh_curve ssl_prefer_server_ciphers ssl_protocols ssl_session_cache ssl_session_ticket_key ssl_session_tickets ssl_session_timeout'

export const waivedDirectives: readonly Directive[] = [
  ...COMPRESSION.split(' ').map((name): Directive => ({
    ...row(name, everywhere, '...', null, 'Accepted with a warning: answers are not compressed yet.'),
    arguments: [1, ANY],
    apply(place, statement) {
      const off = statement.words[1] === 'off'
      if (name === 'gzip' && !off) {
        place.warn(statement, 0, '"gzip" has no effect yet, answers are not compressed')
      }
    },
  })),
  ...TLS_TUNING.split(' ').map((name): Directive => ({
    ...row(name, serverUp, '...', null, 'Accepted; has no meaning until evenkeel speaks TLS.'),
    arguments: [1, ANY],
    apply: (place, statement) => {
      place.reading.ignored.push({ name, position: statement.position })
    },
  })),
]
