import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Beats, createBeats } from '../../shared/beats.ts'
import { Watchdog } from './watchdog.ts'

function watch(patience: number): { beats: Beats; dog: Watchdog } {
  const beats = new Beats(createBeats(4))
  return { beats, dog: new Watchdog(beats, patience) }
}

test('a worker that beats between looks is never stuck', () => {
  const { beats, dog } = watch(2)
  for (let look = 0; look < 10; look++) {
    beats.beat(1)
    assert.deepEqual(dog.look([1]), [])
  }
})

test('one that does not is stuck after so many looks, and told once', () => {
  const { beats, dog } = watch(3)
  beats.beat(0)
  const told = Array.from({ length: 6 }, () => {
    beats.beat(1)
    return dog.look([0, 1])
  })
  assert.deepEqual(told, [[], [], [], [0], [], []])
})

test('a single beat begins the count anew', () => {
  const { beats, dog } = watch(2)
  dog.look([0])
  dog.look([0])
  beats.beat(0)
  assert.deepEqual([dog.look([0]), dog.look([0]), dog.look([0])], [[], [], [0]])
})
