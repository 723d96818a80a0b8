/** proxy_store: responses become files. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { after, test } from 'node:test'
import { ask } from '../scenario/ask.ts'
import { eventually, until } from '../scenario/wait.ts'
import { openCacheStage } from './cache-stage.ts'

const stage = await openCacheStage({
  locations: {
    '/on/': 'proxy_cache off; proxy_store on; root kept; proxy_store_access user:rw group:rw all:r;',
    '/named/': 'proxy_cache off; proxy_store kept$uri.txt;',
  },
})
after(() => stage[Symbol.asyncDispose]())

test('a response is a file when its client has it, as old as it says and with the permissions named', async () => {
  const date = 'Mon, 28 Sep 1970 06:00:00 GMT'
  const { text } = await stage.ask('/on/deep/a', `Last-Modified: ${date}|Body: kept`)
  assert.equal(text, 'kept')
  assert.equal(stage.proxy.read('kept/on/deep/a'), 'kept')
  const { mtimeMs, mode } = statSync(`${stage.proxy.prefix}kept/on/deep/a`)
  assert.deepEqual([mtimeMs, mode & 0o777], [Date.parse(date), 0o664])
  await stage.ask('/named/b', `Size: 200000`)
  // Of a large one the client may have the last byte before the file has its name.
  await until(
    () => 'the large one',
    () => stage.proxy.read('kept/named/b.txt').length === 200_000 || undefined,
  )
})

test('neither HEAD nor an error is, and nothing half written is left', async () => {
  await ask(stage.port, 'HEAD /on/head HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  assert.equal((await stage.ask('/on/error', 'Status: 404')).status, 404)
  assert.equal(existsSync(`${stage.proxy.prefix}kept/on/head`), false)
  assert.equal(existsSync(`${stage.proxy.prefix}kept/on/error`), false)
  await eventually(() => {
    const names = readdirSync(`${stage.proxy.prefix}kept`, { recursive: true }).map(String)
    assert.deepEqual(
      names.filter(name => name.endsWith('.tmp')),
      [],
    )
  })
})
