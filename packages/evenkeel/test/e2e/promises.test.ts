/** What the project promises of a proxy as a whole, each in a scenario that could fail. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { httpOrigin, startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'

for (const workers of [1, 3]) {
  test(`three servers on localhost answer 1-2-3-1-2-3, with ${workers} workers and a connection for each request`, async () => {
    await using one = await httpOrigin('Server 1')
    await using two = await httpOrigin('Server 2')
    await using three = await httpOrigin('Server 3')
    await using proxy = await startProxy({
      workers,
      config: ports => `
upstream backend {
    server localhost:${one.port};
    server localhost:${two.port};
    server localhost:${three.port};
}
server {
    listen 127.0.0.1:${ports['main']};
    location / {
        proxy_pass http://backend;
    }
}`,
    })
    const answers: string[] = []
    for (let i = 0; i < 12; i++) answers.push((await ask(proxy.port(), get('/', 'Connection: close'))).text)
    assert.equal(answers.map(text => text.slice(-1)).join(''), '123123123123')
  })
}

test('it starts with every upstream down or unknown, answers 502, and serves once one is there', async () => {
  await using origin = await startOrigin()
  await using proxy = await startProxy({
    config: ports => `
upstream down { server 127.0.0.1:1; server 127.0.0.1:2; }
upstream unknown { server does-not-exist.invalid; }
upstream later { server ${origin.address}; }
server { listen 127.0.0.1:${ports['main']};
  location /down { proxy_pass http://down; }
  location /unknown { proxy_pass http://unknown; }
  location / { proxy_pass http://later; } }`,
  })
  assert.equal((await ask(proxy.port(), get('/down'))).status, 502)
  assert.equal((await ask(proxy.port(), get('/unknown'))).status, 502)
  await using client = await connect(proxy.port())
  client.send(get('/'))
  const upstream = await origin.accept()
  await upstream.receive()
  upstream.send('HTTP/1.1 204 Fine\r\n\r\n')
  assert.equal((await client.readResponse()).status, 204)
})

test('every line of a failed request says why in one word, and which servers were tried', async () => {
  await using origin = await startOrigin()
  await using proxy = await startProxy({
    config: ports => `
log_format why '$request_uri $status $failure $upstream_addr';
access_log access.log why;
upstream mixed { server 127.0.0.1:1 max_fails=0; server ${origin.address} max_fails=0; keepalive 0; }
server { listen 127.0.0.1:${ports['main']}; client_max_body_size 1;
  location / { proxy_pass http://mixed; proxy_read_timeout 150ms; }
  location /straight/ { proxy_pass http://${origin.address}; } }`,
  })
  const port = proxy.port()
  assert.equal((await ask(port, get('/slow'))).status, 504)
  assert.equal((await ask(port, get('/big').replace('\r\n\r\n', '\r\nContent-Length: 2\r\n\r\nab'))).status, 413)
  assert.equal((await ask(port, get('/%zz'))).status, 400)
  await origin.accept()
  const answer = ask(port, get('/straight/garbage'))
  const upstream = await origin.accept()
  await upstream.receive()
  upstream.send('nonsense\r\n')
  assert.equal((await answer).status, 502)
  const text = (await proxy.accessLog(4)).join('\n')
  assert.match(text, new RegExp(`^/slow 504 upstream_read_timeout 127.0.0.1:1, ${origin.address}$`, 'm'))
  assert.match(text, /^\/big 413 body_too_large -$/m)
  assert.match(text, /^\/%zz 400 malformed_request -$/m)
  assert.match(text, new RegExp(`^/straight/garbage 502 malformed_response ${origin.address}$`, 'm'))
})
