import assert from 'node:assert/strict'
import { test } from 'node:test'
import { preferLinearMatching, unboundedPatterns } from './linear-regex.ts'

const pattern = (source: string): object => ({ written: source, source, caseless: false, groups: [] })

test('a hostile input for a nested repetition ends at once', () => {
  preferLinearMatching()
  const expression = new RegExp('^(a+)+$')
  // Backtracking would take longer than the test may: 2^60 steps.
  assert.equal(expression.test('a'.repeat(60) + '!'), false)
})

test('patterns that only backtracking can match are found wherever they stand', () => {
  const model = {
    a: [{ b: pattern('^/(a+)+$') }, pattern('^(?!x)(b+)+$')],
    c: { d: pattern('(.)\\1'), e: pattern('^/(?!api/)'), f: null, g: 'text' },
  }
  assert.deepEqual(
    unboundedPatterns(model).map(({ source }) => source),
    ['^(?!x)(b+)+$', '(.)\\1'],
  )
})
