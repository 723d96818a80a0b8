/** What failing does to a peer: the walk-throughs of nginx, second by second. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DownReason } from '../shared/rows.ts'
import { failed, leased, letterOf, many, nobody, served, Setting } from './upstream.fixture.ts'

it('goes on as nginx does after the very first request to a peer of weight 6 failed', () => {
  const setting = new Setting()
  const upstream = setting.upstream([
    { weight: 6, maxFails: 3 },
    { weight: 3, maxFails: 3 },
  ])
  const rest = 'b a b a a b a a b a a b a a b a a'
  assert.equal(`${failed(upstream)} ${many(17, () => served(upstream))}`, `a ${rest}`)
})

it('does the same when other workers choose in turn', () => {
  const setting = new Setting()
  const servers = [
    { weight: 6, maxFails: 3 },
    { weight: 3, maxFails: 3 },
  ]
  const workers = [0, 1, 2].map(column => setting.upstream(servers, {}, column))
  let at = 0
  const next = (): string => served(workers[at++ % 3]!)
  assert.equal(`${failed(workers[2]!)} ${many(17, next)}`, 'a b a b a a b a a b a a b a a b a a')
})

it('takes a peer out at its first failure, by default', () => {
  const upstream = new Setting().upstream([{}, {}])
  const lease = leased(upstream)!
  assert.equal(lease.end('failed'), true)
  assert.equal(
    many(3, () => served(upstream)),
    'b b b',
  )
})

it('lets one request probe a peer every fail_timeout + 1 seconds', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{ failTimeoutSeconds: 2 }, {}])
  failed(upstream)
  const seen: string[] = []
  for (let second = 1; second <= 9; second++) {
    setting.clock.set(1000 + second)
    let letters = ''
    for (let at = 0; at < 6; at++) {
      const lease = leased(upstream)
      letters += letterOf(lease)
      lease?.end(lease.peer.index === 0 ? 'failed' : 'served')
    }
    if (letters.includes('a')) seen.push(`${second}: ${letters.replaceAll('b', '').length}`)
  }
  assert.deepEqual(seen, ['3: 1', '6: 1', '9: 1'])
})

it('closes the gate for others while the probe is under way', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, {}])
  failed(upstream)
  setting.clock.set(1011)
  const leases = [1, 2, 3].map(() => leased(upstream)!)
  assert.equal(leases.filter(lease => lease.peer.index === 0).length, 1)
  for (const lease of leases) lease.end('served')
  assert.ok(many(4, () => served(upstream)).includes('a'))
})

it('does not let successes inside the window clear failures', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{ maxFails: 3 }, { down: true }, { backup: true }])
  const outcomes = ['failed', 'served', 'failed', 'served', 'failed'] as const
  const said = outcomes.map((outcome, second) => {
    setting.clock.set(1000 + second)
    return leased(upstream)!.end(outcome)
  })
  assert.deepEqual(said, [false, false, false, false, true])
  assert.equal(served(upstream), 'c')
})

it('clears failures at a success after the window', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{ maxFails: 2 }, { down: true }, { backup: true }])
  failed(upstream)
  setting.clock.set(1011)
  served(upstream)
  setting.clock.set(1012)
  assert.equal(leased(upstream)!.end('failed'), false)
})

it('has nobody when all have failed, until a window ends', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, {}])
  many(2, () => failed(upstream))
  assert.equal(served(upstream), '-')
  setting.clock.set(1010)
  assert.equal(served(upstream), '-')
  setting.clock.set(1011)
  // Both count nothing in the first pass, and b is ahead: C = (-1, 1), (0, 2), (1, 1).
  assert.equal(
    many(3, () => served(upstream)),
    'b b a',
  )
})

it('never takes a peer out with max_fails 0', () => {
  const upstream = new Setting().upstream([{ maxFails: 0 }, { maxFails: 0 }])
  assert.equal(
    many(6, () => failed(upstream)),
    'a b a b a b',
  )
})

it('gives a peer of weight 1 its share back over passes, as nginx does', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, {}])
  failed(upstream)
  served(upstream)
  setting.clock.set(1011)
  // a counted nothing in its first pass; by hand: C = (-1 + 0, 1 + 1), then (0, 1), (1, 0), …
  assert.equal(
    many(6, () => served(upstream)),
    'b b a b a b',
  )
})

it('does not count what was abandoned', () => {
  const upstream = new Setting().upstream([{}, {}])
  assert.equal(leased(upstream)!.end('abandoned'), false)
  assert.equal(
    many(3, () => served(upstream)),
    'b a b',
  )
})

it('counts an end once', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{ maxFails: 2 }, {}])
  const selection = upstream.select(nobody)
  const lease = leased(upstream, selection)!
  assert.equal(lease.end('failed'), false)
  assert.equal(lease.end('failed'), false)
  assert.equal(selection.tries, 1)
  assert.equal(setting.main.inflight(0), 0)
  assert.equal(setting.main.failures(0), 1)
})

it('goes back to choosing without looking once trouble is over', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, {}, {}])
  failed(upstream)
  setting.clock.set(1011)
  many(12, () => served(upstream))
  setting.clock.set(1012)
  many(12, () => served(upstream))
  const inflight = setting.main.inflight.bind(setting.main)
  assert.deepEqual([inflight(0), setting.main.fails(0)], [0, 0])
  const selection = upstream.select(nobody)
  leased(upstream, selection)
  assert.equal(selection.undisturbed, true)
})

it('obeys main when it takes a peer out and lets it in again', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, {}])
  assert.equal(served(upstream), 'a')
  setting.main.setDown(1, DownReason.probe, true)
  assert.equal(
    many(3, () => served(upstream)),
    'a a a',
  )
  setting.main.setDown(1, DownReason.probe, false)
  assert.ok(many(2, () => served(upstream)).includes('b'))
})
