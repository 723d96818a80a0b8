/** A reload under load: nobody is failed, nobody is reset, and what ran before goes away. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { httpOrigin, startOrigin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { Load } from './load.ts'

/** Reloads and waits until all workers have the new generation. */
async function reload(proxy: Proxied, workers: number): Promise<void> {
  const before = count(proxy, /start worker process/g)
  proxy.signal('HUP')
  await until(
    () => `the reload\n${proxy.read('error.log').slice(-1500)}`,
    () => count(proxy, /start worker process/g) >= before + workers || undefined,
  )
}

function count(proxy: Proxied, pattern: RegExp): number {
  return proxy.read('error.log').match(pattern)?.length ?? 0
}

test('24 reloads under load, with the number of workers going up and down, fail nobody', async t => {
  await using one = await httpOrigin('one')
  await using two = await httpOrigin('two')
  await using slow = await startOrigin()
  const config =
    (workers: number, round: number) =>
    (ports: Readonly<Record<string, number>>): string =>
      `
worker_processes ${workers};
error_log error.log notice;
      http {
        upstream both { server ${one.address}; server ${two.address}; keepalive 4; }
        server {
          listen 127.0.0.1:${ports.main};
          location / { proxy_pass http://both; }
          location /slow { proxy_pass http://${slow.address}; proxy_buffering off; proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection; }
          location /round { return 200 "${round}"; }
        }
      }`
  await using proxy = await startProxy({ config: config(2, 0) })

  await using tunnel = await connect(proxy.port())
  tunnel.send(get('/slow', 'Connection: Upgrade', 'Upgrade: other'))
  const socket = await slow.accept()
  await socket.receive()
  socket.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n')
  assert.match(await tunnel.expect(/\r\n\r\n/), /^HTTP\/1\.1 101 /)
  await using download = await connect(proxy.port())
  download.send(get('/slow'))
  const sender = await slow.accept()
  await sender.receive()
  sender.send('HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n')
  await download.expect(/\r\n\r\n/)

  await using load = new Load({ port: proxy.port(), kept: 8, fresh: 4 })
  const sizes = [2, 1, 3, 3, 1, 2]
  let workers = 2
  for (let round = 1; round <= 24; round++) {
    workers = sizes[round % sizes.length]!
    proxy.configure(config(workers, round))
    await reload(proxy, workers)
    // A worker too many serves what it had until its sockets have been handed on.
    await until(
      () => `round ${round}`,
      async () => (await ask(proxy.port(), get('/round'))).text === String(round) || undefined,
    )
    const enough = load.answers + 10
    await until(
      () => 'answers',
      () => load.answers > enough || undefined,
    )
    sender.send('x')
    tunnel.send(`ping ${round};`)
    await socket.expect(`ping ${round};`)
    socket.send(`pong ${round};`)
    await tunnel.expect(`pong ${round};`)
  }
  await load.stop()
  t.diagnostic(`${load.answers} answers, ${load.lasts} of them the last of their connection`)
  assert.deepEqual(load.failures, [])
  assert.ok(load.lasts > 0, 'connections of an old runtime are told to end')
  const [first = 0, second = 0] = [...load.bodies.values()]
  assert.ok(Math.abs(first - second) <= 13, `round robin is exact but for what is under way: ${first} and ${second}`)

  await download.expect('x'.repeat(24))
  socket.end()
  await tunnel.end().expectClose()
  download.close()
  // One exit for each worker and generation, but for those that are serving.
  await until(
    () => proxy.read('error.log').slice(-2000),
    () =>
      count(proxy, /exited with code 0/g) === count(proxy, /start worker process/g) - workers &&
      threads(proxy, 'worker') === workers
        ? true
        : undefined,
  )
  assert.equal(count(proxy, /\[(?:error|crit|alert|emerg)\]/g), 0, proxy.read('error.log'))
  assert.ok(listening(proxy) <= Math.max(...sizes), 'sockets of workers that are gone do not pile up')
})

test('listeners come and go, and names and locations are seen by new connections', async () => {
  await using proxy = await startProxy({
    config: ports => `
      server { listen 127.0.0.1:${ports.main}; server_name a; return 200 "first"; }
      server { listen 127.0.0.1:${ports.second}; return 200 "second"; }`,
    logLevel: 'notice',
  })
  proxy.configure(
    ports => `
      server { listen 127.0.0.1:${ports.main}; server_name a; location /x { return 200 "x"; } location / { return 404; } }
      server { listen 127.0.0.1:${ports.main}; server_name b; return 200 "b"; }
      server { listen 127.0.0.1:${ports.third}; return 200 "third"; }`,
  )
  await reload(proxy, 1)
  const named = (host: string): string => `GET /x HTTP/1.1\r\nHost: ${host}\r\n\r\n`
  assert.equal((await ask(proxy.port(), named('b'))).text, 'b')
  assert.equal((await ask(proxy.port(), named('a'))).text, 'x')
  assert.equal((await ask(proxy.port('third'), get('/'))).text, 'third')
  await assert.rejects(connect(proxy.port('second')), /ECONNREFUSED/)
})

test('a bad configuration, or an address that cannot be had, changes nothing and is logged', async () => {
  await using taken = await startOrigin()
  await using proxy = await startProxy({
    config: ports => `server { listen 127.0.0.1:${ports.main}; return 200 "good"; }`,
    logLevel: 'notice',
    workers: 2,
  })
  await using kept = await connect(proxy.port())
  assert.equal((await kept.send(get('/')).readResponse()).text, 'good')

  proxy.configure(() => 'server { listn 80; }')
  proxy.signal('HUP')
  await proxy.errorLog(/\[emerg\] .*unknown directive "listn" in .*nginx\.conf:\d+/)
  proxy.configure(ports => `server { listen 127.0.0.1:${ports.main}; listen ${taken.address}; return 200 "bad"; }`)
  proxy.signal('HUP')
  await proxy.errorLog(
    /\[emerg\] .*bind\(\) to 127\.0\.0\.1:\d+ failed \(98: Address already in use\)[^]*still could not/,
  )
  proxy.configure(
    ports => `server { listen 127.0.0.1:${ports.main}; access_log no/such/folder.log; return 200 "bad"; }`,
  )
  proxy.signal('HUP')
  await proxy.errorLog(/\[emerg\] .*open\(\) ".*no\/such\/folder\.log" failed \(2: No such file or directory\)/)

  assert.equal((await ask(proxy.port(), get('/'))).text, 'good')
  const answer = await kept.send(get('/')).readResponse()
  assert.deepEqual([answer.text, answer.get('connection')], ['good', 'keep-alive'])
  assert.equal(count(proxy, /exited with code/g), 0)
})

test('a kept connection gets its next answer from the configuration it began with, and is told to end', async () => {
  const config = (text: string) => (ports: Readonly<Record<string, number>>) =>
    `server { listen 127.0.0.1:${ports.main}; return 200 "${text}"; }`
  await using proxy = await startProxy({ config: config('old'), logLevel: 'notice' })
  await using idle = await connect(proxy.port())
  await idle.send(get('/')).readResponse()
  proxy.configure(config('new'))
  await reload(proxy, 1)
  assert.equal((await ask(proxy.port(), get('/'))).text, 'new')
  assert.equal(count(proxy, /exited with code 0/g), 0)

  const last = await idle.send(get('/')).readResponse()
  assert.deepEqual([last.text, last.get('connection')], ['old', 'close'])
  await idle.expectClose()
  await proxy.errorLog(/worker process 1 exited with code 0/)
  assert.equal(count(proxy, /exited with code 0/g), 1)
})

test('what outlives a reload by worker_shutdown_timeout is cut', async () => {
  await using origin = await startOrigin()
  await using proxy = await startProxy({
    config: ports => `
worker_shutdown_timeout 200ms;
error_log error.log notice;
      http { server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://${origin.address}; } } }`,
  })
  await using client = await connect(proxy.port())
  client.send(get('/'))
  const asked = await origin.accept()
  await asked.receive()
  await reload(proxy, 1)
  await client.expectGone()
  await asked.expectGone()
  await proxy.errorLog(/worker process 1 exited with code 0/)
})

test('failures and the place in the round survive a reload', async () => {
  await using one = await httpOrigin('1')
  await using two = await httpOrigin('2')
  await using proxy = await startProxy({
    config: ports => `
      upstream three { server ${one.address}; server 127.0.0.1:1 max_fails=1 fail_timeout=60s; server ${two.address}; }
      server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://three; } }`,
    workers: 2,
    logLevel: 'notice',
  })
  const answers: string[] = []
  for (let round = 0; round < 9; round++) {
    answers.push((await ask(proxy.port(), get('/'))).text)
    await reload(proxy, 2)
  }
  // The refused peer is tried once, and then not again for a minute, whatever is reloaded.
  assert.equal(count(proxy, /connection refused/gi), 1, proxy.read('error.log'))
  assert.match(answers.join(''), /^1(21)+2?$|^12+(12)+1?$/)
})

/** Threads of the process by the name Node gave them. */
function threads(proxy: Proxied, name: string): number {
  const folder = `/proc/${proxy.pid}/task`
  return readdirSync(folder).filter(task => readComm(`${folder}/${task}/comm`).startsWith(name)).length
}

function readComm(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Listening TCP sockets of the process, by what the kernel says of its descriptors. */
function listening(proxy: Proxied): number {
  const inodes = new Set(
    readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .filter(words => words[3] === '0A')
      .map(words => `socket:[${words[9]}]`),
  )
  const folder = `/proc/${proxy.pid}/fd`
  return readdirSync(folder).filter(fd => inodes.has(linkOf(`${folder}/${fd}`))).length
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
