import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Lateness } from './lateness.ts'

function looks(lags: readonly number[]): string {
  const lateness = new Lateness()
  return lags.map(lag => (lateness.look(lag, 500) ? 'L' : '-')).join('')
}

it('takes five late turns in a row, and five in time', () => {
  assert.equal(looks([500, 600, 700, 800, 900, 900, 100, 100, 100, 100, 100, 100]), '----LLLLLL--')
})

it('is not moved by a single stall, however long', () => {
  assert.equal(looks([0, 60_000, 0, 0, 60_000, 499, 60_000]), '-------')
})

it('does not recover from turns that are neither late nor in time', () => {
  assert.equal(looks([900, 900, 900, 900, 900, 300, 300, 300, 300, 300, 300]), '----LLLLLLL')
})

it('is never late without a limit', () => {
  const lateness = new Lateness()
  for (let turn = 0; turn < 20; turn++) assert.equal(lateness.look(1e9, Infinity), false)
})
