import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from '../exchange/exchange.ts'
import { Fields } from '../exchange/fields.ts'
import { ResponseHead } from '../exchange/head.ts'
import type { StickyCookieModel } from '../model/sticky.ts'
import { createTable, LruTable } from '../shared/lru-table.ts'
import { cookieDate, StickyCookie, stickyIdOf } from './sticky.ts'
import { StickyLearn } from './sticky-learn.ts'
import { leased, letterOf, many, modelOf, Setting } from './upstream.fixture.ts'
import type { Asker, Upstream } from './upstream.ts'

const exchange = {} as Exchange
const cookie: StickyCookieModel = {
  kind: 'cookie',
  name: 's',
  expires: null,
  domain: null,
  path: null,
  httpOnly: false,
  secure: false,
  sameSite: null,
  lookup: [],
}
const sticky = { sticky: { kind: 'route', lookup: [] } } as const

function setCookie(
  model: Partial<StickyCookieModel>,
  domain: string | null = null,
  sameSite: string | null = null,
): string[] {
  const head = new ResponseHead(200, new Fields(), 0)
  const text = (given: string | null): (() => string) | null => (given === null ? null : () => given)
  const texts = { lookup: [], domain: text(domain), sameSite: text(sameSite) }
  new StickyCookie({ ...cookie, ...model }, texts, () => 1e12).answered(exchange, head, 'id')
  return head.fields.getAll('set-cookie')
}

/** Requests bound to an id, each served at once. */
function bound(upstream: Upstream, id: string, count: number): string {
  const asker: Asker = { hashKey: () => '', address: () => new Uint8Array(0), stickyId: () => id }
  return many(count, () => {
    const lease = leased(upstream, upstream.select(asker))
    lease?.end('served')
    return letterOf(lease)
  })
}

test('the id of a server is its route, else the MD5 of its address', () => {
  const [server] = modelOf([{}]).servers
  assert.equal(stickyIdOf(server!, '127.0.0.1:9102'), '49d93890628afec4f1964241841ebd2a')
  assert.equal(stickyIdOf({ ...server!, route: 'one' }, '127.0.0.1:9102'), 'one')
})

test('a cookie says its attributes in the order that nginx has', () => {
  assert.deepEqual(setCookie({}), ['s=id'])
  assert.deepEqual(setCookie({ expires: 60, httpOnly: true, secure: true, path: '/a' }, 'a.test', 'lax'), [
    's=id; expires=Sun, 09-Sep-01 01:47:40 GMT; max-age=60; domain=a.test; httponly; secure; samesite=lax; path=/a',
  ])
  assert.deepEqual(setCookie({ expires: 'max' }), ['s=id; expires=Thu, 31-Dec-37 23:55:55 GMT; max-age=315360000'])
  assert.deepEqual(setCookie({}, '', ''), ['s=id'])
  assert.deepEqual(setCookie({}, null, 'whatever'), ['s=id; samesite=strict'])
})

test('a cookie that a variable would break out of is not set', () => {
  assert.deepEqual(setCookie({}, 'a\r\nX: y'), [])
})

test('dates of cookies have two digits for the year while old clients can read it', () => {
  assert.equal(cookieDate(0), 'Thu, 01-Jan-70 00:00:00 GMT')
  assert.equal(cookieDate(Date.UTC(2040, 0, 1)), 'Sun, 01-Jan-2040 00:00:00 GMT')
})

test('a request stays with its server, and others are sent elsewhere for it', () => {
  const upstream = new Setting().upstream([{ route: 'a' }, { route: 'b' }, { route: 'c' }], {}, 0, sticky)
  assert.equal(bound(upstream, 'b', 1), 'b')
  assert.equal(bound(upstream, '', 5), 'a c a b c')
  assert.equal(bound(upstream, 'nobody', 3), 'a b c')
})

test('a server that had many of its own is not out of turn for ever', () => {
  const upstream = new Setting().upstream([{ route: 'a' }, { route: 'b' }, { route: 'c' }], {}, 0, sticky)
  assert.equal(
    bound(upstream, 'a', 20),
    many(20, () => 'a'),
  )
  assert.match(bound(upstream, '', 6), /a/)
})

for (const name of ['round_robin', 'least_conn', 'ip_hash', 'ewma', 'random']) {
  test(`a draining server gets only what is bound to it, with ${name}`, () => {
    const upstream = new Setting().upstream([{ route: 'a', drain: true }, { route: 'b' }], { name }, 0, sticky)
    assert.equal(bound(upstream, 'a', 3), 'a a a')
    assert.equal(bound(upstream, '', 3), 'b b b')
  })
}

test('a single server that drains serves who is bound to it and nobody else', () => {
  const upstream = new Setting().upstream([{ route: 'a', drain: true }], {}, 0, sticky)
  assert.equal(bound(upstream, 'a', 2), 'a a')
  assert.equal(bound(upstream, '', 1), '-')
})

test('a server that is down, failing, full or was tried is no place for who is bound to it', () => {
  const setting = new Setting()
  const down = setting.upstream([{ route: 'a', down: true }, {}], {}, 0, sticky)
  assert.equal(bound(down, 'a', 2), 'b b')
  const upstream = setting.upstream([{ route: 'a', maxConns: 1 }, {}], {}, 0, { ...sticky, name: 'other' })
  const asker: Asker = { hashKey: () => '', address: () => new Uint8Array(0), stickyId: () => 'a' }
  const selection = upstream.select(asker)
  const first = leased(upstream, selection)
  assert.equal(bound(upstream, 'a', 1), 'b')
  first?.end('failed')
  assert.equal(letterOf(leased(upstream, selection)), 'b')
  assert.equal(bound(upstream, 'a', 1), 'b')
})

class Sessions {
  nowMs = 1_000_000
  created = ''
  asked = ''
  readonly table = new LruTable(createTable({ bytes: 2048, words: 10 }, { first: 1, second: 2 }), 1)
  readonly #texts = { create: [() => this.created], lookup: [() => this.asked] }

  learn(atHeader = false, table: LruTable = this.table): StickyLearn {
    return new StickyLearn(this.#texts, table, 2000, atHeader, () => this.nowMs)
  }
}

const answer = new ResponseHead(200, new Fields(), 0)

test('a session is learned from who served it, and found again until its time is up', () => {
  const sessions = new Sessions()
  const learn = sessions.learn()
  sessions.created = 'session'
  learn.answered(exchange, answer, 'x'.repeat(32))
  sessions.asked = 'session'
  assert.equal(learn.idOf(exchange), '')
  learn.served(exchange, 'x'.repeat(32))
  sessions.nowMs += 1900
  assert.equal(learn.idOf(exchange), 'x'.repeat(32))
  sessions.created = ''
  learn.served(exchange, 'other')
  sessions.nowMs += 1900
  assert.equal(learn.idOf(exchange), 'other')
  sessions.nowMs += 200
  assert.equal(learn.idOf(exchange), '')
})

test('with header it is learned when the answer begins', () => {
  const sessions = new Sessions()
  const learn = sessions.learn(true)
  sessions.created = sessions.asked = 's'
  learn.answered(exchange, answer, 'one')
  learn.served(exchange, 'two')
  assert.equal(learn.idOf(exchange), 'one')
})

test('a client cannot make up a session', () => {
  const sessions = new Sessions()
  const learn = sessions.learn()
  sessions.asked = 'made up'
  learn.served(exchange, 'one')
  assert.equal(sessions.table.size, 0)
})

test('a full table forgets who was not there for the longest time, and the expired first', () => {
  const sessions = new Sessions()
  const learn = sessions.learn()
  for (let count = 0; count < sessions.table.capacity + 3; count++) {
    sessions.created = `s${count}`
    learn.served(exchange, 'one')
  }
  sessions.asked = 's0'
  assert.equal(learn.idOf(exchange), '')
  sessions.asked = 's3'
  assert.equal(learn.idOf(exchange), 'one')
  sessions.nowMs += 3000
  sessions.created = 'new'
  learn.served(exchange, 'one')
  assert.equal(sessions.table.size, sessions.table.capacity - 1)
})
