/** How requests are forwarded. Where to is in proxy-pass.ts, rules for fields of responses in proxy-rules.ts. */
import type { NextUpstreamCondition } from '../../../model/settings.ts'
import {
  ANY,
  everywhere,
  flag,
  mask,
  milliseconds,
  number,
  once,
  row,
  size,
  template,
  type Directive,
} from '../table.ts'
import { isIpv4, isIpv6, readAddress } from '../addresses.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { buffers, path } from './client.ts'

export const CONDITIONS: readonly NextUpstreamCondition[] = [
  'error',
  'timeout',
  'invalid_header',
  'http_500',
  'http_502',
  'http_503',
  'http_504',
  'http_403',
  'http_404',
  'http_429',
  'non_idempotent',
  'off',
]

const IGNORABLE = [
  'X-Accel-Redirect',
  'X-Accel-Expires',
  'X-Accel-Limit-Rate',
  'X-Accel-Buffering',
  'X-Accel-Charset',
  'Expires',
  'Cache-Control',
  'Set-Cookie',
  'Vary',
]

export const proxyDirectives: readonly Directive[] = [
  milliseconds('proxy_connect_timeout', 'proxyConnectTimeout', '60s', 'Time to connect to a server.'),
  milliseconds('proxy_send_timeout', 'proxySendTimeout', '60s', 'Time between two writes to a server.'),
  milliseconds('proxy_read_timeout', 'proxyReadTimeout', '60s', 'Time between two reads from a server.'),
  {
    ...row('proxy_http_version', everywhere, '1.0 | 1.1 | 2', '1.1', 'HTTP version spoken to servers.'),
    apply: (place, statement) => {
      if (!once(place, statement, 'proxyHttpVersion')) return
      const written = statement.words[1] ?? ''
      if (written === '1.0' || written === '1.1' || written === '2') place.put(statement, 'proxyHttpVersion', written)
      else place.fail(statement, 1, `invalid value "${written}"`, 'it may be 1.0, 1.1 or 2')
    },
  },
  flag('proxy_buffering', 'proxyBuffering', 'on', 'Whether a response is read ahead of a slow client.'),
  flag(
    'proxy_request_buffering',
    'proxyRequestBuffering',
    'on',
    'Whether a request body is read whole before it is forwarded.',
  ),
  size('proxy_buffer_size', 'proxyBufferSize', '4k', 'Largest response head.'),
  buffers('proxy_buffers', 'proxyBuffers', '8 4k', 'How much of a response is read ahead in memory.'),
  {
    ...row(
      'proxy_set_header',
      everywhere,
      'field value',
      'Host $proxy_host',
      'Field of forwarded requests; an empty value leaves it out.',
    ),
    arguments: [2, 2],
    apply: (place, statement) => {
      const value = place.template(statement, 2)
      if (value !== null) place.append(statement, 'proxySetHeader', { name: statement.words[1] ?? '', value })
    },
  },
  template('proxy_set_body', 'proxySetBody', 'value', 'Body of forwarded requests.'),
  template('proxy_method', 'proxyMethod', 'method', 'Method of forwarded requests.'),
  flag('proxy_pass_request_headers', 'proxyPassRequestHeaders', 'on', "Whether the client's fields are forwarded."),
  flag('proxy_pass_request_body', 'proxyPassRequestBody', 'on', "Whether the client's body is forwarded."),
  flag('proxy_pass_trailers', 'proxyPassTrailers', 'off', 'Whether trailers of responses are passed on.'),
  fields(
    'proxy_pass_header',
    'proxyPassHeader',
    'Field of responses that is passed on although it is hidden by default.',
  ),
  fields('proxy_hide_header', 'proxyHideHeader', 'Field of responses that is not passed on.'),
  mask(
    'proxy_ignore_headers',
    'proxyIgnoreHeaders',
    IGNORABLE,
    'none',
    'Fields of responses that have no effect here.',
  ),
  flag(
    'proxy_intercept_errors',
    'proxyInterceptErrors',
    'off',
    'Whether error_page replaces error responses of servers.',
  ),
  flag(
    'proxy_ignore_client_abort',
    'proxyIgnoreClientAbort',
    'off',
    'Whether a request goes on when its client has left.',
  ),
  {
    ...row(
      'proxy_next_upstream',
      everywhere,
      `${CONDITIONS.join(' | ')} ...`,
      'error timeout',
      'When a request is passed to the next server.',
    ),
    arguments: [1, ANY],
    apply: readNextUpstream('proxyNextUpstream'),
  },
  number('proxy_next_upstream_tries', 'proxyNextUpstreamTries', '0', 'Most servers tried; 0: all.'),
  milliseconds('proxy_next_upstream_timeout', 'proxyNextUpstreamTimeout', '0', 'Longest time to try; 0: no limit.'),
  flag('proxy_socket_keepalive', 'proxySocketKeepalive', 'off', 'TCP keepalive probes to servers.'),
  {
    ...row('proxy_bind', everywhere, 'address | off', null, 'Source address of connections to servers.'),
    arguments: [1, 2],
    apply: readBind('proxyBind'),
  },
  flag(
    'proxy_force_ranges',
    'proxyForceRanges',
    'off',
    'Whether ranges are served from responses that do not offer them.',
  ),
  size(
    'proxy_max_temp_file_size',
    'proxyMaxTempFileSize',
    '1024m',
    'Most of a response that is read ahead into a file; 0: none.',
  ),
  path('proxy_temp_path', 'proxyTempPath', 'proxy_temp', 'Folder for responses that do not fit in memory.'),
]

export function fields(
  name: string,
  key: 'proxyPassHeader' | 'proxyHideHeader' | 'grpcPassHeader' | 'grpcHideHeader',
  text: string,
): Directive {
  return {
    ...row(name, everywhere, 'field', null, text),
    apply: (place, statement) => place.append(statement, key, statement.words[1] ?? ''),
  }
}

type Apply = (place: Place, statement: Statement) => void

export function readNextUpstream(key: 'proxyNextUpstream' | 'grpcNextUpstream'): Apply {
  return (place, statement) => {
    for (const [index, word] of statement.words.slice(1).entries()) {
      // `updating` is about stale cache entries: nginx takes it here and does nothing with it.
      if (word.toLowerCase() === 'updating' && key === 'proxyNextUpstream') continue
      const value = CONDITIONS.find(one => one === word.toLowerCase())
      if (value === undefined) {
        return place.fail(statement, index + 1, `invalid value "${word}"`, `it may be ${CONDITIONS.join(', ')}`)
      }
      if (place.settings[key]?.includes(value) === true) place.warn(statement, index + 1, `duplicate value "${word}"`)
      else place.append(statement, key, value)
    }
  }
}

export function readBind(key: 'proxyBind' | 'grpcBind'): Apply {
  return (place, statement) => {
    if (!once(place, statement, key)) return
    const [name, written = '', option] = statement.words
    if (option === 'transparent')
      return place.fail(statement, 2, `parameter "transparent" of "${name}" is not supported yet by evenkeel`)
    if (option !== undefined) return place.fail(statement, 2, `invalid parameter "${option}"`)
    if (written === 'off') return place.put(statement, key, null)
    const value = place.template(statement, 1)
    if (value === null) return
    if (!written.includes('$')) {
      const address = readAddress(isIpv6(written) ? `[${written}]` : written, { defaultPort: 0 })
      if (typeof address === 'string' || (address.kind === 'tcp' && !isIpv4(address.host) && !isIpv6(address.host))) {
        return place.fail(statement, 1, `invalid address "${written}"`)
      }
    }
    place.put(statement, key, value)
  }
}
