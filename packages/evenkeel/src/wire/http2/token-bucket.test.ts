import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TokenBucket } from './token-bucket.ts'

test('a burst is let pass, then so many a second', () => {
  const bucket = new TokenBucket(3, 10, 0)
  assert.deepEqual(
    [1, 2, 3, 4].map(() => bucket.take(0)),
    [true, true, true, false],
  )
  assert.deepEqual(
    [1, 2, 3].map(() => bucket.take(300)),
    [true, true, false],
  )
})

test('after a long rest the burst is there again, and no more than that', () => {
  const bucket = new TokenBucket(2, 10, 0)
  bucket.take(0)
  bucket.take(0)
  assert.deepEqual(
    [1, 2, 3].map(() => bucket.take(60_000)),
    [true, true, false],
  )
})

test('what was useful pays for some', () => {
  const bucket = new TokenBucket(2, 0, 0)
  bucket.take(0)
  bucket.take(0)
  bucket.give(5)
  assert.deepEqual(
    [1, 2, 3].map(() => bucket.take(0)),
    [true, true, false],
  )
})
