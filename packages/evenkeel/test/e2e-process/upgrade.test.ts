/** Another process takes over from the one that runs, as with nginx: USR2, then QUIT to the old one, or back again. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { LastingClients, startLastingOrigin } from './lasting.ts'
import { Load } from './load.ts'

const PATIENCE_MS = 60_000

test('another process takes over under load: nobody is failed, refused or reset', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-upgrade-'))
  t.after(() => rmSync(folder, { recursive: true }))
  await using origin = await startLastingOrigin('origin')
  await using proxy = await startProxy({
    workers: 2,
    logLevel: 'notice',
    config: ports => `
      upstream one { server ${origin.address}; keepalive 8; }
      server {
        listen 127.0.0.1:${ports.main};
        listen unix:${folder}/socket;
        location / { proxy_pass http://one; proxy_http_version 1.1; proxy_set_header Connection ""; }
        location /events { proxy_pass http://one; proxy_buffering off; }
        location /upload { proxy_pass http://one; proxy_request_buffering off; }
        location /socket { proxy_pass http://one; proxy_http_version 1.1;
          proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection; }
        location /pid { return 200 $pid; }
      }`,
  })
  const old = proxy.pid
  await using lasting = new LastingClients(proxy.port(), { sockets: 3, streams: 0, uploads: 4 })
  await using load = new Load({ port: proxy.port(), kept: 6, fresh: 6, pausing: 6 })
  await more(load)
  const successor = await upgrade(proxy)
  await using _ = killing(successor)
  assert.equal(proxy.read('nginx.pid.oldbin').trim(), String(old))
  await until(
    () => 'both to serve',
    async () => (await ask(proxy.port(), get('/pid'))).text === String(successor) || undefined,
    PATIENCE_MS,
  )
  await more(load)
  proxy.signal('QUIT')
  await until(
    () => 'the old process to take nothing new',
    async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => ask(proxy.port(), get('/pid'))))
      return all.every(({ text }) => text === String(successor)) || undefined
    },
    PATIENCE_MS,
  )
  // Those that are upgraded go on with the process that they began with.
  const messages = lasting.messages
  await until(
    () => 'WebSockets to go on',
    () => lasting.messages > messages + 3 || undefined,
    PATIENCE_MS,
  )
  await more(load)
  await lasting.stop()
  assert.equal(await proxy.exited(), 0)
  await more(load)
  await load.stop()
  t.diagnostic(
    `${load.answers} answers, ${load.lasts} of them the last of their connection, ${lasting.uploads} uploads, ` +
      `${load.failures.length + lasting.failures.length} failures`,
  )
  assert.deepEqual([...load.failures, ...lasting.failures], [])
  assert.ok(load.lasts > 0)
  assert.equal(existsSync(`${proxy.prefix}nginx.pid.oldbin`), false)
  assert.equal(proxy.read('nginx.pid').trim(), String(successor))
  assert.ok(existsSync(`${folder}/socket`), 'the socket file is the new one’s')

  process.kill(successor, 'SIGQUIT')
  await until(
    () => 'the new process to end',
    () => (existsSync(`${proxy.prefix}nginx.pid`) || existsSync(`${folder}/socket`) ? undefined : true),
    PATIENCE_MS,
  )
})

test('a new process that ends gives everything back to the old one', async () => {
  await using proxy = await startProxy({
    logLevel: 'notice',
    config: ports => `server { listen 127.0.0.1:${ports.main}; location / { return 200 "$pid"; } }`,
  })
  const successor = await upgrade(proxy)
  await using _ = killing(successor)
  await using load = new Load({ port: proxy.port(), kept: 2, fresh: 4 })
  await more(load)
  // A second one is not started meanwhile.
  proxy.signal('USR2')
  await proxy.errorLog(/\[crit\] .*the changing binary signal is ignored/)
  process.kill(successor, 'SIGQUIT')
  await proxy.errorLog(new RegExp(`new binary process ${successor} exited with code 0`))
  await until(
    () => 'the pid file',
    () => proxy.read('nginx.pid').trim() === String(proxy.pid) || undefined,
    PATIENCE_MS,
  )
  await more(load)
  await load.stop()
  assert.deepEqual(load.failures, [])
  assert.equal((await ask(proxy.port(), get('/'))).text, String(proxy.pid))
})

test('a new process that cannot start changes nothing', async () => {
  await using proxy = await startProxy({
    logLevel: 'notice',
    expectTrouble: true,
    config: ports => `server { listen 127.0.0.1:${ports.main}; location / { return 200 "here"; } }`,
  })
  proxy.configure(() => 'server { listn 80; }')
  proxy.signal('USR2')
  await proxy.errorLog(/new binary process \d+ exited with code 1/)
  await until(
    () => 'the pid file',
    () => proxy.read('nginx.pid').trim() === String(proxy.pid) || undefined,
    PATIENCE_MS,
  )
  await using client = await connect(proxy.port())
  assert.equal((await client.send(get('/')).readResponse()).text, 'here')
})

async function upgrade(proxy: Proxied): Promise<number> {
  proxy.signal('USR2')
  return until(
    () => `the new process\n${proxy.read('error.log').slice(-2000)}${proxy.output}`,
    () => {
      const pid = Number(proxy.read('nginx.pid').trim())
      return pid > 0 && pid !== proxy.pid ? pid : undefined
    },
    PATIENCE_MS,
  )
}

async function more(load: Load): Promise<void> {
  const enough = load.answers + 100
  await until(
    () => `answers: ${load.failures.slice(0, 5).join('; ')}`,
    () => load.answers > enough || undefined,
    PATIENCE_MS,
  )
}

/** Whatever becomes of the test, it does not stay. */
function killing(pid: number): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    },
  }
}
