import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStories, StoryRing } from './story-ring.ts'

test('stories of all columns are found by id, the latest of each', () => {
  const buffer = createStories(3)
  const [one, other, reader] = [new StoryRing(buffer, 0), new StoryRing(buffer, 2), new StoryRing(buffer, 0)]
  assert.deepEqual(reader.ids(), [])
  one.write({ id: 'a', text: 'first – ä' })
  other.write({ id: 'b', text: 'second' })
  assert.equal(reader.find('a'), 'first – ä')
  assert.equal(reader.find('b'), 'second')
  assert.equal(reader.find('c'), undefined)
  for (let at = 0; at < 128; at++) one.write({ id: `n${at}`, text: String(at) })
  assert.equal(reader.find('a'), undefined, 'others have taken its place')
  assert.equal(reader.find('n127'), '127')
  assert.equal(reader.ids().length, 129)
})

test('what is too long is not kept, and one that is being written is not read', () => {
  const buffer = createStories(1)
  const ring = new StoryRing(buffer, 0)
  assert.equal(ring.write({ id: 'long', text: 'x'.repeat(8192) }), false)
  assert.equal(ring.write({ id: 'most', text: 'x'.repeat(StoryRing.most) }), true)
  new Int32Array(buffer)[0]!++
  assert.equal(ring.find('most'), undefined)
})
