/** What the process does when it is told to end, to reopen, or to rest. */
import assert from 'node:assert/strict'
import { existsSync, renameSync } from 'node:fs'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { eventually, until } from '../scenario/wait.ts'

test('QUIT finishes what runs with Connection: close, and closes idle connections at once', async () => {
  await using origin = await startOrigin()
  await using proxy = await startProxy({
    workers: 2,
    config: ports => `
      upstream one { server ${origin.address}; keepalive 4; }
      server {
        listen 127.0.0.1:${ports.main};
        location / { proxy_pass http://one; proxy_http_version 1.1; proxy_set_header Connection ""; }
        location /own { return 204; }
      }`,
  })
  await using idle = await connect(proxy.port())
  await idle.send(get('/own')).readResponse()
  await using busy = await connect(proxy.port())
  busy.send(get('/'))
  const asked = await origin.accept()
  await asked.receive()

  proxy.signal('QUIT')
  await idle.expectClose()
  await until(
    () => 'the listener to be gone',
    () =>
      connect(proxy.port()).then(
        async client => {
          await client[Symbol.asyncDispose]()
          return undefined
        },
        () => true,
      ),
  )
  asked.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlast')
  const answer = await busy.readResponse()
  assert.deepEqual([answer.text, answer.get('connection')], ['last', 'close'])
  await busy.expectClose()
  assert.equal(await proxy.exited(), 0)
  assert.equal(existsSync(`${proxy.prefix}nginx.pid`), false)
  assert.equal((await proxy.accessLog()).length, 2)
})

for (const name of ['TERM', 'INT'] as const) {
  test(`${name} ends everything at once, with code 0, and what was served is logged`, async () => {
    await using origin = await startOrigin()
    await using proxy = await startProxy({
      config: ports => `server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://${origin.address}; } }`,
    })
    await using busy = await connect(proxy.port())
    busy.send(get('/'))
    const asked = await origin.accept()
    await asked.receive()
    proxy.signal(name)
    await busy.expectGone()
    await asked.expectGone()
    assert.equal(await proxy.exited(), 0)
    assert.equal(existsSync(`${proxy.prefix}nginx.pid`), false)
    assert.match((await proxy.accessLog(1))[0]!, /"GET \/ HTTP\/1\.1" 499 0/)
  })
}

test('a second signal hurries the first: TERM after QUIT', async () => {
  await using origin = await startOrigin()
  await using proxy = await startProxy({
    config: ports => `server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://${origin.address}; } }`,
  })
  await using busy = await connect(proxy.port())
  busy.send(get('/'))
  await (await origin.accept()).receive()
  proxy.signal('QUIT')
  await proxy.errorLog(/SIGQUIT/)
  proxy.signal('TERM')
  await busy.expectGone()
  assert.equal(await proxy.exited(), 0)
})

test('USR1 opens logs that were moved away anew, and loses no line', async () => {
  await using proxy = await startProxy({
    workers: 2,
    config: ports => `server { listen 127.0.0.1:${ports.main}; location / { return 204; } }`,
  })
  await ask(proxy.port(), get('/before'))
  await proxy.accessLog(1)
  for (const name of ['access.log', 'error.log']) renameSync(proxy.prefix + name, `${proxy.prefix}${name}.1`)
  proxy.signal('USR1')
  await until(
    () => 'both logs to be there again',
    () => (existsSync(`${proxy.prefix}access.log`) && existsSync(`${proxy.prefix}error.log`)) || undefined,
  )
  let asked = 0
  await until(
    () => `both workers to write the new file: ${proxy.read('access.log')} ${proxy.read('access.log.1')}`,
    async () => {
      await ask(proxy.port(), get(`/after/${++asked}`))
      return proxy.read('access.log').includes(`/after/${asked} `) && asked > 8 ? true : undefined
    },
  )
  await eventually(() => {
    const all = proxy.read('access.log.1') + proxy.read('access.log')
    assert.equal(all.trim().split('\n').length, asked + 1)
  })
})

test('WINCH leaves a process in the foreground alone', async () => {
  await using proxy = await startProxy({
    config: ports => `server { listen 127.0.0.1:${ports.main}; location / { return 200 "ok"; } }`,
  })
  proxy.signal('WINCH')
  await proxy.errorLog(/SIGWINCH/)
  assert.equal((await ask(proxy.port(), get('/'))).text, 'ok')
})
