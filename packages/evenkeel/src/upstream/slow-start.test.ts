/** A weight that climbs after a peer is back. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DownReason } from '../shared/rows.ts'
import type { Upstream } from './upstream.ts'
import { failed, leased, many, nobody, served, Setting } from './upstream.fixture.ts'

/** How many of 1000 requests the second of two peers gets, second by second. */
function climb(setting: Setting, upstream: Upstream, seconds: number): number[] {
  return Array.from({ length: seconds }, () => {
    let count = 0
    for (let at = 0; at < 1000; at++) if (served(upstream) === 'b') count++
    setting.elapse(1000)
    return count
  })
}

/** Share of b in 1000 when it is worth that much of its weight. */
function share(worth: number): number {
  return (1000 * worth) / (1 + worth)
}

function assertClimbs(seen: readonly number[], worths: readonly number[]): void {
  for (const [second, worth] of worths.entries()) {
    assert.ok(Math.abs(seen[second]! - share(worth)) <= 2, `second ${second}: ${seen[second]}, not ${share(worth)}`)
  }
}

const TEN = { slowStartMs: 10_000 }
const tenSteps = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1, 1]

for (const name of ['round_robin', 'least_conn']) {
  it(`climbs from next to nothing to all in its time, with ${name}`, () => {
    const setting = new Setting()
    const upstream = setting.upstream([{}, TEN], { name })
    setting.main.setDown(1, DownReason.probe, true)
    assert.equal(
      many(3, () => served(upstream)),
      'a a a',
    )
    setting.main.setDown(1, DownReason.probe, false)
    assertClimbs(climb(setting, upstream, 12), tenSteps)
  })
}

it('gives least_time as much to do at once as the weight is worth', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, TEN], { name: 'least_time', arguments: ['header'] })
  setting.main.setDown(1, DownReason.probe, true)
  served(upstream)
  setting.main.setDown(1, DownReason.probe, false)
  served(upstream)
  setting.elapse(2000)
  const leases = Array.from({ length: 98 }, () => leased(upstream)!)
  // (1 + in flight) goes by weight: 80 to 20, of which one each is not there yet
  const busy = leases.filter(lease => lease.peer.index === 1).length
  assert.ok(Math.abs(busy - 19) <= 1, `${busy}`)
})

it('climbs after a failure was forgiven', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, TEN])
  assert.equal(served(upstream), 'a')
  assert.equal(failed(upstream), 'b')
  setting.elapse(11_000)
  let probe = ''
  while (probe !== 'b') probe = served(upstream)
  assertClimbs(climb(setting, upstream, 12), tenSteps)
})

it('does not climb after a failure that did not take it out', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, { ...TEN, maxFails: 2 }])
  served(upstream)
  assert.equal(failed(upstream), 'b')
  setting.elapse(11_000)
  many(10, () => served(upstream))
  assertClimbs(climb(setting, upstream, 2), [1, 1])
})

it('does not climb at the start, nor without slow_start', () => {
  const setting = new Setting()
  assertClimbs(climb(setting, setting.upstream([{}, TEN]), 2), [1, 1])
  const other = new Setting()
  const upstream = other.upstream([{}, {}])
  other.main.setDown(1, DownReason.probe, true)
  served(upstream)
  other.main.setDown(1, DownReason.probe, false)
  assertClimbs(climb(other, upstream, 2), [1, 1])
})

it('goes back to choosing without a look once everybody is up to weight', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, TEN])
  setting.main.setDown(1, DownReason.probe, true)
  served(upstream)
  setting.main.setDown(1, DownReason.probe, false)
  const calm = (): boolean => {
    const selection = upstream.select(nobody)
    leased(upstream, selection)?.end('served')
    return selection.undisturbed
  }
  calm()
  setting.elapse(9000)
  assert.equal(calm(), false)
  setting.elapse(2000)
  calm()
  assert.equal(calm(), true)
})

it('is seen by all workers from the same second on', () => {
  const setting = new Setting()
  const servers = [{}, TEN]
  const workers = [setting.upstream(servers, {}, 0), setting.upstream(servers, {}, 1)]
  setting.main.setDown(1, DownReason.probe, true)
  many(2, () => served(workers[0]!))
  setting.main.setDown(1, DownReason.probe, false)
  served(workers[0]!)
  setting.elapse(5000)
  assertClimbs(climb(setting, workers[1]!, 1), [0.55])
})
