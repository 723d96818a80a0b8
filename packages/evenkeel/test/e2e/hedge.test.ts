/** A second attempt beside a slow first one: who gets it, who does not, and what the origins see of it. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { HoldingOrigins } from '../scenario/holding.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { post } from './stage.ts'

// The first to be asked for /once… is slow; for /both… two are; all else is answered at once.
const origins = await HoldingOrigins.start(3, (target, times) => {
  return target.includes('/once') ? times === 1 : target.includes('/both') ? times <= 2 : target.includes('/all')
})
const servers = origins.addresses.map(address => `server ${address} max_fails=0 max_conns=1;`).join(' ')
const proxy = await startProxy({
  config: ports => `
    log_format tries '$request [$upstream_addr] [$upstream_status] [$upstream_header_time]';
    access_log access.log tries;
    upstream app { hedge min=20ms; retry_budget 100% min=1000; ${servers} }
    upstream poor { hedge min=20ms; retry_budget 0% min=0; ${servers} }
    upstream bound { hedge min=20ms; sticky cookie place; ${servers} }
    server {
      listen 127.0.0.1:${ports.main};
      add_header X-Peers $upstream_addr always;
      location / { proxy_pass http://app; proxy_next_upstream error timeout http_503; }
      location /poor { proxy_pass http://poor; }
      location /bound { proxy_pass http://bound; }
      location /off { proxy_pass http://app; proxy_next_upstream off; }
    }`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origins[Symbol.asyncDispose]()
})
const port = proxy.port('main')
// Nobody is hedged before it is known how long answers take.
for (const path of ['/', '/poor', '/bound']) for (let time = 0; time < 25; time++) await ask(port, get(`${path}?warm`))

let serial = 0
const named = (kind: string): string => `${kind}${serial++}`

/** A request that is hedged now has come and gone: so has the moment when one begun before would have been. */
async function whileAnotherIsHedged(): Promise<void> {
  const target = named('/once-other')
  assert.equal((await ask(port, get(target))).status, 200)
  assert.equal(origins.times(target), 2)
}

test('a slow first attempt is overtaken by a second one at another peer, and called off at once', async () => {
  const target = named('/once')
  const answer = await ask(port, get(target))
  const slow = await origins.heldBack(target)
  assert.equal(answer.status, 200)
  assert.notEqual(answer.text, String(slow.origin))
  await origins.calledOff(slow)
  assert.equal(origins.times(target), 2)
  // Whose answer it is stands last.
  const winner = origins.addresses[Number(answer.text)]
  assert.equal(answer.get('x-peers'), `${origins.addresses[slow.origin]}, ${winner}`)
  const line = await until(
    () => 'its line in the log',
    () => proxy.read('access.log').match(new RegExp(`GET ${target} HTTP/1.1 \\[.*`))?.[0],
  )
  assert.match(line, /\[-, 200\] \[-, \d\.\d{3}\]/)
})

test('the first attempt may still be the faster one: then the second is called off', async () => {
  const target = named('/both')
  const asked = ask(port, get(target))
  const first = await origins.heldBack(target)
  const second = await origins.heldBack(target, 2)
  assert.notEqual(second.origin, first.origin)
  first.answer('first')
  const answer = await asked
  assert.equal(answer.text, 'first')
  await origins.calledOff(second)
  assert.equal(answer.get('x-peers'), `${origins.addresses[second.origin]}, ${origins.addresses[first.origin]}`)
  assert.equal(origins.times(target), 2)
})

test('what may not run twice is sent once, however slow it is', async () => {
  for (const method of ['POST', 'PATCH', 'LOCK']) {
    const target = named('/once')
    const asked = ask(port, post(target, '').replace('POST', method))
    const slow = await origins.heldBack(target)
    await whileAnotherIsHedged()
    slow.answer('well')
    assert.equal((await asked).text, 'well')
    assert.equal(origins.times(target), 1)
  }
})

for (const [what, request] of [
  ['a request with a body', (target: string) => post(target, 'abc').replace('POST', 'PUT')],
  ['an upgrade', (target: string) => get(target, 'Connection: upgrade', 'Upgrade: other')],
] as const) {
  test(`${what} is sent once`, async () => {
    const target = named('/once')
    const asked = ask(port, request(target))
    const slow = await origins.heldBack(target)
    await whileAnotherIsHedged()
    slow.answer('well')
    assert.equal((await asked).text, 'well')
    assert.equal(origins.times(target), 1)
  })
}

for (const [what, path] of [
  ['without a budget', '/poor'],
  ['where proxy_next_upstream is off', '/off'],
] as const) {
  test(`${what} nothing is sent twice`, async () => {
    const target = named(`${path}/once`)
    const asked = ask(port, get(target))
    const slow = await origins.heldBack(target)
    await whileAnotherIsHedged()
    slow.answer('well')
    assert.equal((await asked).text, 'well')
    assert.equal(origins.times(target), 1)
  })
}

test('a client that is bound to a server waits for that one', async () => {
  const place = (await ask(port, get('/bound'))).get('set-cookie')?.split(';')[0]
  const target = named('/bound/once')
  const asked = ask(port, get(target, `Cookie: ${place}`))
  const slow = await origins.heldBack(target)
  await whileAnotherIsHedged()
  slow.answer('well')
  assert.equal((await asked).text, 'well')
  assert.equal(origins.times(target), 1)
})

test('an attempt that breaks while another is at work is not tried a third time', async () => {
  const target = named('/both')
  const asked = ask(port, get(target))
  const first = await origins.heldBack(target)
  const second = await origins.heldBack(target, 2)
  first.break()
  await until(
    () => 'the log to tell of the break',
    () => proxy.read('error.log').includes(target) || undefined,
  )
  second.answer('second')
  assert.equal((await asked).text, 'second')
  assert.equal(origins.times(target), 2)
})

test('a second attempt that breaks leaves the first one alone', async () => {
  const target = named('/both')
  const asked = ask(port, get(target))
  const first = await origins.heldBack(target)
  const second = await origins.heldBack(target, 2)
  second.break()
  await until(
    () => 'the log to tell of the break',
    () => proxy.read('error.log').includes(target) || undefined,
  )
  assert.equal(first.gone, false)
  first.answer('first')
  assert.equal((await asked).text, 'first')
  assert.equal(origins.times(target), 2)
})

test('when both break the next peer is asked', async () => {
  const target = named('/both')
  const asked = ask(port, get(target))
  const first = await origins.heldBack(target)
  const second = await origins.heldBack(target, 2)
  second.break()
  first.break()
  const answer = await asked
  assert.equal(answer.status, 200)
  assert.equal(origins.times(target), 3)
  assert.equal(new Set([first.origin, second.origin, Number(answer.text)]).size, 3)
})

test('an answer that asks for another peer is not taken while one is at work', async () => {
  const target = named('/both')
  const asked = ask(port, get(target))
  const first = await origins.heldBack(target)
  const second = await origins.heldBack(target, 2)
  second.answer('busy', 503)
  await origins.calledOff(second)
  first.answer('first')
  assert.equal((await asked).text, 'first')
  assert.equal(origins.times(target), 2)

  const other = named('/both')
  const askedToo = ask(port, get(other))
  const one = await origins.heldBack(other)
  const two = await origins.heldBack(other, 2)
  one.answer('busy', 503)
  await origins.calledOff(one)
  two.answer('second')
  assert.equal((await askedToo).text, 'second')
  assert.equal(origins.times(other), 2)
})

test('a client that leaves calls both off', async () => {
  const target = named('/both')
  const client = await connect(port)
  client.send(get(target))
  const first = await origins.heldBack(target)
  const second = await origins.heldBack(target, 2)
  client.close()
  await origins.calledOff(first)
  await origins.calledOff(second)
})

test('every place at a peer is free again after all that', async () => {
  // With max_conns=1 three at a time are all there can be.
  const asked = [0, 1, 2].map(one => ask(port, post(`/all${one}`, '')))
  const held = await Promise.all([0, 1, 2].map(one => origins.heldBack(`/all${one}`)))
  assert.equal(new Set(held.map(({ origin }) => origin)).size, 3)
  for (const one of held) one.answer('well')
  for (const one of asked) assert.equal((await one).text, 'well')
})
