import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatBytes, formatCount, formatDuration, formatMs, formatPercent, formatRate } from './format.ts'
import { peer } from './snapshot.fixture.ts'
import { explainChecks } from './words.ts'

const told = (values: readonly string[]): string => values.join(' | ')

test('figures are short', () => {
  assert.equal(
    told([0, 9999, 12_345, 1_500_000, 250_000_000, 3e9].map(formatCount)),
    '0 | 9999 | 12.3k | 1.5M | 250M | 3.0G',
  )
  assert.equal(told([0, 0.01, 0.5, 9.94, 42, 12_345].map(formatRate)), '0 | <0.1 | 0.5 | 9.9 | 42 | 12.3k')
  assert.equal(told([0, 999, 1500, 3_141_592, 5e11].map(formatBytes)), '0 B | 999 B | 1.5 kB | 3.1 MB | 500 GB')
  assert.equal(told([null, 0, 0.44, 42.4, 1500, 12_345].map(formatMs)), '– | 0 ms | 0.4 ms | 42 ms | 1.50 s | 12.3 s')
  assert.equal(
    told([500, 59_000, 61_000, 3_660_000, 90_000_000].map(formatDuration)),
    '0 s | 59 s | 1 min | 1 h 1 min | 1 d 1 h',
  )
  assert.equal(told([0, 0.0001, 0.123, 1].map(formatPercent)), '0 % | <0.1 % | 12.3 % | 100 %')
})

test('checks say how they stand, and why they fail where that is known', () => {
  const checks = { done: 0, fails: 0, unhealthy: 0, lastPassed: null, reason: '' }
  const explain = (parts: object): string => explainChecks(peer({ checks: { ...checks, ...parts } }))
  assert.equal(explain({}), '–')
  assert.equal(explain({ done: 5, lastPassed: true }), 'passing (5)')
  assert.equal(explain({ done: 5, fails: 2, lastPassed: true }), 'passing (2 of 5 failed)')
  assert.equal(explain({ done: 5, fails: 2, lastPassed: false }), 'failing (2 of 5 failed)')
  assert.equal(
    explain({ done: 5, fails: 2, lastPassed: false, reason: 'status 503' }),
    'failing: status 503 (2 of 5 failed)',
  )
})
