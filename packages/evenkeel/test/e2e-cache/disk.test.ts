/** What is on disk: shared by workers, there after a restart, never believed when it is not whole, never too much. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { until } from '../scenario/wait.ts'
import { openCacheStage, type CacheStage } from './cache-stage.ts'

const FRESH = 'Cache-Control: max-age=600'
const LARGE = 300_000
const LOCK = 'proxy_cache_lock on; proxy_cache_lock_timeout 100s; proxy_cache_lock_age 100s;'

/** Files of entries, without those being written. */
function files(stage: CacheStage): string[] {
  const folder = `${stage.proxy.prefix}store`
  return readdirSync(folder, { recursive: true })
    .map(name => join(folder, String(name)))
    .filter(path => /\/[0-9a-f]{32}$/.test(path))
}

async function hasFiles(stage: CacheStage, count: number): Promise<string[]> {
  return until(
    () => `${count} files, not ${files(stage).length}`,
    () => (files(stage).length === count ? files(stage) : undefined),
  )
}

test('what one worker stored, small or large, all of them have', async () => {
  await using stage = await openCacheStage({ workers: 3, path: 'levels=2:2' })
  await stage.ask('/small', `${FRESH}|Body: small`)
  await stage.ask('/large', `${FRESH}|Size: ${LARGE}`)
  await hasFiles(stage, 2)
  for (let turn = 0; turn < 20; turn++) {
    const small = await stage.ask('/small')
    assert.deepEqual([small.get('x-cache'), small.text], ['HIT', 'small'])
    assert.equal((await stage.ask('/large')).get('x-cache'), 'HIT')
  }
  assert.equal(stage.origin.requests.length, 2)
})

test('three workers, a lock and many clients: the origin is asked once', async () => {
  await using stage = await openCacheStage({ workers: 3, locations: { '/lock/': LOCK } })
  const answers = await Promise.all(Array.from({ length: 30 }, () => stage.ask('/lock/a', `${FRESH}|Body: once`)))
  for (const answer of answers) assert.equal(answer.text, 'once')
  assert.equal(stage.origin.requests.length, 1)
})

test('a restarted process finds its files again, and deletes what a crash left half written', async () => {
  await using origin = await openCacheStage({ path: 'levels=1:2 max_size=10m' })
  await origin.ask('/a', `${FRESH}|Body: before`)
  await origin.ask('/b', `${FRESH}|Size: ${LARGE}`)
  const [first = ''] = await hasFiles(origin, 2)
  const leftOver = `${first}.1-99-1.tmp`
  writeFileSync(leftOver, 'half')
  origin.proxy.signal('KILL')
  await origin.proxy.exited()
  await origin.proxy.start()
  await origin.loaded()
  const a = await origin.ask('/a')
  assert.deepEqual([a.get('x-cache'), a.text], ['HIT', 'before'])
  assert.equal((await origin.ask('/b')).text.length, LARGE)
  await until(
    () => 'what was left over to be deleted',
    () => !readdirSync(join(leftOver, '..')).some(name => name.endsWith('.tmp')) || undefined,
  )
  assert.equal(origin.origin.requests.length, 2)
})

test('a file that was cut, emptied or garbled is no entry', async () => {
  await using stage = await openCacheStage()
  const spoil: readonly ((path: string) => void)[] = [
    path => truncateSync(path, statSync(path).size - 1),
    path => truncateSync(path, 0),
    path => truncateSync(path, 20),
    path => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from('more')])),
    path => {
      const bytes = readFileSync(path)
      bytes[60]! ^= 1
      writeFileSync(path, bytes)
    },
  ]
  const cases = [10, LARGE].flatMap(size => spoil.map((act, at) => ({ size, act, target: `/spoilt/${size}/${at}` })))
  for (const { size, target } of cases) await stage.ask(target, `${FRESH}|Size: ${size}`)
  await hasFiles(stage, cases.length)
  // A small one is in the memory of the worker that stored it: another process has only the file.
  stage.proxy.signal('QUIT')
  await stage.proxy.exited()
  for (const { act, target } of cases) {
    const name = createHash('md5').update(`http://origin${target}`).digest('hex')
    act(join(stage.proxy.prefix, 'store', name))
  }
  await stage.proxy.start()
  await stage.loaded()
  for (const { size, target } of cases) {
    const again = await stage.ask(target, `${FRESH}|Size: ${size}`)
    assert.deepEqual([again.get('x-cache'), again.text.length], ['MISS', size], target)
  }
})

test('a disk that takes nothing keeps nobody from being answered, and says so', async () => {
  await using stage = await openCacheStage({ path: 'levels=1', expectTrouble: true })
  // Where folders should be there are files.
  for (const digit of '0123456789abcdef') writeFileSync(`${stage.proxy.prefix}store/${digit}`, '')
  for (const size of [10, LARGE]) {
    for (let turn = 0; turn < 2; turn++) {
      const answer = await stage.ask(`/full/${size}`, `${FRESH}|Size: ${size}`)
      assert.deepEqual([answer.complete, answer.text.length], [true, size])
      await stage.proxy.errorLog(new RegExp(`\\[crit\\].*response could not be cached.*/full/${size}`))
    }
  }
})

test('no more is kept than max_size, and what was used least lately goes first', async () => {
  await using stage = await openCacheStage({ path: 'max_size=1m' })
  for (let turn = 0; turn < 8; turn++) {
    await stage.ask(`/n${turn}`, `${FRESH}|Size: 200000`)
    assert.equal((await stage.ask('/n0')).get('x-cache'), 'HIT', `after ${turn}`)
  }
  await hasFiles(stage, 5)
  assert.equal((await stage.ask('/n1', `${FRESH}|Size: 200000`)).get('x-cache'), 'MISS')
})

test('what nobody asks for goes after a while, however fresh it is', async () => {
  await using stage = await openCacheStage({ path: 'inactive=1s' })
  await until(
    () => 'it to be stored',
    async () => {
      await stage.ask('/a', FRESH)
      return files(stage).length === 1 || undefined
    },
  )
  await hasFiles(stage, 0)
  assert.equal((await stage.ask('/a', FRESH)).get('x-cache'), 'MISS')
})

test('a reload keeps what is stored', async () => {
  await using stage = await openCacheStage()
  await stage.ask('/a', `${FRESH}|Body: kept`)
  await hasFiles(stage, 1)
  stage.proxy.signal('HUP')
  await stage.proxy.errorLog(/start worker process 2/)
  assert.equal(await stage.told('/a'), 'HIT kept')
})

test('a client that takes nothing holds up neither the origin nor those who wait for the entry', async () => {
  const size = 32 * 1024 * 1024
  const answer = Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\n${FRESH}\r\nContent-Length: ${size}\r\n\r\n`),
    Buffer.alloc(size, 'slow'),
  ])
  await using stage = await openCacheStage({
    locations: { '/lock/': LOCK },
    answer: () => answer,
  })
  await using slow = (await connect(stage.port)).pause()
  slow.send(get('/lock/large', 'Connection: close'))
  await until(
    () => 'the origin to be asked',
    () => stage.origin.requests.length === 1 || undefined,
  )
  const fast = await fetch(`http://127.0.0.1:${stage.port}/lock/large`)
  assert.equal(fast.headers.get('x-cache'), 'HIT')
  assert.equal((await fast.bytes()).length, size)
  // The harness reads messages whole, which takes long for one of this size.
  let left = (await slow.resume().readHead()).size
  left = size - slow.unread.length
  for await (const part of slow.socket) left -= (part as Buffer).length
  assert.equal(left, 0)
  assert.equal(stage.origin.requests.length, 1)
})
