import assert from 'node:assert/strict'
import { it } from 'node:test'
import { expectedMs, leastTime } from './least-time.ts'
import { AloneState, request, type Table } from '../lab/policy-kit.ts'
import { altered, keepsPolicyContract, letters, weighted } from './policy.contract.ts'

for (const until of ['header', 'last_byte'] as const) {
  // While nothing is in flight the heavier one always wins, as in nginx: shares come from how busy the peers are.
  for (const inflight of [false, true]) {
    keepsPolicyContract(
      `least_time ${until}${inflight ? ' inflight' : ''}, with requests that stay`,
      (peers, state, draw) => {
        const busy = Array.from({ length: peers.length }, () => 0)
        const pick = leastTime(until, inflight)(altered(peers, { inflight: index => busy[index]! }), state, draw)
        return (input, eligible) => {
          const index = pick(input, eligible)
          if (index >= 0) busy[index]!++
          return index
        }
      },
    )
  }
}

const everybody = (): boolean => true

function picking(table: Table, policy = leastTime('header', false)): () => number {
  const pick = policy(table, new AloneState(table.length), () => 0)
  return () => pick(request(), everybody)
}

it('takes times in steps of 20 ms, an exact multiple one more, and none longer than 5 s', () => {
  const table = weighted(1)
  const golden = [
    [0, 20],
    [1, 20],
    [19, 20],
    [20, 40],
    [21, 40],
    [4999, 5000],
    [5000, 5020],
    [5001, 5000],
    [90_000, 5000],
  ] as const
  for (const [average, expected] of golden) {
    table.header[0] = average
    assert.equal(expectedMs(table, 0, 'header', false), expected, `${average} ms`)
  }
})

it('halves what it knows for each window that nobody looked', () => {
  const table = weighted(1)
  table.header[0] = 1000
  const after = (windows: number): number => {
    table.unseen[0] = windows
    return expectedMs(table, 0, 'header', false)
  }
  assert.deepEqual([0, 1, 2, 5, 31, 32, 5_000_000].map(after), [1020, 520, 260, 40, 20, 20, 20])
})

it('takes the average wait of unanswered requests when it is longer, if told to', () => {
  const table = weighted(1)
  table.header[0] = 100
  table.waits[0] = 700
  assert.equal(expectedMs(table, 0, 'header', false), 120)
  assert.equal(expectedMs(table, 0, 'header', true), 720)
  table.waits[0] = 30
  assert.equal(expectedMs(table, 0, 'header', true), 120)
})

it('chooses whoever is expected to be done soonest, with what is in flight, by weight', () => {
  const table = weighted(1, 1, 2)
  table.header.splice(0, 3, 30, 90, 90)
  assert.equal(picking(table)(), 0)
  table.busy.splice(0, 3, 2, 0, 0)
  // 40 × 3, 100 × 1, 100 × 1 / 2
  assert.equal(picking(table)(), 2)
  table.busy.splice(0, 3, 2, 0, 1)
  table.header[1] = 70
  // 120, 80, 200 / 2
  assert.equal(picking(table)(), 1)
})

it('goes by the last byte or by the head, as told', () => {
  const table = weighted(1, 1)
  table.header.splice(0, 2, 10, 50)
  table.lastByte.splice(0, 2, 900, 60)
  assert.equal(picking(table)(), 0)
  assert.equal(picking(table, leastTime('last_byte', false))(), 1)
})

it('lets those about as quick take turns by weight', () => {
  const table = weighted(1, 1, 1)
  table.header.splice(0, 3, 41, 59, 61)
  assert.equal(letters(4, picking(table)), 'a b a b')
})

it('samples waits once a pick and peer, under the lock', () => {
  const table = weighted(1, 1)
  const state = new AloneState(2)
  let samples = 0
  const times = {
    ...table.times,
    sampleWait: () => {
      assert.equal(state.depth, 1)
      samples++
      return 0
    },
  }
  const peers = { length: 2, weight: () => 1, name: String, down: () => false, inflight: () => 0, times }
  leastTime('header', true)(peers, state, Math.random)(request(), everybody)
  assert.equal(samples, 2)
})
