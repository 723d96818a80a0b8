import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '../../exchange/failure.ts'
import type { NextUpstreamCondition } from '../../model/settings.ts'
import { mayRetry, mayRetryStatus, type AttemptFacts, type RetrySettings } from './may-retry.ts'

const settings = (...conditions: NextUpstreamCondition[]): RetrySettings => ({
  conditions: new Set(conditions),
  timeoutMs: 0,
})
const facts = (own: Partial<AttemptFacts> = {}): AttemptFacts => ({
  method: 'GET',
  sent: true,
  bodySpent: false,
  bodyGone: false,
  triesLeft: 1,
  elapsedMs: 0,
  ...own,
})

test('a failure is repeated only if its kind is listed', () => {
  const refused = failure('connect_refused')
  const slow = failure('upstream_read_timeout')
  assert.equal(mayRetry(refused, facts(), settings('error')), true)
  assert.equal(mayRetry(refused, facts(), settings('timeout')), false)
  assert.equal(mayRetry(slow, facts(), settings('timeout')), true)
  assert.equal(mayRetry(failure('malformed_response'), facts(), settings('error', 'timeout')), false)
  assert.equal(mayRetry(failure('malformed_response'), facts(), settings('invalid_header')), true)
})

test('what may run only once is repeated only while nothing of it was sent', () => {
  const closed = failure('upstream_closed')
  for (const method of ['POST', 'LOCK', 'PATCH']) {
    assert.equal(mayRetry(closed, facts({ method }), settings('error')), false, method)
    assert.equal(mayRetry(closed, facts({ method, sent: false }), settings('error')), true, method)
    assert.equal(mayRetry(closed, facts({ method }), settings('error', 'non_idempotent')), true, method)
  }
  assert.equal(mayRetry(closed, facts({ method: 'PUT' }), settings('error')), true)
})

test('a streamed body is never sent again', () => {
  assert.equal(
    mayRetry(failure('upstream_closed'), facts({ bodySpent: true }), settings('error', 'non_idempotent')),
    false,
  )
})

test('tries and time run out', () => {
  const refused = failure('connect_refused')
  assert.equal(mayRetry(refused, facts({ triesLeft: 0 }), settings('error')), false)
  const limited = { ...settings('error'), timeoutMs: 100 }
  assert.equal(mayRetry(refused, facts({ elapsedMs: 99 }), limited), true)
  assert.equal(mayRetry(refused, facts({ elapsedMs: 100 }), limited), false)
})

test('what is the client’s doing, or came after the head, is never repeated', () => {
  const all = settings('error', 'timeout', 'invalid_header', 'non_idempotent')
  for (const code of ['client_gone', 'truncated_response', 'body_too_large', 'no_live_peers'] as const) {
    assert.equal(mayRetry(failure(code), facts(), all), false, code)
  }
})

test('an answer asks for another server by a listed status', () => {
  assert.equal(mayRetryStatus(503, facts(), settings('http_503')), true)
  assert.equal(mayRetryStatus(502, facts(), settings('http_503')), false)
  assert.equal(mayRetryStatus(503, facts({ method: 'POST' }), settings('http_503')), false)
})
