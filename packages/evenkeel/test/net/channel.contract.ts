/**
 * What every channel keeps, whatever it stands on. Run by both implementations.
 *
 * Negative controls that were tried: with the rotation taken out of FastChannel (`#received` always answering
 * undefined) forwarding under back-pressure corrupts; with slices of the shared buffer written as bytes instead of text
 * it corrupts as well.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import type { Channel } from '../../src/net/channel.ts'
import type { ReadBuffers } from '../../src/net/read-buffers.ts'
import { Pairs, type Transport } from './channel-pair.ts'
import { RecordingUser } from './recording-user.ts'
import { randomFrom, Sending, settled } from './sending.ts'

export interface ContractSubject {
  readonly name: string
  makeBuffers(onBug: (error: unknown) => void): ReadBuffers
}

export function channelContract(subject: ContractSubject): void {
  for (const transport of ['tcp', 'unix'] as const) {
    const check = (name: string, run: (setting: Setting) => Promise<void>): void => {
      test(`${subject.name}, ${transport}: ${name}`, { timeout: 20_000 }, async () => {
        const bugs: unknown[] = []
        const buffers = subject.makeBuffers(error => bugs.push(error))
        const pairs = await Pairs.open(buffers, transport)
        try {
          await run({ pairs, buffers, bugs, transport })
        } finally {
          pairs.close()
        }
      })
    }
    transfer(check)
    endings(check)
    forwarding(check)
  }
}

interface Setting {
  readonly pairs: Pairs
  readonly buffers: ReadBuffers
  readonly bugs: unknown[]
  readonly transport: Transport
}
type Check = (name: string, run: (setting: Setting) => Promise<void>) => void

function transfer(check: Check): void {
  check('text and bytes arrive, and addresses are told', async ({ pairs, transport }) => {
    const { near, far } = await pairs.connect()
    const user = new RecordingUser(far)
    assert.equal(near.write('caf\u00e9 '), true)
    assert.equal(near.write(Buffer.from('bytes')), true)
    assert.equal(near.write(''), true)
    await user.until(() => user.count === 10)
    assert.equal(user.text, 'caf\u00e9 bytes')
    assert.equal(far.bytesRead, 10)
    assert.equal(near.bytesWritten, 10)
    if (transport === 'unix') assert.equal(far.remoteAddress, '')
    else {
      assert.equal(far.remoteAddress, '127.0.0.1')
      assert.equal(far.remotePort, near.localPort)
      assert.equal(near.remotePort, far.localPort)
      assert.equal(near.localAddress, '127.0.0.1')
    }
  })

  check('megabytes arrive in order under random pauses, in both directions', async ({ pairs }) => {
    const { near, far } = await pairs.connect()
    const sentBy = new WeakMap<Channel, Sending>()
    const runs = [near, far].map(async (reader, i) => {
      const user = new RecordingUser()
      user.keep = false
      const hash = createHash('sha1')
      const random = randomFrom(i + 1)
      user.onReceived = (bytes, end) => {
        hash.update(bytes.subarray(0, end))
        if (random(4) === 0) {
          reader.pause()
          setTimeout(() => reader.resume(), random(2))
        }
        reader.expectBulk(random(3) > 0)
      }
      const writer = i === 0 ? far : near
      const sent = new Sending(writer, 6_000_000, i + 10)
      user.onDrained = () => sentBy.get(reader)!.more()
      sentBy.set(writer, sent)
      reader.attach(user)
      return { user, hash, sent, reader }
    })
    const both = await Promise.all(runs)
    for (const { reader, sent } of both) {
      reader.resume()
      sent.more()
    }
    for (const { user, hash, sent } of both) {
      await user.until(() => user.count === 6_000_000)
      assert.equal(hash.digest('hex'), sent.digest())
    }
  })

  check('a write the kernel does not take is a backlog, and drained comes exactly once', async ({ pairs }) => {
    const { near, far } = await pairs.connect()
    const writer = new RecordingUser(near)
    const megabytes = Buffer.alloc(8_000_000, 'x')
    assert.equal(near.backlogged, false)
    assert.equal(near.write(megabytes), false)
    assert.equal(near.write('tail'), false)
    assert.equal(near.backlogged, true)
    const user = new RecordingUser(far)
    user.keep = false
    await writer.until(() => writer.events.length > 0)
    assert.equal(near.backlogged, false)
    await user.until(() => user.count === 8_000_004)
    await settled()
    assert.deepEqual(writer.events, ['drained'])
    assert.equal(near.write('more'), true)
    await user.until(() => user.count === 8_000_008)
    assert.deepEqual(writer.events, ['drained'])
  })

  check('nothing is delivered before resume, nor to the user before', async ({ pairs }) => {
    const { near, far } = await pairs.connect()
    const first = new RecordingUser(far)
    near.write('one')
    await first.until(() => first.count === 3)
    const second = new RecordingUser()
    far.attach(second)
    near.write('two')
    near.end()
    for (let i = 0; i < 20; i++) await settled()
    assert.equal(second.count, 0)
    assert.deepEqual(second.events, [])
    far.resume()
    assert.equal(second.count, 0, 'never from inside a call')
    await second.until(() => second.events.length > 0)
    assert.equal(second.text, 'two')
    assert.deepEqual(second.events, ['ended'])
    assert.equal(first.count, 3)
  })

  check('read sizes may be switched in the middle of a stream', async ({ pairs, buffers }) => {
    const { near, far } = await pairs.connect()
    const user = new RecordingUser()
    user.keep = false
    const hash = createHash('sha1')
    let largest = 0
    user.onReceived = (bytes, end) => {
      hash.update(bytes.subarray(0, end))
      largest = Math.max(largest, end)
      far.expectBulk(user.count > 500_000 && user.count < 2_500_000)
    }
    const sender = new RecordingUser(near)
    const sent = new Sending(near, 3_000_000, 3)
    sender.onDrained = () => sent.more()
    far.attach(user)
    far.resume()
    sent.more()
    await user.until(() => user.count === 3_000_000)
    assert.equal(hash.digest('hex'), sent.digest())
    if (buffers.internals !== null) {
      assert.ok(largest > 16_384, `largest read was ${largest}`)
      assert.equal(buffers.ownCount, buffers.idleCount, 'every buffer came back')
    }
  })

  check('many channels share the buffer without mixing', async ({ pairs }) => {
    const ends = await Promise.all(Array.from({ length: 20 }, () => pairs.connect()))
    await Promise.all(
      ends.map(async ({ near, far }, i) => {
        // Echo: out of the reader's buffer straight into its own channel.
        const echo = new RecordingUser()
        echo.keep = false
        echo.onReceived = (bytes, end) => void far.write(bytes.subarray(0, end))
        far.attach(echo)
        far.resume()
        const user = new RecordingUser(near)
        let expected = ''
        for (let round = 0; round < 30; round++) {
          const text = `${i}:${round};`.repeat(1 + ((i * round) % 400))
          expected += text
          near.write(text)
          await user.until(() => user.count === expected.length)
        }
        assert.equal(user.text, expected)
      }),
    )
  })
}

function endings(check: Check): void {
  check('FIN leaves the other direction open, from either side', async ({ pairs }) => {
    for (const order of [0, 1]) {
      const ends = await pairs.connect()
      const [first, second] = order === 0 ? [ends.near, ends.far] : [ends.far, ends.near]
      const [firstUser, secondUser] = [new RecordingUser(first), new RecordingUser(second)]
      first.write('question')
      first.end()
      assert.equal(first.write('late'), false)
      await secondUser.until(() => secondUser.events.length > 0)
      assert.equal(secondUser.text, 'question')
      assert.deepEqual(secondUser.events, ['ended'])
      assert.equal(second.dead, false)
      await settled()
      second.write('answer')
      second.end()
      await Promise.all([firstUser.untilClosed(), secondUser.untilClosed()])
      assert.equal(firstUser.text, 'answer')
      assert.deepEqual(firstUser.events, ['ended', 'closed:'])
      assert.deepEqual(secondUser.events, ['ended', 'closed:'])
      assert.equal(first.dead, true)
    }
  })

  check('end comes after everything written', async ({ pairs }) => {
    const { near, far } = await pairs.connect()
    const writer = new RecordingUser(near)
    const taken = near.write(Buffer.alloc(4_000_000, 'x'))
    near.write('tail')
    near.end()
    const user = new RecordingUser(far)
    user.keep = false
    await user.until(() => user.events.length > 0)
    assert.equal(user.count, 4_000_004)
    assert.deepEqual(user.events, ['ended'])
    // How much the kernel takes at once is its own affair; what it did not take is told, here or a moment later.
    if (!taken) await writer.until(() => writer.events.length > 0)
    assert.deepEqual(writer.events, taken ? [] : ['drained'])
  })

  check('a reset is seen on an idle connection', async ({ pairs, transport }) => {
    const { near, far } = await pairs.connect()
    const user = new RecordingUser(far)
    const own = new RecordingUser(near)
    near.destroy(true)
    assert.equal(near.dead, true)
    assert.deepEqual(own.events, [], 'never from inside a call')
    await own.untilClosed()
    assert.deepEqual(own.events, ['closed:'])
    if (transport === 'unix') {
      // Unix sockets have no reset: it is a FIN.
      await user.until(() => user.events.length > 0)
      assert.deepEqual(user.events, ['ended'])
      return
    }
    await user.untilClosed()
    assert.deepEqual(user.events, ['closed:ECONNRESET'])
    assert.equal(far.dead, true)
    assert.equal(far.write('x'), false)
  })

  check('a reset with a FIN under way still closes', async ({ pairs }) => {
    const { near } = await pairs.connect()
    const user = new RecordingUser(near)
    near.write(Buffer.alloc(8_000_000))
    near.end()
    near.destroy(true)
    await user.untilClosed()
    const second = await pairs.connect()
    const other = new RecordingUser(second.near)
    second.near.end()
    second.near.destroy(true)
    await other.untilClosed()
    assert.deepEqual([...user.events, ...other.events], ['closed:', 'closed:'])
  })

  check('destroy with writes under way drops them, and drained does not come', async ({ pairs }) => {
    const { near, far } = await pairs.connect()
    const user = new RecordingUser(near)
    assert.equal(near.write(Buffer.alloc(8_000_000)), false)
    near.destroy()
    await user.untilClosed()
    await settled()
    assert.deepEqual(user.events, ['closed:'])
    const other = new RecordingUser(far)
    other.keep = false
    await other.until(() => other.events.length > 0)
    assert.ok(other.count < 8_000_000)
  })

  check('destroy inside received ends deliveries', async ({ pairs }) => {
    const { near, far } = await pairs.connect()
    const user = new RecordingUser()
    user.onReceived = () => far.destroy()
    far.attach(user)
    far.resume()
    near.write(Buffer.alloc(1_000_000, 'x'))
    await user.untilClosed()
    await settled()
    assert.equal(user.parts.length, 1)
    assert.deepEqual(user.events, ['closed:'])
  })

  check('everything is a no-op on a dead channel', async ({ pairs }) => {
    const { near } = await pairs.connect()
    const user = new RecordingUser(near)
    near.destroy()
    await user.untilClosed()
    for (let i = 0; i < 2; i++) {
      assert.equal(near.write('x'), false)
      assert.equal(near.write(Buffer.from('x')), false)
      near.pause()
      near.resume()
      near.expectBulk(true)
      near.end()
      near.destroy()
      near.destroy(true)
    }
    await settled()
    assert.deepEqual(user.events, ['closed:'])
    assert.equal(near.dead, true)
    assert.equal(typeof near.bytesRead, 'number')
    assert.equal(near.backlogged, false)
  })

  check('writing to a peer that is gone closes with its error', async ({ pairs }) => {
    const { near, far } = await pairs.connect()
    const user = new RecordingUser()
    near.attach(user) // paused: only the write can notice
    const gone = new RecordingUser(far)
    far.destroy()
    await gone.untilClosed()
    for (let i = 0; i < 100 && !near.dead; i++) {
      near.write('x'.repeat(1000))
      await settled()
    }
    await user.untilClosed()
    assert.match(user.events.join(), /^closed:(EPIPE|ECONNRESET)$/)
  })

  check('an exception of a user destroys its channel only, and is told', async ({ pairs, bugs }) => {
    const one = await pairs.connect()
    const two = await pairs.connect()
    const broken = new RecordingUser()
    broken.onReceived = () => {
      throw new Error('a bug')
    }
    one.far.attach(broken)
    one.far.resume()
    const well = new RecordingUser(two.far)
    one.near.write('x')
    two.near.write('x')
    await broken.untilClosed()
    await well.until(() => well.count === 1)
    assert.equal(bugs.length, 1)
    assert.match(String(bugs[0]), /a bug/)

    const three = await pairs.connect()
    const late = new RecordingUser()
    late.onEnded = () => {
      throw new Error('another bug')
    }
    three.far.attach(late)
    three.far.resume()
    three.near.end()
    await late.untilClosed()
    assert.equal(bugs.length, 2)
  })

  check('bytes sent right after connecting are not lost', async ({ pairs }) => {
    const { address } = pairs
    const sockets: Socket[] = []
    for (let i = 0; i < 20; i++) {
      const socket = 'path' in address ? connect(address.path) : connect(address.port, address.host)
      socket.on('error', () => {})
      socket.write(`early ${i}`)
      sockets.push(socket)
    }
    const seen = new Set<string>()
    for (let i = 0; i < 20; i++) {
      const channel = await pairs.accepted()
      await settled()
      const user = new RecordingUser(channel)
      await user.until(() => user.count >= 7)
      seen.add(user.text)
    }
    for (const socket of sockets) socket.destroy()
    assert.equal(seen.size, 20)
  })
}

function forwarding(check: Check): void {
  for (const bulk of [true, false]) {
    const name = `what is forwarded under back-pressure arrives unharmed (${bulk ? 'large' : 'shared'} reads)`
    check(name, async ({ pairs, buffers }) => {
      const lines = await Promise.all([1, 2, 3].map(seed => forwardLine(pairs, seed, bulk)))
      await Promise.all(lines.map(line => line()))
      for (let i = 0; i < 5; i++) await settled()
      assert.equal(buffers.ownCount, buffers.idleCount, 'every buffer came back')
    })
  }

  check('buffers come back when a forwarding pair dies in the middle', async ({ pairs, buffers }) => {
    for (let i = 0; i < 10; i++) {
      const source = await pairs.connect()
      const target = await pairs.connect()
      const relay = new RecordingUser()
      relay.keep = false
      relay.onReceived = (bytes, end) => {
        source.far.expectBulk(true)
        target.near.write(bytes.subarray(0, end))
      }
      source.far.attach(relay)
      source.far.resume()
      const out = new RecordingUser(target.near)
      new RecordingUser(source.near)
      source.near.write(Buffer.alloc(8_000_000, 'x'))
      await relay.until(() => target.near.backlogged)
      source.far.destroy(i % 2 === 0)
      target.near.destroy(i % 3 === 0)
      await Promise.all([relay.untilClosed(), out.untilClosed()])
    }
    assert.equal(buffers.ownCount, buffers.idleCount)
    assert.ok(buffers.ownCount <= 12)
  })
}

/** source → relay → a reader that stalls; answers what runs it. */
async function forwardLine(pairs: Pairs, seed: number, bulk: boolean): Promise<() => Promise<void>> {
  const source = await pairs.connect()
  const target = await pairs.connect()
  const random = randomFrom(seed)
  const total = 8_000_000
  const relay = new RecordingUser()
  relay.keep = false
  relay.onReceived = (bytes, end) => {
    source.far.expectBulk(bulk && relay.count < total)
    // In two parts, so that one of them waits behind the other.
    const middle = end >> 1
    const taken = target.near.write(bytes.subarray(0, middle))
    if (!target.near.write(bytes.subarray(middle, end)) || !taken) source.far.pause()
    // Now and then it reads on although the last write was not taken.
    if (random(3) === 0) source.far.resume()
    if (relay.count === total) target.near.end()
  }
  const out = new RecordingUser(target.near)
  out.onDrained = () => source.far.resume()
  source.far.attach(relay)
  const sending = new Sending(source.near, total, seed)
  const sender = new RecordingUser(source.near)
  sender.onDrained = () => sending.more()
  const reader = new RecordingUser()
  reader.keep = false
  const hash = createHash('sha1')
  reader.onReceived = (bytes, end) => {
    hash.update(bytes.subarray(0, end))
    if (random(6) === 0) {
      target.far.pause()
      setTimeout(() => target.far.resume(), random(3))
    }
  }
  target.far.attach(reader)
  return async () => {
    source.far.resume()
    target.far.resume()
    sending.more()
    await reader.until(() => reader.events.length > 0)
    assert.equal(reader.count, total)
    assert.equal(hash.digest('hex'), sending.digest())
  }
}
