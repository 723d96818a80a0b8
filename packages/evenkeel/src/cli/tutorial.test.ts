import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { tutorialFile, tutorialPorts, tutorialText, withPorts } from './tutorial.ts'

test('the text a published package carries is the example, letter for letter', () => {
  assert.equal(tutorialText, readFileSync(tutorialFile, 'utf8'))
})

test('the usual ports change nothing', () => {
  assert.equal(withPorts(tutorialText, tutorialPorts), tutorialText)
})

test('other ports are put in once each, also when they overlap the usual ones', () => {
  const text = withPorts(tutorialText, { front: 9090, servers: [8001, 8002, 8003] })
  assert.deepEqual(
    [...text.matchAll(/localhost:(\d+)/g)].map(match => match[1]),
    ['8001', '8002', '8003'],
  )
  assert.match(text, /listen 9090;/)
})
