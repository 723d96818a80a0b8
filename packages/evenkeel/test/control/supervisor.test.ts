/**
 * The main thread's part of start, reload and end, with workers that only answer.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { choosePaths } from '../../src/control/files/paths.ts'
import { Signals } from '../../src/control/signals.ts'
import { startProcess, type Supervisor } from '../../src/control/supervisor.ts'

const signals = new Signals()
after(() => signals.release())
const folders: string[] = []
let running: Supervisor | null = null
afterEach(async () => {
  await running?.stop()
  running = null
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

test('the pid file is there once all workers are live, and gone at the end', async () => {
  const { folder } = await start('worker_processes 2;', 'a')
  assert.equal(readFileSync(join(folder, 'x.pid'), 'utf8'), `${process.pid}\n`)
  assert.deepEqual(told(folder).toSorted(), ['0 configure', '1 configure'])
  await running!.quit()
  assert.equal(await running!.ended, 0)
  assert.equal(existsSync(join(folder, 'x.pid')), false)
  assert.equal(exits(folder).length, 2)
})

test('a reload is one notice of an exit for each worker', async () => {
  const { folder } = await start('worker_processes 2;', 'a')
  await running!.reload()
  await until(() => exits(folder).length === 2)
  await running!.reload()
  await until(() => exits(folder).length === 4)
  assert.match(log(folder), /\[notice\] \d+#0: worker process 1 exited with code 0/)
})

test('reloads asked for while one runs are one more', async () => {
  const { folder } = await start('', 'a')
  await Promise.all([running!.reload(), running!.reload(), running!.reload(), running!.reload()])
  await until(() => told(folder).length === 3)
  assert.deepEqual(told(folder), ['0 configure', '0 configure', '0 configure'])
})

test('a configuration with problems is logged and nothing changes', async () => {
  const { folder } = await start('', 'a')
  writeFileSync(join(folder, 'nginx.conf'), 'nonsense;')
  await running!.reload()
  assert.match(log(folder), /\[emerg\] \d+#0: unknown directive "nonsense" in .*nginx\.conf:1/)
  assert.deepEqual(told(folder), ['0 configure'])
})

test('what one worker refuses is taken back in all', async () => {
  const { folder } = await start('worker_processes 2;', 'a')
  write(folder, 'worker_processes 2;', 'refuse-in-1')
  await running!.reload()
  assert.match(log(folder), /\[emerg\] .*cannot do that/)
  assert.equal(told(folder).filter(line => line === '0 configure').length, 3)
})

test('a start that a worker refuses ends with its reason', async () => {
  const { said } = await start('', 'refuse-in-0', false)
  assert.match(said.join('\n'), /\[emerg\] cannot do that/)
})

test('a worker that dies at the start is said, and the start ends', async () => {
  const { folder, said } = await start('', 'die', false)
  assert.match(said.join('\n'), /ended before it was ready: Error: told to die/)
  assert.equal(existsSync(join(folder, 'x.pid')), false)
})

test('a worker that dies later is replaced and gets the configuration again', async () => {
  const { folder } = await start('', 'die-later')
  await until(() => told(folder).length >= 2)
  assert.match(log(folder), /\[error\] .*ended unexpectedly \(exit code 3\); it is replaced in 100 ms/)
  assert.doesNotMatch(log(folder), /\[alert\]/)
})

test('the number of workers follows the configuration', async () => {
  const { folder } = await start('worker_processes 3;', 'a')
  write(folder, 'worker_processes 1;', 'a')
  await running!.reload()
  await until(() => exits(folder).length === 3)
  assert.ok(told(folder).includes('2 drain') && told(folder).includes('1 drain') && !told(folder).includes('0 drain'))
})

test('after WINCH a daemon has no workers until the next reload, and keeps its pid file', async () => {
  const { folder } = await start('', 'a')
  process.emit('SIGWINCH')
  await until(() => exits(folder).length === 1)
  assert.ok(existsSync(join(folder, 'x.pid')))
  await running!.reload()
  assert.deepEqual(told(folder), ['0 configure', '0 drain', '0 stop', '0 configure'])
})

test('a port in use keeps it from starting, and is named', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const { said } = await start('', 'a', false, port)
  server.close()
  assert.ok(
    said.includes(`evenkeel: [emerg] bind() to 127.0.0.1:${port} failed (98: Address already in use)`),
    said.join('\n'),
  )
})

test('a log that cannot be opened keeps it from starting', async () => {
  const { said } = await start('error_log missing/error.log;', 'a', false)
  assert.match(said.join('\n'), /\[emerg\] open\(\) ".*missing\/error\.log" failed \(2: No such file or directory\)/)
})

test('logs that were moved away are opened anew', async () => {
  const { folder } = await start('', 'a')
  rmSync(join(folder, 'error.log'))
  await running!.reopen()
  await until(() => told(folder).includes('0 reopen'))
  assert.equal(log(folder), '')
})

async function start(
  globals: string,
  name: string,
  works = true,
  port: number | null = null,
): Promise<{ folder: string; said: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'supervisor-'))
  folders.push(folder)
  write(folder, globals, name, port)
  const said: string[] = []
  running = await startProcess({
    source: {
      paths: choosePaths({ prefix: folder, file: null, errorLog: 'error.log' }, '/', existsSync),
      globals: null,
    },
    say: text => said.push(text),
    signals,
    workerUrl: new URL('./fake-worker.ts', import.meta.url),
    bindTries: 1,
  })
  assert.equal(running !== null, works, said.join('\n'))
  return { folder, said }
}

function write(folder: string, globals: string, name: string, port: number | null = null): void {
  const listen = port === null ? `unix:${folder}/sock` : `127.0.0.1:${port}`
  const http = `events {} http { server { listen ${listen}; server_name ${name}; return 204; } }`
  writeFileSync(join(folder, 'nginx.conf'), `pid x.pid; error_log error.log info; ${globals} ${http}`)
}

function told(folder: string): string[] {
  return readFileSync(join(folder, 'told'), 'utf8').trim().split('\n')
}

function log(folder: string): string {
  return readFileSync(join(folder, 'error.log'), 'utf8')
}

function exits(folder: string): string[] {
  return log(folder).match(/exited with code 0/g) ?? []
}

/** Messages between threads take a turn or two; a test that waits in vain fails. */
async function until(done: () => boolean): Promise<void> {
  for (let left = 4000; !done(); left--) {
    assert.ok(left > 0, 'it did not happen')
    await wait(10)
  }
}
