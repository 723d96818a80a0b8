import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpModel, ServerLine, UpstreamModel } from '../model/model.ts'
import { RowRegistry } from '../shared/registry.ts'
import { createRows, mainColumn, Rows } from '../shared/rows.ts'
import type { NamedAddress } from './names/name-asking.ts'
import type { FindName } from './names/names.ts'
import { planUpstreams, type Plans } from './plan.ts'

test('localhost is one peer with both loopback addresses', () => {
  const { plans } = plan([line('localhost', 8000), line('LOCALHOST', 8001)])
  assert.deepEqual(
    plans[0]!.peers.map(peer => [peer.name, peer.addresses]),
    [
      ['127.0.0.1:8000', both(8000)],
      ['127.0.0.1:8001', both(8001)],
    ],
  )
})

test('another name is a peer an address, and each knows its line', () => {
  const { plans } = plan([line('one.test', 80), line('10.0.0.9', 81)], { 'one.test': ['10.0.0.1', '::2'] })
  assert.deepEqual(
    plans[0]!.peers.map(peer => [peer.server, peer.name]),
    [
      [0, '10.0.0.1:80'],
      [0, '[::2]:80'],
      [1, '10.0.0.9:81'],
    ],
  )
})

test('a name without an address is a peer without one, and a warning', () => {
  const { plans, warnings, problems } = plan([line('gone.test', 80), line('10.0.0.9', 80)])
  assert.deepEqual(plans[0]!.peers[0]!.addresses, [])
  assert.match(warnings[0]!, /host not found in upstream "u".*gone\.test:80/)
  assert.deepEqual(problems, [])
})

test('a name that is resolved while running is as many peers as it has addresses, none included', () => {
  const servers = [{ ...line('one.test', 80), resolve: true }]
  assert.deepEqual(plan(servers, { 'one.test': ['10.0.0.1', '10.0.0.1'] }).plans[0]!.peers.length, 2)
  const { plans, warnings } = plan(servers)
  assert.deepEqual(plans[0]!.peers, [])
  assert.equal(warnings.length, 1)
})

test('with strict_resolve a name that does not resolve is a problem', () => {
  const http = { ...model([line('gone.test', 80)]), strictResolve: true }
  const { problems } = planUpstreams(http, 1, makeRegistry(16), lookupIn({}))
  assert.deepEqual(problems, ['host not found in upstream "u": "gone.test:80"'])
})

test('records of a service give ports, weights, names, and backups by priority', () => {
  const http = model([
    { ...line('s.test', 80), resolve: true, service: 'http' },
    { ...line('s.test', 80), resolve: true, service: 'http', weight: 9, backup: true },
  ])
  const record = (priority: number, weight: number, port: number): NamedAddress => {
    return { host: '10.0.0.1', service: { priority, weight, port, target: `t${port}.test` } }
  }
  const { plans } = planUpstreams(http, 1, makeRegistry(16), () => [record(2, 5, 81), record(1, 0, 82)])
  const told = plans[0]!.peers.map(({ server, name, service }) => [server, name, service])
  assert.deepEqual(told, [
    [0, '10.0.0.1:81', { text: 't81.test', weight: 5, backup: true }],
    [0, '10.0.0.1:82', { text: 't82.test', weight: 1, backup: false }],
    [1, '10.0.0.1:82', { text: 't82.test', weight: 9, backup: true }],
  ])
})

test('with subset a balancer has so many of the servers, and all backups', () => {
  const lines = Array.from({ length: 10 }, (_, at) => line(`10.0.0.${at}`, 80))
  const http = model([...lines, { ...line('10.0.1.1', 80), backup: true }])
  const upstreams = http.upstreams.map(upstream => ({ ...upstream, subset: { size: 4, index: 1 } }))
  const { plans } = planUpstreams({ ...http, upstreams }, 1, makeRegistry(16), lookupIn({}))
  assert.equal(plans[0]!.peers.length, 5)
  assert.equal(plans[0]!.peers.at(-1)!.name, '10.0.1.1:80')
})

test('a Unix socket is a peer by its path', () => {
  const { plans } = plan([{ ...line('', 0), address: { path: '/run/a.sock' } }])
  assert.equal(plans[0]!.peers[0]!.name, 'unix:/run/a.sock')
})

test('peers keep their rows over a new plan', () => {
  const registry = makeRegistry(16)
  const first = planUpstreams(model([line('10.0.0.1', 1), line('10.0.0.2', 1)]), 1, registry, lookupIn({}))
  const second = planUpstreams(model([line('10.0.0.2', 1), line('10.0.0.3', 1)]), 2, registry, lookupIn({}))
  assert.equal(second.plans[0]!.peers[0]!.row, first.plans[0]!.peers[1]!.row)
  assert.ok(second.plans[0]!.epoch > first.plans[0]!.epoch)
})

test('no room for the peers is a problem, not a crash', () => {
  const lines = [1, 2, 3].map(port => line('10.0.0.1', port))
  const { problems } = planUpstreams(model(lines), 1, makeRegistry(2), lookupIn({}))
  assert.equal(problems.length, 1)
})

function plan(servers: readonly ServerLine[], names: Record<string, string[]> = {}): Plans {
  return planUpstreams(model(servers), 1, makeRegistry(64), lookupIn(names))
}

function lookupIn(names: Record<string, string[]>): FindName {
  return (_, { address }) => ('host' in address ? (names[address.host]?.map(host => ({ host })) ?? null) : null)
}

function makeRegistry(capacity: number): RowRegistry {
  return new RowRegistry(new Rows(createRows({ capacity, columns: 1 }), mainColumn))
}

function model(servers: readonly ServerLine[]): HttpModel {
  const upstream: UpstreamModel = {
    name: 'u',
    implicit: false,
    servers,
    method: { name: 'round_robin', key: null, arguments: [] },
    zone: null,
    keepalive: 32,
    keepaliveRequests: 1000,
    keepaliveTimeMs: 3_600_000,
    keepaliveTimeoutMs: 60_000,
  }
  return { settings: {}, upstreams: [upstream], servers: [], maps: [], logFormats: [] }
}

function line(host: string, port: number): ServerLine {
  return {
    text: `${host}:${port}`,
    address: { host, port },
    weight: 1,
    maxConns: 0,
    maxFails: 1,
    failTimeoutSeconds: 10,
    backup: false,
    down: false,
  }
}

function both(port: number): { host: string; port: number }[] {
  return [
    { host: '127.0.0.1', port },
    { host: '::1', port },
  ]
}
