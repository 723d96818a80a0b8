/** How connections of HTTP/2 and their streams end: in time, too early, by too much of anything; and real clients. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import {
  CANCEL,
  ENHANCE_YOUR_CALM,
  frameTypes as types,
  NO_ERROR,
  PROTOCOL_ERROR,
  settingIds,
} from '../../src/wire/http2/codes.ts'
import { headersFrames, rstFrame, settingsFrame, windowUpdateFrame } from '../../src/wire/http2/frame-writer.ts'
import { get } from '../scenario/ask.ts'
import { connect, type Connection } from '../scenario/connection.ts'
import { unless } from '../scenario/requires.ts'
import { undisturbed, until } from '../scenario/wait.ts'
import { block, data, frame, request } from './client.ts'

import { accepted, logged, open, origin, proxy, upstream } from './stage.ts'

// === endings

test('after keepalive_requests the client is told to come again, and gets its answers', async () => {
  const client = await open('few')
  const streams = [client.ask(), client.ask(), client.ask()]
  assert.deepEqual(await client.goaway(), { last: 3, code: NO_ERROR })
  for (const stream of streams.slice(0, 2)) assert.equal((await client.answer(stream)).body, 'text')
  await client.ended()
  assert.equal(
    client.frames.some(({ stream }) => stream === 5),
    false,
  )
})

test('an idle connection is ended after keepalive_timeout', () =>
  undisturbed(async () => {
    const client = await open('timeouts')
    await client.get('/text')
    assert.equal((await client.goaway()).code, NO_ERROR)
    await client.ended()
  }))

test('one that begins a header block and does not end it is ended, with other streams or without', async () => {
  const client = await open('timeouts')
  client.send(frame(types.headers, 1, 1, block(request())))
  await client.goaway()
  await client.ended()
})

test('a body that does not come ends its stream', () =>
  undisturbed(async () => {
    const client = await open('timeouts')
    const stream = client.ask(request('/', 'POST'), false)
    assert.equal(await client.reset(stream), PROTOCOL_ERROR)
    await logged(/POST \/ HTTP\/2.0\|408\|.*client_body_timeout/)
    client.connection.close()
  }))

test('an answer whose window never opens ends its stream', () =>
  undisturbed(async () => {
    const client = await open('timeouts', [[settingIds.initialWindowSize, 10]])
    const stream = client.ask(request('/chunks/10000'))
    await client.reset(stream)
    assert.equal(client.received(stream), 10)
    await logged(/GET \/chunks\/10000 HTTP\/2.0\|200\|.*client_send_timeout/)
    client.connection.close()
  }))

test('a client that leaves lets go of its origins', async () => {
  const client = await open()
  client.ask()
  client.ask(request('/two'))
  const [one, two] = [await upstream(), await upstream()]
  await client.connection.reset()
  await one.expectGone()
  await two.expectGone()
  await logged(/GET \/two HTTP\/2.0\|499/)
})

// === too much

test('a request that is reset in the same breath never reaches an origin', async () => {
  const client = await open()
  const before = origin.accepted
  client.send(
    Array.from(
      { length: 50 },
      (_, i) => headersFrames(block(request()), i * 2 + 1, true, 1000) + rstFrame(i * 2 + 1, CANCEL),
    ).join(''),
  )
  await client.ping()
  assert.equal(origin.accepted, before)
  client.connection.close()
})

const floods: readonly (readonly [what: string, frames: (i: number) => string, count: number])[] = [
  ['resets', i => headersFrames(block(request('/text')), i * 2 + 1, true, 1000) + rstFrame(i * 2 + 1, CANCEL), 3000],
  ['pings', () => frame(types.ping, 0, 0, '12345678'), 30_000],
  ['settings', () => settingsFrame([]), 30_000],
  [
    'empty DATA frames',
    i => (i === 0 ? headersFrames(block(request('/', 'POST')), 1, false, 1000) : data(1, '')),
    30_000,
  ],
  ['window updates', () => windowUpdateFrame(0, 1), 30_000],
  ['priorities', () => frame(types.priority, 0, 3, '\0\0\0\0\x01'), 30_000],
  ['unknown frames', () => frame(0xab, 0, 0, ''), 30_000],
  [
    'CONTINUATION frames',
    i => (i === 0 ? frame(types.headers, 0, 1, block(request())) : frame(types.continuation, 0, 1)),
    3000,
  ],
  [
    'CONTINUATION frames with fields',
    i =>
      i === 0 ? frame(types.headers, 0, 1, block(request())) : frame(types.continuation, 0, 1, block([['a', 'b']])),
    3000,
  ],
  [
    'streams that make us reset them',
    i => headersFrames(block(request('/', 'POST')), i * 2 + 1, false, 1000) + windowUpdateFrame(i * 2 + 1, 0),
    3000,
  ],
]
for (const [what, frames, count] of floods) {
  test(`a flood of ${what} ends the connection`, async () => {
    const client = await open()
    client.send(Array.from({ length: count }, (_, i) => frames(i)).join(''))
    assert.equal((await client.goaway()).code, ENHANCE_YOUR_CALM)
    await client.ended()
    client.connection.close()
  })
}

test('a client that answers each frame of data with two window updates is no flood', async () => {
  const client = await open()
  const stream = client.ask(request('/chunks/big'))
  let answered = 0
  let updates = 0
  await until(
    () => `all of it: ${client.received(stream)} bytes, ${updates} updates`,
    () => {
      for (; answered < client.frames.length; answered++) {
        const { type, payload } = client.frames[answered]!
        if (type !== types.data || payload.length === 0) continue
        client.send(windowUpdateFrame(stream, payload.length) + windowUpdateFrame(0, payload.length))
        updates += 2
      }
      return answered > 0 && client.frames.at(-1)!.flags === 1 && client.frames.at(-1)!.type === types.data
        ? true
        : undefined
    },
  )
  assert.ok(updates > 20_000)
  await client.ping()
  client.connection.close()
})

test('a list of fields beyond the limit ends the connection, however small it was compressed', async () => {
  const client = await open()
  const bomb = '\x40\x01a\x7f\x81\x1e' + 'x'.repeat(4000) + '\xbe'.repeat(10_000)
  client.send(headersFrames(block(request()) + bomb, 1, true, 16_384))
  assert.equal((await client.goaway()).code, ENHANCE_YOUR_CALM)
})

test('10,000 streams that are cancelled in every state leave nothing behind', async () => {
  const counts = async (): Promise<string> => {
    const client = (await connect(proxy.port('main'))).send(get('/counts', 'Connection: close'))
    const { text } = await client.readResponse()
    return /Active connections: \d+|Reading: \d+ Writing: \d+ Waiting: \d+/g[Symbol.match](text)!.join(' ')
  }
  let last = ''
  await until(
    () => `quiet: ${last}`,
    async () => (last = await counts()) === 'Active connections: 1 Reading: 0 Writing: 1 Waiting: 0' || undefined,
  )
  let streams = 0
  for (let round = 0; round < 13; round++) {
    const client = await open()
    for (let burst = 0; burst < 8; burst++) {
      const cancelled = Array.from({ length: 97 }, (_, i) => {
        const body = i % 3 === 0
        const stream = client.ask(
          request(i % 10 === 0 ? '/' : i % 10 === 1 ? '/chunks/big' : '/text', body ? 'POST' : 'GET'),
          !body,
        )
        if (i % 6 === 0) client.send(data(stream, 'x'))
        return rstFrame(stream, CANCEL)
      })
      if (burst % 2 === 0) await client.ping(`burst ${String(burst).padStart(2)}`)
      client.send(cancelled.join(''))
      streams += cancelled.length
    }
    await client.ping()
    client.connection.close()
  }
  assert.ok(streams > 10_000)
  await until(
    () => 'every connection to be gone',
    async () => (await counts()) === 'Active connections: 1 Reading: 0 Writing: 1 Waiting: 0' || undefined,
  )
  const alive = (): Connection[] => accepted.filter(({ socket }) => !socket.destroyed && !socket.readableEnded)
  await until(
    () => `connections to the origin to be gone: ${alive().length}`,
    () => alive().length === 0 || undefined,
  )
  for (const { socket } of accepted) socket.destroy()
  accepted.length = 0
})

// === real clients

const run = promisify(execFile)

test('curl gets and posts', { skip: unless('curl') }, async () => {
  const url = `http://127.0.0.1:${proxy.port('main')}`
  const options = ['-sS', '--max-time', '100', '--http2-prior-knowledge']
  const { stdout } = await run('curl', [
    ...options,
    '-w',
    '%{http_version} %{size_download}',
    '-o',
    '/dev/null',
    `${url}/chunks/big`,
  ])
  assert.equal(stdout, `2 ${1 << 20}`)
  const posting = run('curl', [...options, '--data-binary', '@-', `${url}/`])
  posting.child.stdin!.end('z'.repeat(300_000))
  const there = await upstream()
  assert.equal((await there.receive()).text.length, 300_000)
  there.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone')
  assert.equal((await posting).stdout, 'done')
})

test('h2load gets 2,000 answers over 4 connections', { skip: unless('h2load') }, async () => {
  const { stdout } = await run('h2load', [
    '-n',
    '2000',
    '-c',
    '4',
    '-m',
    '20',
    `http://127.0.0.1:${proxy.port('main')}/text`,
  ])
  assert.match(stdout, /2000 succeeded, 0 failed, 0 errored/)
})

test('reload tells clients to come again, and finishes what is under way', async () => {
  const [busy, idle] = [await open(), await open()]
  await idle.get('/text')
  const stream = busy.ask()
  const there = await upstream()
  proxy.signal('HUP')
  assert.equal((await idle.goaway()).code, NO_ERROR)
  assert.deepEqual(await busy.goaway(), { last: stream, code: NO_ERROR })
  there.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
  assert.equal((await busy.answer(stream)).body, 'ok')
  await idle.ended()
  await busy.ended()
  for (const client of [busy, idle]) client.connection.close()
})
