import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterProbe, firstStanding, type Health, type Thresholds } from './thresholds.ts'

/** What a peer is after each of these probes; `+` passed, `-` did not. */
function story(probes: string, thresholds: Thresholds, mandatory = false): Health[] {
  let standing = firstStanding(mandatory)
  return probes.split('').map(probe => (standing = afterProbe(standing, probe === '+', thresholds)).health)
}

const h = 'healthy'
const u = 'unhealthy'

test('one failed probe takes a peer out and one passed brings it back, unless told', () => {
  assert.deepEqual(story('-+-', { fails: 1, passes: 1 }), [u, h, u])
})

test('it takes so many failed ones in a row', () => {
  assert.deepEqual(story('--+---', { fails: 3, passes: 1 }), [h, h, h, h, h, u])
})

test('it takes so many passed ones in a row to come back', () => {
  assert.deepEqual(story('-+-++', { fails: 1, passes: 2 }), [u, u, u, u, h])
})

test('a mandatory check decides with the first probe, whatever the thresholds', () => {
  assert.equal(firstStanding(true).health, 'checking')
  assert.deepEqual(story('-++', { fails: 3, passes: 2 }, true), [u, u, h])
  assert.deepEqual(story('+---', { fails: 3, passes: 2 }, true), [h, h, h, u])
})
