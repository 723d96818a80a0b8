/** Under a service manager: it is told what happens, and its sockets are taken. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const PATIENCE_MS = 60_000

test('the service manager hears of the start, of reloads, of life and of the end', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-notify-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$@" >> ${folder}/told\n`)
  chmodSync(join(folder, 'systemd-notify'), 0o755)
  const told = (): string => read(join(folder, 'told'))
  const hears = (pattern: RegExp): Promise<true> =>
    until(
      () => `${pattern} in ${told()}`,
      () => pattern.test(told()) || undefined,
      PATIENCE_MS,
    )
  await using proxy = await startProxy({
    config: ports => `server { listen 127.0.0.1:${ports.main}; return 200 "ok"; }`,
    env: {
      NOTIFY_SOCKET: join(folder, 'socket'),
      WATCHDOG_USEC: '400000',
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    },
  })
  await hears(new RegExp(`^--pid=${proxy.pid} READY=1 MAINPID=${proxy.pid}\n`))
  await hears(/WATCHDOG=1\n[^]*WATCHDOG=1\n/)
  proxy.signal('HUP')
  await hears(/RELOADING=1 MONOTONIC_USEC=\d+\n[^]*READY=1/)
  await proxy.stop()
  assert.match(told(), /STOPPING=1\n$/)
})

test('sockets that are passed on are served, and stay when the process goes', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-activated-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'logs'))
  writeFileSync(join(folder, 'holder.mjs'), holder)
  const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
  const holding = spawn(process.execPath, ['holder.mjs', process.execPath, main, folder], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    const pids = new Set<string>()
    for (let round = 0; round < 2; round++) {
      const pid = await until(
        () => `round ${round}\n${read(join(folder, 'logs/error.log'))}`,
        () => {
          const found = read(join(folder, 'logs/evenkeel.pid')).trim()
          return found !== '' && !pids.has(found) ? found : undefined
        },
        PATIENCE_MS,
      )
      pids.add(pid)
      const port = Number(read(join(folder, 'port')))
      assert.equal((await ask(port, get('/'))).text, pid)
      process.kill(Number(pid), 'SIGQUIT')
    }
    await until(
      () => 'the end of both',
      () => holding.exitCode ?? undefined,
      PATIENCE_MS,
    )
    assert.equal(holding.exitCode, 0)
  } finally {
    holding.kill('SIGKILL')
  }
})

/** Listens, and passes the socket on to two processes, one after the other; it never accepts, since it waits for them. */
const holder = `
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
const [, , node, main, folder] = process.argv
const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address()
  const http = 'http { access_log off; server { listen 127.0.0.1:' + port + '; location / { return 200 "$pid"; } } }'
  writeFileSync('nginx.conf', 'daemon off; error_log logs/error.log notice; events {} ' + http)
  writeFileSync('port', String(port))
  const command = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$1" -p "$2" -c nginx.conf'
  const stdio = ['ignore', 'inherit', 'inherit', server._handle.fd]
  const codes = [0, 1].map(() => spawnSync('/bin/sh', ['-c', command, node, main, folder], { stdio }).status)
  process.exit(codes.every(code => code === 0) ? 0 : 1)
})
`

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
