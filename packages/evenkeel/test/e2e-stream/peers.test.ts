/** Real protocols through TCP sessions, and many sessions of every kind with nothing left behind. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { connect } from '../scenario/connection.ts'
import { Ports } from '../scenario/ports.ts'
import { startProxy } from '../scenario/proxy.ts'
import { find, unless } from '../scenario/requires.ts'
import { eventually, until } from '../scenario/wait.ts'
import { Datagrams, UDP_HOST } from './datagrams.ts'

const run = promisify(execFile)

test(
  'redis-cli does its work through a stream, pipelines and large values included',
  { skip: unless('redis-server') },
  async () => {
    const ports = await Ports.reserve(1)
    const port = ports.byName['redis']!
    const redis = spawn(
      find('redis-server')!,
      ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', '/tmp'],
      {
        stdio: 'ignore',
      },
    )
    try {
      await using proxy = await startProxy({
        workers: 2,
        config: named => `
stream {
  upstream redis { server 127.0.0.1:${port}; }
  server { listen 127.0.0.1:${named.main}; proxy_pass redis; }
}`,
      })
      const cli = async (...words: string[]): Promise<string> => {
        const { stdout } = await run(find('redis-cli')!, ['-p', String(proxy.port()), ...words], { maxBuffer: 1 << 24 })
        return stdout.trim()
      }
      await until(
        () => 'redis to answer',
        async () => ((await cli('PING').catch(() => '')) === 'PONG' ? true : undefined),
      )
      assert.equal(await cli('SET', 'greeting', 'hello'), 'OK')
      assert.equal(await cli('GET', 'greeting'), 'hello')
      assert.match(await cli('-r', '500', 'INCR', 'count'), /\n500$/)
      const large = '1000000'
      assert.equal(await cli('SETRANGE', 'large', large, 'end'), '1000003')
      assert.equal((await cli('--raw', 'GET', 'large')).slice(-3), 'end')
    } finally {
      redis.kill('SIGKILL')
      await once(redis, 'exit')
      ports.release()
    }
  },
)

test('a thousand sessions that end in every way leave no connection, descriptor or place behind', async t => {
  let number = 0
  // What the origin does is as mixed as what clients do.
  const origin = createServer({ allowHalfOpen: true }, socket => {
    const way = number++ % 4
    socket.on('error', () => {})
    socket.resume()
    if (way === 0) socket.resetAndDestroy()
    else if (way === 1) socket.end()
    else socket.end('answer')
  })
  await new Promise<void>(resolve => origin.listen(0, '127.0.0.1', resolve))
  t.after(() => origin.close())
  const { port } = origin.address() as AddressInfo
  await using udp = await Datagrams.open(text => text)
  await using proxy = await startProxy({
    logLevel: 'error',
    config: ports => `
stream {
  upstream u { server 127.0.0.1:${port} max_conns=400; }
  upstream refusing { server 127.0.0.9:1; }
  server { listen 127.0.0.1:${ports.main}; proxy_pass u; }
  server { listen 127.0.0.1:${ports.half}; proxy_half_close on; proxy_pass u; }
  server { listen 127.0.0.1:${ports.none}; proxy_pass refusing; }
  server { listen ${UDP_HOST}:${ports.main} udp; proxy_responses 1; proxy_pass ${udp.address}; }
}
http { server { listen 127.0.0.1:${ports.status}; location / { stub_status; } } }`,
  })
  const descriptors = (): number => readdirSync(`/proc/${proxy.pid}/fd`).length
  const session = async (i: number): Promise<void> => {
    await using client = await connect(proxy.port(['main', 'half', 'none'][i % 3]!))
    if (i % 3 === 2) return client.expectClose()
    client.send(`session ${i}`)
    if (i % 5 === 0) return client.reset()
    if (i % 5 === 1) client.end()
    return undefined
  }
  await session(2)
  const before = descriptors()
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 50 }, (_, i) => session(round * 50 + i)))
    await using client = await Datagrams.open()
    assert.equal(await client.send(`round ${round}`, proxy.port('main')).text(), `round ${round}`)
  }
  await until(
    () => `descriptors to be closed: ${descriptors()}, ${before} before`,
    () => descriptors() <= before || undefined,
  )
  await eventually(async () => {
    await using status = await connect(proxy.port('status'))
    status.send('GET / HTTP/1.0\r\n\r\n')
    assert.match((await status.readResponse()).text, /Active connections: 1 /)
  })
  assert.doesNotMatch(await proxy.errorLog(), /bug|alert/)
})
