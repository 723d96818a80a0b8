/** How clients' connections and request bodies are treated. */
import {
  row,
  everywhere,
  serverUp,
  choice,
  flag,
  mask,
  milliseconds,
  number,
  offset,
  once,
  size,
  type Directive,
} from '../table.ts'
import type { Context, Place } from '../place.ts'
import type { Statement } from '../parser.ts'
import { readMilliseconds, readNumber, readSeconds, readSize } from '../values.ts'

export const clientDirectives: readonly Directive[] = [
  milliseconds(
    'client_header_timeout',
    'clientHeaderTimeout',
    '60s',
    'Time for a whole request head to come.',
    serverUp,
  ),
  size('client_header_buffer_size', 'clientHeaderBufferSize', '1k', 'First buffer of a request head.', serverUp),
  buffers(
    'large_client_header_buffers',
    'largeClientHeaderBuffers',
    '4 8k',
    'Number and size of buffers for long request heads.',
    serverUp,
  ),
  number('max_headers', 'maxHeaders', '1000', 'Most fields a request may have.', serverUp),
  milliseconds('client_body_timeout', 'clientBodyTimeout', '60s', 'Time between two reads of a request body.'),
  offset('client_max_body_size', 'clientMaxBodySize', '1m', 'Largest request body; 0 is no limit.'),
  size('client_body_buffer_size', 'clientBodyBufferSize', '8k', 'How much of a request body is kept in memory.'),
  path(
    'client_body_temp_path',
    'clientBodyTempPath',
    'client_body_temp',
    'Folder for request bodies that do not fit in memory.',
  ),
  choice(
    'client_body_in_file_only',
    'clientBodyInFileOnly',
    { off: 'off', on: 'on', clean: 'clean' },
    'off',
    'Whether every request body is written to a file.',
  ),
  flag(
    'client_body_in_single_buffer',
    'clientBodyInSingleBuffer',
    'off',
    'Whether a request body in memory is kept in one piece.',
  ),
  milliseconds('send_timeout', 'sendTimeout', '60s', 'Time between two writes to a client.'),
  {
    ...row(
      'keepalive_timeout',
      everywhere,
      'timeout [header_timeout]',
      '75s',
      'How long an idle client connection is kept; the second value is told in a Keep-Alive field.',
    ),
    arguments: [1, 2],
    apply: (place, statement) => {
      if (!once(place, statement, 'keepaliveTimeout')) return
      const [, written = '', header] = statement.words
      const timeout = readMilliseconds(written)
      const seconds = header === undefined ? 0 : readSeconds(header)
      if (timeout === null || seconds === null) return place.failDirective(statement, 'invalid value')
      place.put(statement, 'keepaliveTimeout', timeout)
      if (header !== undefined) place.put(statement, 'keepaliveTimeoutHeader', seconds)
    },
  },
  number('keepalive_requests', 'keepaliveRequests', '1000', 'Most requests on one client connection.'),
  milliseconds('keepalive_time', 'keepaliveTime', '1h', 'Longest life of a client connection.'),
  mask(
    'keepalive_disable',
    'keepaliveDisable',
    ['none', 'msie6', 'safari'],
    'msie6',
    'Browsers whose connections are not kept.',
    2,
  ),
  choice(
    'lingering_close',
    'lingeringClose',
    { off: 'off', on: 'on', always: 'always' },
    'on',
    'Whether what a client still sends is read before its connection is closed.',
  ),
  milliseconds('lingering_time', 'lingeringTime', '30s', 'Longest time to read on before closing.'),
  milliseconds('lingering_timeout', 'lingeringTimeout', '5s', 'Longest wait for more while reading on.'),
  flag('reset_timedout_connection', 'resetTimedoutConnection', 'off', 'Whether connections that timed out are reset.'),
  flag(
    'chunked_transfer_encoding',
    'chunkedTransferEncoding',
    'on',
    'Whether responses of unknown length are chunked.',
  ),
  flag('tcp_nodelay', 'tcpNodelay', 'on', 'TCP_NODELAY on connections.'),
  flag(
    'ignore_invalid_headers',
    'ignoreInvalidHeaders',
    'on',
    'Whether fields with odd names are dropped rather than refused.',
    serverUp,
  ),
  flag(
    'underscores_in_headers',
    'underscoresInHeaders',
    'off',
    'Whether names of fields may have underscores.',
    serverUp,
  ),
  flag('merge_slashes', 'mergeSlashes', 'on', 'Whether several slashes in a path become one.', serverUp),
  {
    ...row(
      'server_tokens',
      everywhere,
      'on | off | build | string',
      'on',
      'What the Server field and error pages say.',
    ),
    apply: (place, statement) => {
      if (!once(place, statement, 'serverTokens')) return
      const written = statement.words[1] ?? ''
      if (written === 'build') return place.put(statement, 'serverTokens', 'build')
      if (/^(?:on|off)$/i.test(written)) return place.put(statement, 'serverTokens', written.toLowerCase() === 'on')
      const value = place.template(statement, 1)
      if (value !== null) place.put(statement, 'serverTokens', value)
    },
  },
  flag('msie_padding', 'msiePadding', 'on', 'Whether error pages are padded so that old browsers show them.'),
]

export function buffers(
  name: string,
  key: 'largeClientHeaderBuffers' | 'proxyBuffers',
  standard: string,
  text: string,
  contexts: readonly Context[] = everywhere,
): Directive {
  return {
    ...row(name, contexts, 'number size', standard, text),
    arguments: [2, 2],
    apply: (place, statement) => {
      if (!once(place, statement, key)) return
      const count = readNumber(statement.words[1] ?? '')
      const bytes = readSize(statement.words[2] ?? '')
      if (count === null || count === 0 || bytes === null || bytes === 0)
        return place.failDirective(statement, 'invalid value')
      if (key === 'proxyBuffers' && count < 2)
        return place.fail(statement, 1, 'there must be at least 2 "proxy_buffers"')
      place.put(statement, key, { count, size: bytes })
    },
  }
}

/** A folder for temporary files. Levels of subfolders are checked and have no meaning: ours are flat. */
export function path(
  name: string,
  key: 'clientBodyTempPath' | 'proxyTempPath',
  standard: string,
  text: string,
): Directive {
  return {
    ...row(name, everywhere, 'path [level1 [level2 [level3]]]', standard, text),
    arguments: [1, 4],
    apply: (place, statement) => {
      if (!once(place, statement, key)) return
      if (!levelsAreRight(place, statement)) return
      place.put(statement, key, (statement.words[1] ?? '').replace(/(?<=.)\/$/, ''))
    },
  }
}

function levelsAreRight(place: Place, statement: Statement): boolean {
  const levels = statement.words.slice(2).map(readNumber)
  const sum = levels.reduce<number>((total, level) => total + (level ?? 0), 0)
  if (levels.every(level => level !== null && level > 0) && sum <= 10) return true
  place.failDirective(statement, 'invalid value')
  return false
}
