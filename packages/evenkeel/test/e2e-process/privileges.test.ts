/** Started as root with another user: who carries traffic has no rights, and all that needs rights goes on working. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { Load } from './load.ts'

const skip = process.geteuid?.() === 0 ? false : 'needs root'

/** Of root, and open to everybody, as /var/log/nginx is; the prefix of a scenario is not. */
const logs = mkdtempSync(join(tmpdir(), 'evenkeel-logs-'))
chmodSync(logs, 0o755)
after(() => rmSync(logs, { recursive: true }))

test('nobody serves a port below 1024, over reloads with more and fewer workers', { skip }, async () => {
  const port = await freeBelow1024()
  const config = (workers: number, text: string) => () =>
    `
worker_processes ${workers};
user nobody;
error_log ${logs}/error.log info;
http { access_log ${logs}/access.log; server { listen 127.0.0.1:${port}; return 200 "${text}"; } }`
  await using proxy = await startProxy({ config: config(1, 'first') })
  assert.equal((await ask(port, get('/'))).text, 'first')
  assert.equal(uidOf(proxy.pid), statSync(`${logs}/access.log`).uid)
  assert.notEqual(uidOf(proxy.pid), 0)
  const [child = 0] = childrenOf(proxy.pid)
  assert.equal(uidOf(child), 0)

  // A reload reads the configuration as that user.
  chmodSync(proxy.prefix, 0o755)
  await using load = new Load({ port, kept: 2, fresh: 2 })
  for (const [workers, text] of [
    [3, 'second'],
    [1, 'third'],
    [2, 'fourth'],
  ] as const) {
    proxy.configure(config(workers, text))
    proxy.signal('HUP')
    await until(
      () => `${text}\n${read('error.log')}`,
      async () => (await ask(port, get('/'))).text === text || undefined,
    )
  }
  await load.stop()
  assert.deepEqual(load.failures, [])

  await proxy.stop()
  // The file is the privileged process's to remove, which ends behind the one that was stopped.
  await until(
    () => 'the privileged process to end with it',
    () => (isGone(child) ? true : undefined),
  )
  assert.throws(() => statSync(proxy.prefix + 'nginx.pid'))
})

test('logs in a folder of root are opened anew after they were moved', { skip }, async () => {
  await using proxy = await startProxy({
    config: ports => `
user nobody;
error_log ${logs}/e.log info;
http { access_log ${logs}/a.log; server { listen 127.0.0.1:${ports.main}; return 204; } }`,
  })
  const both = (): string => read('e.log') + read('e.log.1')
  await ask(proxy.port(), get('/one'))
  await until(both, () => read('a.log').includes('/one ') || undefined)
  for (const name of ['a.log', 'e.log']) renameSync(join(logs, name), join(logs, `${name}.1`))
  proxy.signal('USR1')
  await until(both, async () => {
    await ask(proxy.port(), get('/two'))
    return read('a.log').includes('/two ') || undefined
  })
  assert.equal(statSync(join(logs, 'a.log')).uid, uidOf(proxy.pid))
  assert.doesNotMatch(both(), /\[(error|crit|alert|emerg)\]/)
})

test('worker_rlimit_nofile is what the process may open', { skip }, async () => {
  await using proxy = await startProxy({
    config: ports => `
worker_rlimit_nofile 4321;
http { server { listen 127.0.0.1:${ports.main}; return 204; } }`,
  })
  assert.match(readFileSync(`/proc/${proxy.pid}/limits`, 'utf8'), /^Max open files +4321 +4321 /m)
})

function read(name: string): string {
  return existsSync(join(logs, name)) ? readFileSync(join(logs, name), 'utf8') : ''
}

function uidOf(pid: number): number {
  return Number(/^Uid:\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
}

function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return true
  }
}

async function freeBelow1024(): Promise<number> {
  for (let port = 1000 - (process.pid % 300); port > 600; port--) {
    // Held for as long as this process runs, as ports.ts does: another run of these tests takes another one.
    const lock = createSocket('udp4').unref()
    const mine = await new Promise<boolean>(resolve => {
      lock.once('error', () => resolve(false))
      lock.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true))
    })
    if (!mine) continue
    const server = createServer()
    const free = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
  throw new Error('no port below 1024 is free')
}

test('another process takes over with the rights that the first one had', { skip }, async () => {
  const port = await freeBelow1024()
  await using proxy = await startProxy({
    config: () => `
worker_processes 2;
user nobody;
error_log ${logs}/upgrade.log info;
http { access_log off; server { listen 127.0.0.1:${port}; location / { return 200 $pid; } } }`,
  })
  await using load = new Load({ port, kept: 2, fresh: 4, pausing: 2 })
  proxy.signal('USR2')
  const successor = await until(
    () => `the new process\n${read('upgrade.log')}`,
    () => {
      const pid = Number(proxy.read('nginx.pid').trim())
      return pid > 0 && pid !== proxy.pid ? pid : undefined
    },
    60_000,
  )
  try {
    assert.equal(uidOf(successor), uidOf(proxy.pid))
    assert.notEqual(uidOf(successor), 0)
    proxy.signal('QUIT')
    assert.equal(await proxy.exited(), 0)
    const enough = load.answers + 50
    await until(
      () => 'answers',
      () => load.answers > enough || undefined,
      60_000,
    )
    await load.stop()
    assert.deepEqual(load.failures, [])
    assert.equal((await ask(port, get('/'))).text, String(successor))
    assert.equal(proxy.read('nginx.pid').trim(), String(successor))
    assert.throws(() => statSync(`${proxy.prefix}nginx.pid.oldbin`))
  } finally {
    process.kill(successor, 'SIGTERM')
  }
  await until(
    () => 'the new process to end',
    () => (isGone(successor) ? true : undefined),
    60_000,
  )
})
