/** A worker that dies takes its own connections with it and nothing else. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect, type Connection } from '../scenario/connection.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { undisturbed, until } from '../scenario/wait.ts'

const program = join(import.meta.dirname, 'mortal.ts')

function start(origin: string, workers: number, stallSeconds = 100): Promise<Proxied> {
  return startProxy({
    program,
    env: { STALL_SECONDS: String(stallSeconds) },
    workers,
    logLevel: 'notice',
    config: ports => `
      log_format tid '$request_uri';
      upstream one { server ${origin} max_conns=1; }
      server {
        listen 127.0.0.1:${ports.main};
        location / { proxy_pass http://one; }
        location /own { return 200 "ok"; }
      }`,
  })
}

async function kill(proxy: Proxied, index: number, times: number): Promise<void> {
  proxy.write(`die-${index}`, '')
  await until(
    () => `its replacement\n${proxy.read('error.log')}`,
    () => (deaths(proxy) === times && starts(proxy) === deaths(proxy) + workersOf(proxy)) || undefined,
  )
}

function deaths(proxy: Proxied): number {
  return proxy.read('error.log').match(/ended unexpectedly/g)?.length ?? 0
}

function starts(proxy: Proxied): number {
  return proxy.read('error.log').match(/start worker process/g)?.length ?? 0
}

function workersOf(proxy: Proxied): number {
  return Number(/worker_processes (\d+)/.exec(proxy.read('nginx.conf'))?.[1])
}

test('it is replaced with a growing pause, and what it held of max_conns is free again', () =>
  undisturbed(async () => {
    await using origin = await startOrigin()
    await using proxy = await start(origin.address, 1)
    for (let times = 1; times <= 3; times++) {
      await using client = await connect(proxy.port())
      client.send(get('/'))
      await (await origin.accept()).receive()
      assert.equal((await ask(proxy.port(), get('/full'))).status, 502, 'the only place is taken')
      await kill(proxy, 0, times)
      await client.expectGone()
    }
    const log = proxy.read('error.log')
    assert.match(
      log,
      /\[error\] .*worker process 1 ended unexpectedly \(Error: told to die[^\n]*\); it is replaced in 100 ms\n/,
    )
    assert.match(log, /replaced in 200 ms[^]*replaced in 400 ms/)

    await using client = await connect(proxy.port())
    client.send(get('/'))
    const again = await origin.accept()
    await again.receive()
    again.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    assert.equal((await client.readResponse()).text, 'ok')
  }))

test('the others and their connections go on', async () => {
  await using origin = await startOrigin()
  await using proxy = await start(origin.address, 3)
  const kept: Connection[] = []
  // The kernel spreads connections over the workers: of 60 some are with each.
  for (let count = 0; count < 60; count++) kept.push(await connect(proxy.port()))
  for (const client of kept) assert.equal((await client.send(get('/own')).readResponse()).text, 'ok')
  await kill(proxy, 1, 1)

  let lost = 0
  for (const client of kept) {
    try {
      assert.equal((await client.send(get('/own')).readResponse()).text, 'ok')
    } catch {
      lost++
    }
  }
  assert.ok(lost > 0 && lost < 60, `${lost} of 60 connections were lost with one worker of three`)
  for (let count = 0; count < 12; count++) assert.equal((await ask(proxy.port(), get('/own'))).text, 'ok')
  for (const client of kept) await client[Symbol.asyncDispose]()
})

test('one that hangs is replaced, and its clients are let go', async () => {
  await using origin = await startOrigin()
  await using proxy = await start(origin.address, 1, 3)
  await using client = await connect(proxy.port())
  client.send(get('/own'))
  assert.equal((await client.readResponse()).status, 200)
  proxy.write('hang-0', '')
  await until(
    () => `its replacement\n${proxy.read('error.log')}`,
    () => (deaths(proxy) === 1 && starts(proxy) === 2) || undefined,
  )
  await client.expectGone()
  assert.match(proxy.read('error.log'), /ended unexpectedly \(its event loop stood still for 3 s\); it is replaced/)
  assert.equal((await ask(proxy.port(), get('/own'))).status, 200)
})
