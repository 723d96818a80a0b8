/**
 * Directives that stand in nearly every nginx.conf at http level, Debian's own included, and that tune what is not here
 * yet without changing what an answer says. Refusing them would keep configurations from running that do not need it; so
 * they are accepted with a warning.
 */
import { ANY, everywhere, row, type Directive } from '../table.ts'

const COMPRESSION =
  'gzip gzip_buffers gzip_comp_level gzip_disable gzip_hash gzip_http_version gzip_min_length gzip_no_buffer gzip_proxied gzip_types gzip_vary gzip_window'

export const waivedDirectives: readonly Directive[] = COMPRESSION.split(' ').map((name): Directive => ({
  ...row(name, everywhere, '...', null, 'Accepted with a warning: answers are not compressed yet.'),
  arguments: [1, ANY],
  apply(place, statement) {
    const off = statement.words[1] === 'off'
    if (name === 'gzip' && !off) {
      place.warn(statement, 0, '"gzip" has no effect yet, answers are not compressed')
    }
  },
}))
