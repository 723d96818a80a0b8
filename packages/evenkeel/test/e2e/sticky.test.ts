/** Clients that stay with a server, over workers and reloads. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'

const serve = (port: number | undefined): string =>
  `server { listen 127.0.0.1:${port}; location / { proxy_pass http://app; add_header X-Peer $upstream_addr; } }`

test('a cookie leads back to the server that gave it, whichever worker is asked, and after a reload', async () => {
  await using one = await httpOrigin('one')
  await using two = await httpOrigin('two')
  const config =
    (more: string) =>
    (ports: Readonly<Record<string, number>>): string =>
      `
    upstream app {
      sticky cookie place path=/ httponly;
      least_conn;
      server ${one.address} ${more};
      server ${two.address};
    }
    ${serve(ports.main)}`
  await using proxy = await startProxy({ workers: 2, config: config('') })
  const first = await ask(proxy.port(), get('/'))
  const cookie = first.get('set-cookie') ?? ''
  assert.match(cookie, /^place=[0-9a-f]{32}; httponly; path=\/$/)
  const back = `Cookie: other=1; ${cookie.split(';')[0]}`
  for (let time = 0; time < 10; time++) {
    const again = await ask(proxy.port(), get('/', back))
    assert.equal(again.text, first.text)
    assert.equal(again.get('set-cookie'), cookie)
  }
  proxy.configure(config('drain'))
  proxy.signal('HUP')
  await proxy.errorLog(/exited with code 0[^]*exited with code 0/)
  assert.equal((await ask(proxy.port(), get('/', back))).text, first.text)
})

test('a session that a server made is remembered in every worker', async () => {
  await using one = await httpOrigin(() => ({ body: 'one', headers: { 'Set-Cookie': 'sid=made-by-one' } }))
  await using two = await httpOrigin(() => ({ body: 'two', headers: { 'Set-Cookie': 'sid=made-by-two' } }))
  await using proxy = await startProxy({
    workers: 2,
    config: ports => `
      upstream app {
        server ${one.address};
        server ${two.address};
        sticky learn create=$upstream_cookie_sid lookup=$cookie_sid zone=sessions:64k;
      }
      ${serve(ports.main)}`,
  })
  const first = await ask(proxy.port(), get('/'))
  for (let time = 0; time < 10; time++) {
    const again = await ask(proxy.port(), get('/', `Cookie: sid=made-by-${first.text}`))
    assert.equal(again.text, first.text)
  }
  const others = new Set<string>()
  for (let time = 0; time < 4; time++) others.add((await ask(proxy.port(), get('/', 'Cookie: sid=unknown'))).text)
  assert.equal(others.size, 2)
})

test('a server that fails is left for another, which the cookie then names', async () => {
  await using one = await httpOrigin('one')
  await using proxy = await startProxy({
    config: ports => `
      upstream app {
        server 127.0.0.1:${ports.nobody} route=gone;
        server ${one.address} route=here;
        sticky cookie place;
      }
      ${serve(ports.main)}`,
  })
  const response = await ask(proxy.port('main'), get('/', 'Cookie: place=gone'))
  assert.equal(response.get('x-peer'), `127.0.0.1:${proxy.port('nobody')}, ${one.address}`)
  assert.equal(response.get('set-cookie'), 'place=here')
})
