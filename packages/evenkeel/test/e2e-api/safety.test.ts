/** Who may ask, and who may not: nothing of the balancer is told or changed by accident. */
import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { ask } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { startProxy } from '../scenario/proxy.ts'

const config = (ports: Readonly<Record<string, number>>): string => `
  upstream app { server 127.0.0.1:9; }
  server {
    listen ${ports.main};
    listen 127.0.0.1:${ports.proxied} proxy_protocol;
    server_name lb.example;
    location /read/ { api; }
    location /api/ { api write=on; }
    location /open/ { allow all; api write=on; }
    location = /metrics { metrics; }
  }`

function request(method: string, path: string, ...fields: readonly string[]): string {
  return [`${method} ${path} HTTP/1.1`, ...fields, 'Content-Length: 0', 'Connection: close'].join('\r\n') + '\r\n\r\n'
}

test('without rules only programs on this machine get an answer', async () => {
  await using proxy = await startProxy({ config })
  const elsewhere = Object.values(networkInterfaces())
    .flat()
    .find(one => one !== undefined && one.family === 'IPv4' && !one.internal)?.address
  if (elsewhere !== undefined) {
    for (const path of ['/api/9/nginx', '/metrics']) {
      const answer = await fetch(`http://${elsewhere}:${proxy.port()}${path}`)
      assert.equal(answer.status, 403, path)
      assert.match(await answer.text(), /only clients on this machine may ask/)
    }
    assert.equal((await fetch(`http://${elsewhere}:${proxy.port()}/open/9/nginx`)).status, 200)
  }
  // What a proxy on this machine passes on is not from this machine.
  await using client = await connect(proxy.port('proxied'))
  const head = 'PROXY TCP4 127.0.0.1 127.0.0.1 5 6\r\n'
  const passed = await client.send(head + request('GET', '/api/9/nginx', 'Host: localhost')).readResponse()
  assert.equal(passed.status, 403)
  const forwarded = await ask(proxy.port(), request('GET', '/api/9/nginx', 'Host: localhost', 'X-Forwarded-For: ::1'))
  assert.equal(forwarded.status, 403)
})

test('a page in a browser on this machine neither reads nor changes anything', async () => {
  await using proxy = await startProxy({ config })
  const status = async (...parts: Parameters<typeof request>): Promise<number> =>
    (await ask(proxy.port(), request(...parts))).status
  for (const path of ['/api/9/nginx', '/metrics']) {
    assert.equal(await status('GET', path, 'Host: evil.example'), 403, path)
    assert.equal(await status('GET', path, 'Host: lb.example:80'), 200, path)
    assert.equal(await status('GET', path, 'Host: [::1]'), 200, path)
    assert.equal(await status('GET', path, 'Host: localhost'), 200, path)
  }
  const server = '/http/upstreams/app/servers/0'
  for (const place of ['/api/9', '/open/9']) {
    const change = (...fields: readonly string[]): Promise<number> => status('DELETE', place + server, ...fields)
    assert.equal(await change('Host: localhost', 'Origin: http://evil.example'), 403)
    assert.equal(await change('Host: localhost:8080', 'Origin: http://localhost:3000'), 403)
    assert.equal(await change('Host: localhost', 'Origin: null'), 403)
    assert.equal(await change('Host: evil.example', 'Origin: http://evil.example'), 403)
  }
  assert.equal(await status('DELETE', '/api/9' + server, 'Host: localhost:8080', 'Origin: http://localhost:8080'), 200)
})

test('nothing can be changed where that is not said', async () => {
  await using proxy = await startProxy({ config })
  const answer = await ask(proxy.port(), request('DELETE', '/read/9/http/upstreams/app/servers/0', 'Host: localhost'))
  assert.equal(answer.status, 405)
  assert.equal(JSON.parse(answer.text).error.code, 'MethodDisabled')
})
