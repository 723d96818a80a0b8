import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Admission, descriptorLimit } from '../../src/net/admission.ts'
import type { Channel } from '../../src/net/channel.ts'
import { dial, dialAny, type DialTarget, type DialUser } from '../../src/net/dial.ts'
import { addressText, ListenError, openListener, probePort } from '../../src/net/listen.ts'
import { ReadBuffers } from '../../src/net/read-buffers.ts'
import { RecordingUser } from './recording-user.ts'

const bugs: unknown[] = []
const buffers = new ReadBuffers({ onBug: error => bugs.push(error) })

type Told = { channel: Channel } | { error: string }
function dialed(targets: readonly DialTarget[], localAddress?: string): Promise<Told> {
  return new Promise(resolve => {
    let inside = true
    const tell = (told: Told): void => {
      assert.equal(inside, false, 'told from inside dial')
      resolve(told)
    }
    const user: DialUser = { connected: channel => tell({ channel }), failed: error => tell({ error }) }
    dialAny(targets, { buffers, localAddress: localAddress ?? null }, user)
    inside = false
  })
}

const portOf = (address: object): number => ('port' in address ? Number(address.port) : 0)

/** Nobody listens there. */
const nobody = 1

test('failures are told by the name of the system, also immediate ones', async () => {
  const port = nobody
  assert.deepEqual(await dialed([{ host: '127.0.0.1', port }]), { error: 'ECONNREFUSED' })
  assert.deepEqual(await dialed([{ path: '/nonexistent/socket' }]), { error: 'ENOENT' })
  assert.deepEqual(await dialed([{ host: 'localhost', port }]), { error: 'EINVAL' })
  assert.deepEqual(await dialed([]), { error: 'EINVAL' })
  assert.ok('error' in (await dialed([{ host: '127.0.0.1', port: 70_000 }])))
  assert.deepEqual(await dialed([{ host: '127.0.0.1', port }], '203.0.113.9'), { error: 'EADDRNOTAVAIL' })
})

test('addresses are tried in turn until one answers', async () => {
  const refused = { host: '127.0.0.1', port: nobody }
  const listener = await openListener({ address: { host: '127.0.0.1', port: 0 }, buffers }, channel => {
    channel.attach(new RecordingUser())
    channel.write('hello')
    channel.end()
  })
  const told = await dialed([refused, listener.address], '127.0.0.1')
  assert.ok('channel' in told)
  const user = new RecordingUser(told.channel)
  await user.until(() => user.events.length > 0)
  assert.equal(user.text, 'hello')
  told.channel.destroy()
  assert.deepEqual(await dialed([listener.address, refused].slice(1)), { error: 'ECONNREFUSED' })
  listener.close()
})

test('nothing is told after cancel, whatever the dial came to', async () => {
  const listener = await openListener({ address: { host: '127.0.0.1', port: 0 }, buffers }, channel =>
    channel.destroy(),
  )
  const told: string[] = []
  const user: DialUser = { connected: () => told.push('connected'), failed: error => told.push(error) }
  dial(listener.address, { buffers }, user).cancel()
  dial({ host: '127.0.0.1', port: 1 }, { buffers }, user).cancel()
  dial({ path: '/nonexistent' }, { buffers }, user).cancel()
  dialAny([{ host: '127.0.0.1', port: 1 }, listener.address], { buffers }, user).cancel()
  const marker = await dialed([listener.address])
  assert.ok('channel' in marker)
  marker.channel.destroy()
  assert.deepEqual(told, [])
  listener.close()
})

test('an exception in connected destroys the channel and is told', async () => {
  const before = bugs.length
  const { promise, resolve } = Promise.withResolvers<void>()
  const listener = await openListener({ address: { host: '127.0.0.1', port: 0 }, buffers }, channel => {
    const user = new RecordingUser(channel)
    void user.until(() => user.events.length > 0).then(() => resolve())
  })
  dial(
    listener.address,
    { buffers },
    {
      connected() {
        throw new Error('a bug')
      },
      failed() {},
    },
  )
  await promise
  assert.equal(bugs.length, before + 1)
  listener.close()
})

test('an exception in accept closes that connection only, and is told', async () => {
  const before = bugs.length
  let first = true
  const listener = await openListener({ address: { host: '127.0.0.1', port: 0 }, buffers }, channel => {
    if (first) {
      first = false
      throw new Error('a bug')
    }
    channel.write('well')
  })
  const one = await dialed([listener.address])
  assert.ok('channel' in one)
  await new RecordingUser(one.channel).until(() => bugs.length > before).catch(() => {})
  const two = await dialed([listener.address])
  assert.ok('channel' in two)
  const user = new RecordingUser(two.channel)
  await user.until(() => user.count === 4)
  assert.equal(bugs.length, before + 1)
  one.channel.destroy()
  two.channel.destroy()
  listener.close()
})

test('a port in use is an error that names it', async () => {
  const listener = await openListener({ address: { host: '127.0.0.1', port: 0 }, buffers }, () => {})
  const { address } = listener
  await assert.rejects(
    openListener({ address, buffers }, () => {}),
    (error: ListenError) =>
      error.code === 'EADDRINUSE' && error.message.includes(`127.0.0.1:${portOf(address)}: another program listens`),
  )
  listener.close()
})

test('a shared port is found in use by the probe, a free one free', async () => {
  const address = { host: '127.0.0.1', port: 0 }
  const listener = await openListener({ address, reusePort: true, buffers }, () => {})
  const second = await openListener({ address: listener.address, reusePort: true, buffers }, () => {})
  assert.equal((await probePort(listener.address))?.code, 'EADDRINUSE')
  listener.close()
  second.close()
  assert.equal(await probePort(listener.address), null)
})

test('a unix listener accepts, says where it is, and removes its file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'listen-'))
  const path = join(folder, 'socket')
  const listener = await openListener({ address: { path }, buffers }, channel => channel.destroy())
  assert.equal(addressText(listener.address), 'unix:' + path)
  await assert.rejects(
    openListener({ address: { path }, buffers }, () => {}),
    /cannot listen on unix:.*EADDRINUSE/,
  )
  const told = await dialed([{ path }])
  assert.ok('channel' in told)
  told.channel.destroy()
  listener.close()
  assert.equal(existsSync(path), false)
  rmSync(folder, { recursive: true })
})

test("'*' is every IPv4 address and '::' leaves IPv4 alone", async () => {
  const four = await openListener({ address: { host: '*', port: 0 }, buffers }, channel => channel.destroy())
  const port = portOf(four.address)
  assert.equal(addressText(four.address), `*:${port}`)
  const six = await openListener({ address: { host: '::', port }, buffers }, channel => channel.destroy()).catch(
    (error: ListenError) => error,
  )
  // A machine without IPv6 says so; that IPv4 was in the way it must not say.
  if (six instanceof ListenError) assert.notEqual(six.code, 'EADDRINUSE')
  else six.close()
  const told = await dialed([{ host: '127.0.0.2', port }])
  assert.ok('channel' in told)
  told.channel.destroy()
  four.close()
})

test('connections past the limit are closed and counted, and closed ones make room', async () => {
  const admission = new Admission(2)
  const accepted: Channel[] = []
  const listener = await openListener({ address: { host: '127.0.0.1', port: 0 }, buffers, admission }, channel => {
    accepted.push(channel)
    channel.attach(new RecordingUser())
  })
  const ends: Channel[] = []
  for (let i = 0; i < 3; i++) {
    const told = await dialed([listener.address])
    assert.ok('channel' in told)
    ends.push(told.channel)
  }
  const third = new RecordingUser(ends[2])
  await third.until(() => third.events.length > 0)
  assert.deepEqual([admission.open, admission.refused, accepted.length], [2, 1, 2])
  const leaver = new RecordingUser(accepted[0])
  accepted[0]!.destroy()
  await leaver.untilClosed()
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(admission.open, 1)
  for (const channel of [...accepted, ...ends]) channel.destroy()
  listener.close()
  assert.ok(descriptorLimit() > 0)
})

test('while accepting is paused connections wait, and are served afterwards', async () => {
  const { promise, resolve } = Promise.withResolvers<Channel>()
  const listener = await openListener({ address: { host: '127.0.0.1', port: 0 }, buffers }, resolve)
  listener.pauseAccepting()
  const told = await dialed([listener.address])
  assert.ok('channel' in told)
  told.channel.write('early')
  await new Promise(done => setImmediate(done))
  listener.resumeAccepting()
  const user = new RecordingUser(await promise)
  await user.until(() => user.count === 5)
  told.channel.destroy()
  listener.close()
})

test('a listener adopts another listening socket, and a moved one is opened without listening', async () => {
  const foreign = createServer({ pauseOnConnect: true, allowHalfOpen: true })
  await new Promise<void>(resolve => foreign.listen(0, '127.0.0.1', resolve))
  const greet = (channel: Channel): void => {
    channel.attach(new RecordingUser())
    channel.write('hi')
    channel.end()
  }
  const listener = await openListener({ address: { host: '127.0.0.1', port: 0 }, buffers }, greet)
  listener.adopt(foreign)
  const bound = foreign.address()
  assert.ok(typeof bound === 'object' && bound !== null)
  for (const port of [bound.port, portOf(listener.address)]) {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    for await (const part of socket) text += part
    assert.equal(text, 'hi')
  }
  const server = listener.release()
  const moved = await openListener({ address: listener.address, moved: server, buffers }, greet)
  assert.deepEqual(moved.address, listener.address)
  const told = await dialed([moved.address])
  assert.ok('channel' in told)
  const user = new RecordingUser(told.channel)
  await user.until(() => user.events.length > 0)
  assert.equal(user.text, 'hi')
  told.channel.destroy()
  moved.close()
  listener.close()
})
