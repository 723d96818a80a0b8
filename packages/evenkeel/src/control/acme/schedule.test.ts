import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRetryAfter, renewalMs, retryMs } from './schedule.ts'

const day = 86_400_000

test('a certificate is renewed after two thirds of its life, a short one after half, and never later for luck', () => {
  assert.equal(renewalMs({ fromMs: 0, untilMs: 90 * day }, 0), 60 * day)
  assert.equal(renewalMs({ fromMs: 1000, untilMs: 1000 + 6 * day }, 0), 1000 + 3 * day)
  for (const luck of [0, 0.5, 1]) {
    const at = renewalMs({ fromMs: 0, untilMs: 90 * day }, luck)
    assert.ok(at <= 60 * day && at >= 55 * day, String(at))
  }
})

test('failures are further and further apart, and an issuer that answered is asked less', () => {
  const unreachable = { unreachable: true, retryAfterMs: null }
  const refused = { unreachable: false, retryAfterMs: null }
  assert.deepEqual(
    [1, 2, 3, 4].map(count => retryMs(unreachable, count, 0)),
    [10_000, 20_000, 40_000, 80_000],
  )
  assert.equal(retryMs(unreachable, 500, 0), 3_600_000)
  assert.deepEqual(
    [1, 2, 3].map(count => retryMs(refused, count, 0)),
    [300_000, 600_000, 1_200_000],
  )
  assert.equal(retryMs(refused, 500, 0), 6 * 3_600_000)
  assert.equal(retryMs(unreachable, 1, 1), 8000)
})

test('Retry-After counts where it is later, and for a day at most', () => {
  assert.equal(retryMs({ unreachable: false, retryAfterMs: 3_600_000 }, 1, 0), 3_600_000)
  assert.equal(retryMs({ unreachable: false, retryAfterMs: 1 }, 1, 0), 300_000)
  assert.equal(retryMs({ unreachable: false, retryAfterMs: 900 * day }, 1, 0), day)
  assert.equal(readRetryAfter('120', 0), 120_000)
  assert.equal(readRetryAfter('Thu, 01 Jan 1970 00:01:00 GMT', 20_000), 40_000)
  assert.equal(readRetryAfter('Thu, 01 Jan 1970 00:01:00 GMT', 90_000), 0)
  assert.equal(readRetryAfter('soon', 0), null)
  assert.equal(readRetryAfter(undefined, 0), null)
})
