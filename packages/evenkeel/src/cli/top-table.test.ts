import assert from 'node:assert/strict'
import { it } from 'node:test'
import { topTable, type Look, type LookedPeer } from './top-table.ts'

const peer = (server: string, requests: number, more: Partial<LookedPeer> = {}): LookedPeer => ({
  server,
  state: 'up',
  active: 2,
  requests,
  fails: 0,
  unavail: 0,
  backup: false,
  responses: { '4xx': 1, '5xx': 0 },
  ...more,
})
const look = (total: number, peers: readonly LookedPeer[]): Look => ({
  connections: { accepted: total, active: 3, idle: 4 },
  requests: { total, current: 3 },
  processes: { respawned: 0, retiring: [{}] },
  upstreams: { shop: { peers } },
})

it('shows rates between two looks, in columns', () => {
  const before = look(100, [peer('127.0.0.1:8000', 50), peer('127.0.0.1:80', 50)])
  const down = peer('127.0.0.1:80', 50, { state: 'unhealthy', backup: true, fails: 12, response_time: 7 })
  assert.equal(
    topTable(look(300, [peer('127.0.0.1:8000', 250), down]), before, 2, 200),
    `connections  7 (4 idle)   new/s 100.0   requests 3 now   100.0/s   old configurations 1   workers replaced 0

shop            state               req/s  active  ms  4xx  5xx  fails  unavail
127.0.0.1:8000  up                  100.0       2   -    1    0      0        0
127.0.0.1:80    unhealthy (backup)    0.0       2   7    1    0     12        0
`,
  )
})

it('has no rates at first, and cuts lines to the terminal', () => {
  const text = topTable(look(5, [peer('a:1', 5)]), null, 0, 24)
  assert.equal(text, 'connections  7 (4 idle) \n\nshop  state  req/s  acti\na:1   up         -      \n')
})

it('counts from anew after a restart', () => {
  assert.match(topTable(look(5, [peer('a:1', 5)]), look(500, [peer('a:1', 500)]), 1, 200), /new\/s 0\.0/)
})

it('lets nothing of a name move the terminal', () => {
  const now = { ...look(1, []), upstreams: { 'a\u001b[2J': { peers: [] } } }
  assert.doesNotMatch(topTable(now, null, 0, 80), /\u001b/)
})
