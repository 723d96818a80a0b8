/**
 * What can go wrong with traffic, as values: nothing on the data plane throws.
 *
 * One table says for every failure whose fault it is, what the client is answered, and whether trying another peer is
 * safe. The access log's `$failure` is a code of this table, so every failed request says why in one word.
 */

/** When the attempt may be repeated at another peer, before the settings have their say. */
export type Retry =
  | 'never' // it would not help, or the answer has begun
  | 'unsent' // nothing of the request can have been processed
  | 'idempotent' // the request may have been processed: repeat only what may run twice

export interface FailureRow {
  /** Who caused it; only 'upstream' counts against a peer. */
  readonly side: 'client' | 'upstream' | 'us'
  /** Answered when nothing was sent yet; 0 closes the connection without an answer. */
  readonly status: number
  readonly retry: Retry
  /** The condition of proxy_next_upstream that covers it. */
  readonly condition: 'error' | 'timeout' | 'invalid_header' | 'none'
  /** One line for people. */
  readonly text: string
}

export type FailureCode =
  | 'client_gone'
  | 'client_reset'
  | 'client_header_timeout'
  | 'client_body_timeout'
  | 'client_send_timeout'
  | 'client_idle'
  | 'malformed_request'
  | 'malformed_chunk'
  | 'truncated_request'
  | 'body_too_large'
  | 'target_too_long'
  | 'head_too_large'
  | 'unknown_transfer_encoding'
  | 'unsupported_version'
  | 'unsupported_method'
  | 'unmet_expectation'
  | 'unsupported_protocol'
  | 'malformed_proxy_head'
  | 'plain_http'
  | 'client_certificate_refused'
  | 'no_client_certificate'
  | 'misdirected_request'
  | 'client_handshake_failed'
  | 'client_handshake_timeout'
  | 'connect_refused'
  | 'connect_failed'
  | 'connect_timeout'
  | 'handshake_failed'
  | 'handshake_closed'
  | 'handshake_timeout'
  | 'untrusted_certificate'
  | 'misnamed_certificate'
  | 'upstream_closed'
  | 'upstream_reset'
  | 'upstream_send_timeout'
  | 'upstream_read_timeout'
  | 'upstream_total_timeout'
  | 'stream_refused'
  | 'stream_reset'
  | 'malformed_response'
  | 'response_head_too_large'
  | 'too_many_interim'
  | 'unasked_upgrade'
  | 'truncated_response'
  | 'undecodable_response'
  | 'malformed_response_chunk'
  | 'unexpected_slice'
  | 'no_live_peers'
  | 'queue_full'
  | 'overloaded'
  | 'queue_timeout'
  | 'concurrency_limited'
  | 'outrun'
  | 'not_resolved'
  | 'no_resolver'
  | 'invalid_target'
  | 'certificate_not_loaded'
  | 'too_many_redirects'
  | 'body_not_buffered'
  | 'response_not_buffered'
  | 'file_not_read'
  | 'not_wanted'
  | 'deadline_exceeded'
  | 'no_reply'
  | 'preread_too_large'
  | 'pass_impossible'
  | 'session_dropped'
  | 'fault_reset'
  | 'fault_truncated'
  | 'code_failed'
  | 'internal'
  | 'shutdown'

const row = (
  side: FailureRow['side'],
  status: number,
  retry: Retry,
  condition: FailureRow['condition'],
  text: string,
): FailureRow => ({
  side,
  status,
  retry,
  condition,
  text,
})

export const failures: Readonly<Record<FailureCode, FailureRow>> = {
  client_gone: row('client', 499, 'never', 'none', 'client closed connection'),
  client_reset: row('client', 499, 'never', 'none', 'client reset connection'),
  client_header_timeout: row('client', 408, 'never', 'none', 'client timed out while its request head was read'),
  client_body_timeout: row('client', 408, 'never', 'none', 'client timed out while its request body was read'),
  client_send_timeout: row('client', 408, 'never', 'none', 'client timed out while the response was sent'),
  client_idle: row('client', 0, 'never', 'none', 'idle connection closed'),
  malformed_request: row('client', 400, 'never', 'none', 'client sent a malformed request'),
  malformed_chunk: row('client', 400, 'never', 'none', 'client sent a malformed chunked body'),
  truncated_request: row('client', 400, 'never', 'none', 'client closed before its request was complete'),
  body_too_large: row('client', 413, 'never', 'none', 'client intended to send too large a body'),
  target_too_long: row('client', 414, 'never', 'none', 'client sent too long a request line'),
  head_too_large: row('client', 494, 'never', 'none', 'client sent too large a request head'),
  unknown_transfer_encoding: row('client', 501, 'never', 'none', 'client sent an unknown Transfer-Encoding'),
  unsupported_version: row('client', 505, 'never', 'none', 'client sent an unsupported HTTP version'),
  unsupported_method: row('client', 405, 'never', 'none', 'client sent an unsupported method'),
  unmet_expectation: row('client', 417, 'never', 'none', 'client expects what is not done here'),
  unsupported_protocol: row('client', 501, 'never', 'none', 'client asked for a protocol that is not known here'),
  plain_http: row('client', 497, 'never', 'none', 'client sent plain HTTP request to HTTPS port'),
  client_certificate_refused: row('client', 495, 'never', 'none', 'client SSL certificate verify error'),
  no_client_certificate: row('client', 496, 'never', 'none', 'client sent no required SSL certificate'),
  misdirected_request: row(
    'client',
    421,
    'never',
    'none',
    'client attempted to request the server name different from the one that was negotiated',
  ),
  client_handshake_failed: row('client', 0, 'never', 'none', 'no TLS could be agreed on with the client'),
  client_handshake_timeout: row('client', 0, 'never', 'none', 'client timed out while its handshake was waited for'),
  malformed_proxy_head: row('client', 0, 'never', 'none', 'client sent a broken PROXY protocol head'),

  connect_refused: row('upstream', 502, 'unsent', 'error', 'connection refused'),
  connect_failed: row('upstream', 502, 'unsent', 'error', 'connection could not be made'),
  connect_timeout: row('upstream', 504, 'unsent', 'timeout', 'connection timed out'),
  handshake_failed: row('upstream', 502, 'unsent', 'error', 'SSL_do_handshake() failed'),
  handshake_closed: row('upstream', 502, 'unsent', 'error', 'peer closed connection in SSL handshake'),
  handshake_timeout: row('upstream', 504, 'unsent', 'error', 'upstream timed out in SSL handshake'),
  untrusted_certificate: row('upstream', 502, 'unsent', 'error', 'upstream SSL certificate verify error:'),
  misnamed_certificate: row('upstream', 502, 'unsent', 'error', 'upstream SSL certificate does not match'),
  upstream_closed: row('upstream', 502, 'idempotent', 'error', 'upstream prematurely closed connection'),
  upstream_reset: row('upstream', 502, 'idempotent', 'error', 'upstream reset connection'),
  upstream_send_timeout: row('upstream', 504, 'idempotent', 'timeout', 'upstream timed out while the request was sent'),
  upstream_read_timeout: row(
    'upstream',
    504,
    'idempotent',
    'timeout',
    'upstream timed out while its response was read',
  ),
  upstream_total_timeout: row(
    'upstream',
    504,
    'never',
    'none',
    'upstream timed out: the request took longer than it may in all',
  ),
  stream_refused: row('upstream', 502, 'unsent', 'error', 'upstream refused the stream unseen'),
  stream_reset: row('upstream', 502, 'idempotent', 'invalid_header', 'upstream reset the stream'),
  malformed_response: row('upstream', 502, 'idempotent', 'invalid_header', 'upstream sent an invalid response head'),
  response_head_too_large: row(
    'upstream',
    502,
    'idempotent',
    'invalid_header',
    'upstream sent too big a response head',
  ),
  too_many_interim: row('upstream', 502, 'idempotent', 'invalid_header', 'upstream sent too many interim responses'),
  unasked_upgrade: row('upstream', 502, 'idempotent', 'invalid_header', 'upstream switched protocols unasked'),
  truncated_response: row('upstream', 502, 'never', 'none', 'upstream closed before its response was complete'),
  malformed_response_chunk: row('upstream', 502, 'never', 'none', 'upstream sent a malformed chunked body'),
  unexpected_slice: row('upstream', 502, 'never', 'none', 'upstream sent another range than it was asked for'),

  undecodable_response: row('upstream', 502, 'never', 'none', 'upstream sent a body that is not in its coding'),

  no_live_peers: row('us', 502, 'never', 'none', 'no live upstreams'),
  overloaded: row('us', 503, 'never', 'none', 'the balancer has more to do than it can'),
  queue_full: row('us', 502, 'never', 'none', 'upstream queue is full'),
  queue_timeout: row('us', 502, 'never', 'none', 'no upstream became free while the request was queued'),
  concurrency_limited: row('us', 503, 'never', 'none', 'upstream works at as many requests as it can'),
  outrun: row('us', 500, 'never', 'none', 'another attempt at the same request was faster'),
  not_resolved: row('us', 502, 'never', 'none', 'name could not be resolved'),
  no_resolver: row('us', 502, 'never', 'none', 'no resolver defined to resolve the name'),
  invalid_target: row('us', 500, 'never', 'none', 'invalid address in proxy_pass'),
  certificate_not_loaded: row('us', 500, 'never', 'none', 'client certificate for the upstream could not be loaded'),
  too_many_redirects: row('us', 500, 'never', 'none', 'too many internal redirects'),
  body_not_buffered: row('us', 500, 'never', 'none', 'request body could not be written to a temporary file'),
  response_not_buffered: row('us', 500, 'never', 'none', 'response could not be read back from its temporary file'),
  file_not_read: row('us', 500, 'never', 'none', 'file could not be read'),
  not_wanted: row('us', 500, 'never', 'none', 'the rest of the answer is not needed'),
  deadline_exceeded: row('us', 504, 'never', 'none', 'the deadline of the client has passed'),
  no_reply: row('upstream', 502, 'never', 'none', 'upstream did not answer all datagrams'),
  preread_too_large: row('client', 400, 'never', 'none', 'preread buffer full'),
  pass_impossible: row('us', 500, 'never', 'none', 'connection could not be passed to another listener'),
  session_dropped: row('us', 503, 'never', 'none', 'idle session dropped to make room for others'),
  fault_reset: row('us', 0, 'never', 'none', 'connection reset on purpose (fault)'),
  fault_truncated: row('us', 500, 'never', 'none', 'response broken off on purpose (fault)'),
  code_failed: row('us', 500, 'never', 'none', 'a step of the configuration failed'),
  internal: row('us', 500, 'never', 'none', 'internal error'),
  shutdown: row('us', 0, 'never', 'none', 'connection closed at shutdown'),
}

/** What went wrong with an exchange or an attempt. Never thrown. */
export interface Failure {
  readonly code: FailureCode
  /** What the system or a peer said, for the log: an errno name, the offending bytes. */
  readonly cause?: unknown
}

const plain = new Map<FailureCode, Failure>()

/** The failure of that code; without a cause always the same object, so that it costs nothing on the hot path. */
export function failure(code: FailureCode, cause?: unknown): Failure {
  if (cause !== undefined) return { code, cause }
  let found = plain.get(code)
  if (found === undefined) plain.set(code, (found = { code }))
  return found
}

/** Whether a value is a Failure, for results that are one thing or a Failure. */
export function isFailure(value: object): value is Failure {
  return 'code' in value && typeof value.code === 'string' && value.code in failures
}
