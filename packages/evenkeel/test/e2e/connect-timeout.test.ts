/** A peer that takes no connection: the next one is asked after proxy_connect_timeout, or the answer is 504. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { post } from './stage.ts'

// Listens, and never accepts: once its queue is full, the kernel drops what asks for a connection.
const deaf = `
const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  require('node:fs').writeSync(1, String(server.address().port))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`

test('a peer that takes no connection is passed over in time, also by a POST; alone it is 504', async t => {
  const child = spawn(process.execPath, ['-e', deaf], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const [port] = await once(child.stdout, 'data')
  const address = `127.0.0.1:${port}`
  const fillers = Array.from({ length: 4 }, () => connectSocket(Number(port), '127.0.0.1').on('error', () => {}))
  t.after(() => fillers.forEach(socket => socket.destroy()))
  await once(fillers[0]!, 'connect')

  await using origin = await httpOrigin('other')
  await using proxy = await startProxy({
    config: ports => `
proxy_connect_timeout 250ms;
upstream both { server ${address} max_fails=0; server ${origin.address} backup; }
upstream alone { server ${address} max_fails=0 max_conns=1; }
server { listen 127.0.0.1:${ports['main']};
  location / { proxy_pass http://both; }
  location /alone { proxy_pass http://alone; } }`,
  })
  const before = Date.now()
  assert.equal((await ask(proxy.port(), get('/'))).text, 'other')
  assert.equal((await ask(proxy.port(), post('/', 'abc'))).text, 'other')
  assert.equal((await ask(proxy.port(), get('/alone'))).status, 504)
  assert.equal((await ask(proxy.port(), get('/alone'))).status, 504)
  const took = Date.now() - before
  assert.ok(took >= 500, `took ${took} ms`)
})
