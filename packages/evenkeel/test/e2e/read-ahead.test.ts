/**
 * A slow client does not hold its origin: the response is read ahead, into memory and then into a file. The peer takes one
 * connection at a time, so it is free exactly when somebody else is served by it.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { after, afterEach, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { get } from '../scenario/ask.ts'
import type { Connection, Response } from '../scenario/connection.ts'
import { until } from '../scenario/wait.ts'
import { openStage } from './stage.ts'

const stage = await openStage({
  locations: {
    '/memory': 'proxy_max_temp_file_size 0;',
    '/small-file': 'proxy_max_temp_file_size 1m;',
    '/direct': 'proxy_buffering off;',
    '/no-disk': 'proxy_temp_path no_disk;',
    '/ignoring': 'proxy_buffering off; proxy_ignore_headers X-Accel-Buffering;',
    '/gzip': 'gzip on; gzip_types *; gzip_comp_level 1;',
    '/stubborn': 'proxy_ignore_client_abort on;',
  },
})
// The folder was made at the start; where a file stands, none can be made again.
rmSync(`${stage.proxy.prefix}no_disk`, { recursive: true })
writeFileSync(`${stage.proxy.prefix}no_disk`, '')
after(() => stage.close())
afterEach(() => stage.peerIsFree())

// More than the kernel's buffers on both ways hold.
const SIZE = 16 * 1024 * 1024
/** Every kilobyte is another one: what is lost, doubled or out of order is seen. */
const body = Buffer.concat(
  Array.from({ length: SIZE / 1024 }, (_, i) => Buffer.from(String(i).padStart(8, '0').repeat(128), 'latin1')),
)

interface Slow {
  readonly client: Connection
  readonly upstream: Connection
}

/** A client that asks and does not read; the origin answers with `part`, as the start of `body`. */
async function slow(target: string, line = 'X-Nothing: 1', part: Buffer = body): Promise<Slow> {
  const { client, upstream } = await stage.forward(get(target, 'Connection: close', 'Accept-Encoding: gzip'))
  client.pause()
  upstream.send(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n${line}\r\n\r\n`).send(part)
  return { client, upstream }
}

/** Everything was taken from the origin, and its place is somebody else's. */
async function freed({ upstream }: Slow): Promise<void> {
  await until(
    () => `the origin to get rid of ${upstream.socket.writableLength} bytes`,
    () => upstream.socket.writableLength === 0 || undefined,
  )
  await stage.othersAreServed()
}

/** The origin sits on its bytes: what it has left has not become less for a while. */
async function waits({ upstream }: Slow): Promise<void> {
  let last = -1
  let same = 0
  await until(
    () => 'the origin to be stuck',
    () => {
      const left = upstream.socket.writableLength
      same = left === last ? same + 1 : 0
      last = left
      return same >= 30 || undefined
    },
  )
  assert.notEqual(last, 0, 'the origin was read to its end')
}

/** Once all of it is here: looking at it after each part would cost more than all the rest. */
async function readAll(client: Connection): Promise<Response> {
  const ended = once(client.socket, 'end')
  client.resume()
  await ended
  return client.readResponse()
}

async function arrives({ client }: Slow, wanted: Buffer = body): Promise<void> {
  const response = await readAll(client)
  assert.equal(response.complete, wanted.length === SIZE)
  assert.equal(response.body.equals(wanted), true, `${response.body.length} bytes arrived, not those that were sent`)
}

for (const [what, target, line] of [
  ['by default', '/', undefined],
  ['when the origin asks for it', '/direct', 'X-Accel-Buffering: yes'],
] as const) {
  test(`the origin of a slow client is free before the client has read: ${what}`, async () => {
    const exchange = await slow(target, line)
    await freed(exchange)
    await arrives(exchange)
  })
}

for (const [what, target, line] of [
  ['there is no room on disk', '/memory', undefined],
  ['the file is full', '/small-file', undefined],
  ['the disk cannot be written', '/no-disk', undefined],
  ['buffering is off', '/direct', undefined],
  ['the origin does not want it', '/', 'X-Accel-Buffering: no'],
  ['what the origin says is ignored', '/ignoring', 'X-Accel-Buffering: yes'],
  ['it sends events', '/', 'Content-Type: text/event-stream'],
] as const) {
  test(`an origin waits for its slow client, and nothing is lost, when ${what}`, async () => {
    const exchange = await slow(target, line)
    await waits(exchange)
    await arrives(exchange)
  })
}

test('what was read ahead of an origin that broke off arrives, and is seen to be incomplete', async () => {
  const part = body.subarray(0, SIZE - 1000)
  const exchange = await slow('/', undefined, part)
  await until(
    () => 'the origin to get rid of its bytes',
    () => exchange.upstream.socket.writableLength === 0 || undefined,
  )
  exchange.upstream.end()
  await arrives(exchange, part)
})

for (const target of ['/', '/stubborn']) {
  test(`a client that leaves takes what was read ahead for it along: ${target}`, async () => {
    const exchange = await slow(target)
    await freed(exchange)
    await exchange.client.reset()
    // Whether its file is closed is counted when the stage is.
  })
}

test('what is compressed for a slow client is read ahead, too', async () => {
  // Compressed it has to be longer than what the kernel holds.
  const noise = Buffer.alloc(SIZE)
  let seed = 1
  for (let i = 0; i < SIZE; i += 4) noise.writeUInt32LE((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0), i)
  const exchange = await slow('/gzip', 'Content-Type: text/html', noise)
  await freed(exchange)
  const response = await readAll(exchange.client)
  assert.equal(response.get('content-encoding'), 'gzip')
  assert.equal(gunzipSync(response.body).equals(noise), true)
})
