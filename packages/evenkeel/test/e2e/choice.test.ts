/** Among whom a request's server was chosen, as logs tell it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { HoldingOrigins } from '../scenario/holding.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'

test('a log shows who was picked, who else could have been, and why the others could not', async () => {
  await using origins = await HoldingOrigins.start(4, target => target === '/held')
  const [one, two, three, four] = origins.addresses
  await using proxy = await startProxy({
    config: ports => `
      upstream app {
        server ${one} max_conns=1;
        server 127.0.0.1:${ports.gone};
        server ${two} down;
        server ${three};
        server ${four} backup;
      }
      server {
        listen 127.0.0.1:${ports.main};
        location / { proxy_pass http://app; add_header X-Choice $upstream_choice; }
      }`,
  })
  const port = proxy.port('main')
  const gone = `127.0.0.1:${proxy.port('gone')}`
  const answer = async (): Promise<string> => (await ask(port, get('/'))).get('x-choice') ?? ''
  const held = ask(port, get('/held'))
  const first = await origins.heldBack('/held')
  // The one that holds a request is full; nobody listens on the second.
  assert.equal(
    await answer(),
    `${one}=full ${gone}=picked ${two}=down ${three}=fit ${four}=spare, ` +
      `${one}=full ${gone}=tried ${two}=down ${three}=picked ${four}=spare`,
  )
  assert.equal(await answer(), `${one}=full ${gone}=failed ${two}=down ${three}=picked ${four}=spare`)
  first.answer('well')
  await held
})

test('where nobody is to be had the error log says why of each, with or without a variable', async () => {
  await using proxy = await startProxy({
    config: ports => `
      upstream app { server 127.0.0.1:${ports.one}; server 127.0.0.1:${ports.two} down; server 127.0.0.1:${ports.three}; }
      server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://app; } }`,
  })
  for (let time = 0; time < 2; time++) assert.equal((await ask(proxy.port('main'), get('/'))).status, 502)
  const [one, two, three] = ['one', 'two', 'three'].map(name => `127.0.0.1:${proxy.port(name)}`)
  const log = await proxy.errorLog(/no live upstreams/)
  assert.ok(log.includes(`no live upstreams (${one} failed, ${two} down, ${three} failed)`), log)
})

test('one that this very request has tried in vain is not told as fit', async () => {
  await using origin = await startOrigin()
  await using proxy = await startProxy({
    config: ports => `
      upstream app { server 127.0.0.1:${ports.gone}; server ${origin.address}; }
      server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://app; } }`,
  })
  for (const answer of ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', '']) {
    const told = ask(proxy.port('main'), get('/', 'Connection: close'))
    const upstream = await origin.accept()
    await upstream.receive()
    if (answer !== '') upstream.send(answer)
    upstream.close()
    assert.equal((await told).status, answer === '' ? 502 : 200)
  }
  const log = await proxy.errorLog(/no live upstreams/)
  assert.match(log, /no live upstreams \(\S+ failed, \S+ (?:tried|failed)\)/)
})
