import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFailure } from '../exchange/failure.ts'
import { peer } from '../shared/layout.ts'
import { DownReason, Rows } from '../shared/rows.ts'
import { createUpstream } from './peer-group.ts'
import type { Lease } from './upstream.ts'
import { leased, letterOf, many, modelOf, nobody, served, Setting } from './upstream.fixture.ts'

it('answers 1-2-3 over any number of workers', () => {
  const setting = new Setting()
  const workers = [0, 1, 2, 3].map(column => setting.upstream([{}, {}, {}], {}, column))
  let at = 0
  assert.equal(
    many(9, () => served(workers[(at++ * 7) % 4]!)),
    'a b c a b c a b c',
  )
})

it('chooses backups only when no primary is to be had', () => {
  const upstream = new Setting().upstream([{}, { backup: true }, {}, { backup: true }])
  assert.equal(
    many(3, () => served(upstream)),
    'a c a',
  )
  const selection = upstream.select(nobody)
  assert.equal(selection.tries, 4)
  const tried: string[] = []
  for (let attempt = 0; attempt < 5; attempt++) {
    const lease = leased(upstream, selection)
    tried.push(letterOf(lease))
    lease?.end('failed')
  }
  assert.deepEqual(tried, ['c', 'a', 'b', 'd', '-'])
})

it('answers a Failure when nobody is left', () => {
  const upstream = new Setting().upstream([{ down: true }, { down: true }])
  const lease = upstream.lease(upstream.select(nobody))
  assert.ok(!(lease instanceof Promise) && isFailure(lease))
  assert.equal(lease.code, 'no_live_peers')
})

it('does not ask a peer twice for one request', () => {
  const upstream = new Setting().upstream([{ weight: 10 }, {}, {}])
  const selection = upstream.select(nobody)
  const tried = [1, 2, 3].map(() => {
    const lease = leased(upstream, selection)!
    lease.end('abandoned')
    return letterOf(lease)
  })
  assert.deepEqual(tried.sort(), ['a', 'b', 'c'])
  assert.equal(leased(upstream, selection), null)
  assert.equal(selection.tries, 0)
})

it('counts neither those marked down nor those that do not resolve as tries, and leases neither', () => {
  const upstream = new Setting().upstream([{}, { down: true }, { unresolved: true }, {}])
  assert.equal(upstream.select(nobody).tries, 2)
  assert.equal(
    many(4, () => served(upstream)),
    'a d a d',
  )
})

describe('the only server', () => {
  it('is never out, and nothing is tried again', () => {
    const upstream = new Setting().upstream([{}])
    for (let at = 0; at < 5; at++) {
      const selection = upstream.select(nobody)
      assert.equal(selection.tries, 1)
      assert.equal(leased(upstream, selection)!.end('failed'), false)
      assert.equal(selection.tries, 0)
    }
  })

  it('is tried again when its reused connection was dead', () => {
    const upstream = new Setting().upstream([{}])
    const selection = upstream.select(nobody)
    leased(upstream, selection)!.end('failed')
    selection.giveBack()
    assert.equal(selection.tries, 1)
    assert.equal(letterOf(leased(upstream, selection)), 'a')
  })

  it('can still be down or full', () => {
    const setting = new Setting()
    assert.equal(served(setting.upstream([{ down: true }])), '-')
    assert.equal(served(setting.upstream([{ unresolved: true }])), '-')
    const full = new Setting()
    const upstream = full.upstream([{ maxConns: 1 }])
    leased(upstream)
    assert.equal(served(upstream), '-')
    const probed = new Setting()
    const healthy = probed.upstream([{}])
    probed.main.setDown(0, DownReason.probe, true)
    assert.equal(served(healthy), '-')
  })

  it('counts failures like any other once it has a backup', () => {
    const upstream = new Setting().upstream([{}, { backup: true }])
    assert.equal(leased(upstream)!.end('failed'), true)
    assert.equal(served(upstream), 'b')
  })
})

it('consumes no try for a reused connection that was dead, but marks the peer tried', () => {
  const upstream = new Setting().upstream([{}, {}])
  const selection = upstream.select(nobody)
  leased(upstream, selection)!.end('failed')
  selection.giveBack()
  assert.equal(selection.tries, 2)
  assert.equal(letterOf(leased(upstream, selection)), 'b')
})

describe('max_conns', () => {
  it('holds over all workers together', () => {
    const setting = new Setting()
    const servers = [{ maxConns: 2 }, { maxConns: 1 }]
    const one = setting.upstream(servers, {}, 0)
    const two = setting.upstream(servers, {}, 1)
    const leases = [leased(one), leased(two), leased(one), leased(two)]
    assert.deepEqual(leases.map(letterOf).sort(), ['-', 'a', 'a', 'b'])
    leases[1]?.end('served')
    assert.equal(letterOf(leased(one)), letterOf(leases[1]!))
  })

  it('opens again when a worker that held places dies', () => {
    const setting = new Setting()
    const servers = [{ maxConns: 1 }, { down: true }]
    const one = setting.upstream(servers, {}, 0)
    const dead = setting.upstream(servers, {}, 1)
    leased(dead)
    assert.equal(served(one), '-')
    setting.main.clearColumn(1)
    assert.equal(served(one), 'a')
  })

  for (const method of ['round_robin', 'least_conn', 'ip_hash', 'hash', 'random']) {
    it(`is kept by ${method}`, () => {
      const upstream = new Setting().upstream([{ maxConns: 2 }, { maxConns: 1 }, { maxConns: 3 }], { name: method })
      const counts = [0, 0, 0]
      for (let at = 0; at < 10; at++) {
        const lease = leased(upstream, upstream.select({ ...nobody, hashKey: () => `k${at}` }))
        if (lease !== null) counts[lease.peer.index]!++
      }
      assert.deepEqual(counts, [2, 1, 3])
    })
  }
})

it('frees the lock of a worker that died holding it', () => {
  const setting = new Setting()
  const servers = [{}, {}]
  const upstream = setting.upstream(servers)
  const plan = setting.plan(modelOf(servers), servers)
  new Rows(setting.buffer, 5).group(plan.group, 2).lock()
  assert.equal(setting.main.freeDead(5), 1)
  assert.equal(leased(upstream)!.end('failed'), true)
})

it('looks at nobody while calm, be there 3 peers or 1000', () => {
  for (const length of [3, 1000]) {
    const setting = new Setting()
    const rows = new CountingRows(setting.buffer, 0)
    const servers = Array.from({ length }, () => ({}))
    const model = modelOf(servers)
    const upstream = createUpstream(model, setting.plan(model, servers), rows, setting.clock, () => 0)
    served(upstream)
    rows.looks = 0
    // Taken out without a word to anybody: who looks finds nobody.
    const { layout } = rows
    for (let row = 0; row < length; row++) layout.words[layout.peer(row) + peer.down] = DownReason.told
    for (let at = 0; at < 100; at++) assert.notEqual(served(upstream), '-')
    // fails() once at each end, to see whether there is anything to forgive
    assert.equal(rows.looks, 100)
  }
})

it('looks at everybody once a second at most while there is trouble', () => {
  const setting = new Setting()
  const rows = new CountingRows(setting.buffer, 0)
  const servers = Array.from({ length: 1000 }, () => ({}))
  const model = modelOf(servers, { name: 'hash' })
  const upstream = createUpstream(model, setting.plan(model, servers), rows, setting.clock, () => 0)
  const once = (key = 'any'): Lease => leased(upstream, upstream.select({ ...nobody, hashKey: () => key }))!
  // One of the last, so that looking for trouble takes long.
  let key = 0
  while (once(`${key}`).peer.index < 900) key++
  once(`${key}`).end('failed')
  rows.looks = 0
  for (let at = 0; at < 10; at++) once().end('served')
  assert.ok(rows.looks < 200, `${rows.looks} looks`)
})

class CountingRows extends Rows {
  looks = 0

  override fails(row: number): number {
    this.looks++
    return super.fails(row)
  }

  override isQuiet(row: number): boolean {
    this.looks++
    return super.isQuiet(row)
  }

  override down(row: number): number {
    this.looks++
    return super.down(row)
  }

  override inflight(row: number): number {
    this.looks++
    return super.inflight(row)
  }
}

describe('a change of peers', () => {
  it('keeps failures, and turns where nothing changed', () => {
    const setting = new Setting()
    const before = setting.upstream([{}, {}, {}])
    assert.equal(
      many(2, () => served(before)),
      'a b',
    )
    const same = setting.upstream([{}, {}, {}])
    assert.equal(leased(same)!.end('failed'), true)
    const more = setting.upstream([{}, {}, {}, {}])
    assert.equal(
      many(4, () => served(more)),
      'a b d a',
    )
  })

  it('lets leases end on the rows they were given', () => {
    const setting = new Setting()
    const before = setting.upstream([{}, {}])
    const leases = [leased(before)!, leased(before)!]
    const after = setting.upstream([{ text: '127.0.0.1:9001' }, { text: '127.0.0.1:9009' }])
    assert.equal(setting.main.inflight(1), 1)
    for (const lease of leases) lease.end('failed')
    assert.deepEqual([setting.main.inflight(0), setting.main.inflight(1)], [0, 0])
    // what failed as second before is the first now
    assert.equal(
      many(2, () => served(after)),
      'b b',
    )
  })

  it('begins a request anew that was between two attempts', () => {
    const setting = new Setting()
    const before = setting.upstream([{}, {}, {}])
    const selection = before.select(nobody)
    leased(before, selection)!.end('abandoned')
    const after = setting.upstream([{ text: 'new:1' }])
    assert.equal(letterOf(leased(after, selection)), 'a')
  })
})

it('survives a policy that answers nonsense', () => {
  assert.throws(() => new Setting().upstream([{}], { name: 'fair' }), /cannot balance by "fair": unknown/)
})
