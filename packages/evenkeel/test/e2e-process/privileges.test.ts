/** Started as root with another user: who carries traffic has no rights, and all that needs rights goes on working. */
import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { Load } from './load.ts'

const skip = process.geteuid?.() === 0 ? false : 'needs root'

test('nobody serves a port below 1024, over reloads with more and fewer workers', { skip }, async () => {
  const port = await freeBelow1024()
  const config = (workers: number, text: string) => () => `
worker_processes ${workers};
user nobody;
http { access_log logs/access.log; server { listen 127.0.0.1:${port}; return 200 "${text}"; } }`
  await using proxy = await startProxy({ config: config(1, 'first') })
  assert.equal((await ask(port, get('/'))).text, 'first')
  assert.equal(uidOf(proxy.pid), statSync(proxy.prefix + 'logs/access.log').uid)
  assert.notEqual(uidOf(proxy.pid), 0)
  const [child = 0] = childrenOf(proxy.pid)
  assert.equal(uidOf(child), 0)

  const load = new Load({ port, kept: 2, fresh: 2 })
  for (const [workers, text] of [
    [3, 'second'],
    [1, 'third'],
    [2, 'fourth'],
  ] as const) {
    proxy.configure(config(workers, text))
    proxy.signal('HUP')
    await until(
      () => `${text}\n${proxy.read('error.log')}`,
      async () => (await ask(port, get('/'))).text === text || undefined,
    )
  }
  await load.stop()
  assert.deepEqual(load.failures, [])

  await proxy.stop()
  assert.throws(() => statSync(proxy.prefix + 'nginx.pid'))
  await until(
    () => 'the privileged process to end with it',
    () => (isGone(child) ? true : undefined),
  )
})

test('logs in a folder of root are opened anew after they were moved', { skip }, async () => {
  await using proxy = await startProxy({
    config: ports => `
user nobody;
error_log logs/error.log info;
http { access_log logs/access.log; server { listen 127.0.0.1:${ports.main}; return 204; } }`,
  })
  chmodSync(proxy.prefix, 0o755)
  assert.equal(statSync(`${proxy.prefix}logs`).uid, 0)
  await ask(proxy.port(), get('/one'))
  await lines(proxy, 'logs/access.log', /\/one /)
  for (const name of ['access.log', 'error.log']) {
    renameSync(`${proxy.prefix}logs/${name}`, `${proxy.prefix}logs/${name}.1`)
  }
  proxy.signal('USR1')
  await until(
    () => `the new log; ${proxy.read('logs/error.log')}${proxy.read('logs/error.log.1')}`,
    () => readdirSync(`${proxy.prefix}logs`).includes('access.log') || undefined,
  )
  await until(
    () => `a line in the new log; ${proxy.read('logs/error.log')}${proxy.read('logs/error.log.1')}`,
    async () => {
      await ask(proxy.port(), get('/two'))
      return /\/two /.test(proxy.read('logs/access.log')) || undefined
    },
  )
  assert.doesNotMatch(proxy.read('logs/error.log') + proxy.read('logs/error.log.1'), /\[(error|crit|alert|emerg)\]/)
})

test('worker_rlimit_nofile is what the process may open', { skip }, async () => {
  await using proxy = await startProxy({
    config: ports => `
worker_rlimit_nofile 4321;
http { server { listen 127.0.0.1:${ports.main}; return 204; } }`,
  })
  assert.match(readFileSync(`/proc/${proxy.pid}/limits`, 'utf8'), /^Max open files +4321 +4321 /m)
})

async function lines(proxy: Proxied, path: string, pattern: RegExp): Promise<void> {
  await until(
    () => `${pattern} in ${path}`,
    () => pattern.test(proxy.read(path)) || undefined,
  )
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
    const server = createServer()
    const free = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
  throw new Error('no port below 1024 is free')
}
