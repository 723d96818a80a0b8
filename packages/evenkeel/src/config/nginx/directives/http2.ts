/** HTTP/2 towards clients. */
import type { Statement } from '../parser.ts'
import type { Context, Place } from '../place.ts'
import { ANY, everywhere, flag, number, once, row, serverUp, type Directive } from '../table.ts'
import { readNumber, readSize } from '../values.ts'

const MAX_WINDOW = 2_147_483_647
const MAX_FRAME = 16_777_215

/** Directives of the past, and what took their place. */
const REPLACED: readonly (readonly [name: string, by: string])[] = [
  ['http2_recv_timeout', 'client_header_timeout'],
  ['http2_idle_timeout', 'keepalive_timeout'],
  ['http2_max_requests', 'keepalive_requests'],
  ['http2_max_field_size', 'large_client_header_buffers'],
  ['http2_max_header_size', 'large_client_header_buffers'],
]

const GONE: readonly (readonly [name: string, contexts: readonly Context[]])[] = [
  ['http2_max_concurrent_pushes', serverUp],
  ['http2_push_preload', everywhere],
  ['http2_push', everywhere],
]

export const http2Directives: readonly Directive[] = [
  flag('http2', 'http2', 'off', 'HTTP/2 besides HTTP/1 on the same port.', serverUp),
  number(
    'http2_max_concurrent_streams',
    'http2MaxConcurrentStreams',
    '128',
    'Most requests at once on one connection.',
    serverUp,
  ),
  bounded('http2_chunk_size', 'http2ChunkSize', '8k', everywhere, 'Largest DATA frame of a response.', size =>
    size === 0
      ? 'the http2 chunk size cannot be zero'
      : size > MAX_FRAME
        ? `the http2 chunk size cannot be greater than ${MAX_FRAME}`
        : null,
  ),
  bounded(
    'http2_body_preread_size',
    'http2BodyPrereadSize',
    '64k',
    serverUp,
    'How much of a request body a client may send before it is asked for.',
    size => (size > MAX_WINDOW ? `the maximum body preread buffer size is ${MAX_WINDOW}` : null),
  ),
  tuning('http2_recv_buffer_size', ['http'], readSize),
  tuning('http2_pool_size', serverUp, readSize),
  tuning('http2_streams_index_size', serverUp, readNumber),
  ...REPLACED.map(([name, by]): Directive => ({
    ...row(name, serverUp, '...', null, `Obsolete, without effect: use ${by}.`),
    arguments: [1, ANY],
    apply: (place, statement) => {
      place.warn(statement, 0, `the "${name}" directive is obsolete, use the "${by}" directive instead`)
    },
  })),
  ...GONE.map(([name, contexts]): Directive => ({
    ...row(name, contexts, '...', null, 'Obsolete, without effect.'),
    arguments: [1, ANY],
    apply: (place, statement) => {
      place.warn(statement, 0, `the "${name}" directive is obsolete, ignored`)
    },
  })),
]

/** A size within limits. */
function bounded(
  name: string,
  key: 'http2ChunkSize' | 'http2BodyPrereadSize',
  standard: string,
  contexts: readonly Context[],
  text: string,
  problem: (size: number) => string | null,
): Directive {
  return {
    ...row(name, contexts, 'size', standard, text),
    apply: (place, statement) => {
      if (!once(place, statement, key)) return
      const size = readSize(statement.words[1] ?? '')
      const wrong = size === null ? null : problem(size)
      if (size === null) place.failDirective(statement, 'invalid value')
      else if (wrong !== null) place.fail(statement, 1, wrong)
      else place.put(statement, key, size)
    },
  }
}

/** What sizes something nginx has and we have not. */
function tuning(name: string, contexts: readonly Context[], read: (text: string) => number | null): Directive {
  return {
    ...row(name, contexts, '...', null, 'Accepted; has no meaning here.'),
    apply: (place: Place, statement: Statement) => {
      if (read(statement.words[1] ?? '') === null) place.failDirective(statement, 'invalid value')
      else place.reading.ignored.push({ name, position: statement.position })
    },
  }
}
