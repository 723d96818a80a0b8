import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { createServer, type Server } from 'node:net'
import { test } from 'node:test'
import { lookupAll } from '../../src/net/lookup.ts'
import { ResolveError, Resolver, type ResolverOptions } from '../../src/net/resolver.ts'

type Answering = (name: string, type: number, times: number) => Reply | null
interface Reply {
  readonly code?: number
  readonly a?: readonly string[]
  readonly cname?: string
  readonly ttl?: number
  readonly truncated?: boolean
  /** Sent before the real one. */
  readonly forged?: 'id' | 'question' | 'garbage'
}

/** A DNS server that counts what it is asked. */
class FakeDns {
  readonly asked: string[] = []
  readonly ports = new Set<number>()
  readonly #udp: Socket = createSocket('udp4')
  readonly #tcp: Server
  readonly #answer: Answering

  static async start(answer: Answering): Promise<FakeDns> {
    const dns = new FakeDns(answer)
    await new Promise<void>(resolve => dns.#tcp.listen(0, '127.0.0.1', resolve))
    await new Promise<void>(resolve => dns.#udp.bind(dns.server.port, '127.0.0.1', resolve))
    return dns
  }

  private constructor(answer: Answering) {
    this.#answer = answer
    this.#udp.on('message', (query, from) => {
      this.ports.add(from.port)
      for (const reply of this.#replies(query, false)) this.#udp.send(reply, from.port, from.address)
    })
    this.#tcp = createServer(socket => {
      socket.on('error', () => {})
      socket.once('data', data => {
        for (const reply of this.#replies((data as Buffer).subarray(2), true)) {
          // In two parts, as TCP may.
          socket.write(Buffer.from([reply.length >> 8]))
          setImmediate(() => socket.end(Buffer.concat([Buffer.from([reply.length & 255]), reply])))
        }
      })
    })
  }

  get server(): { host: string; port: number } {
    const address = this.#tcp.address()
    assert.ok(typeof address === 'object' && address !== null)
    return { host: '127.0.0.1', port: address.port }
  }

  stop(): void {
    this.#udp.close()
    this.#tcp.close()
  }

  #replies(query: Buffer, tcp: boolean): Buffer[] {
    const labels: string[] = []
    let at = 12
    while (query[at] !== 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
      at += 1 + query[at]!
    }
    const type = query.readUInt16BE(at + 1)
    const name = labels.join('.')
    this.asked.push(`${tcp ? 'tcp ' : ''}${name} ${type}`)
    const reply = this.#answer(name, type, this.asked.length)
    if (reply === null) return []
    const real = encode(query.subarray(0, at + 5), reply, tcp)
    const forged = Buffer.from(real)
    if (reply.forged === 'id') forged.writeUInt16BE((real.readUInt16BE(0) + 1) & 0xffff, 0)
    if (reply.forged === 'question') forged[13] = forged[13]! ^ 1
    if (reply.forged === undefined) return [real]
    forged[forged.length - 1] = 66
    return [reply.forged === 'garbage' ? real.subarray(0, real.length - 2) : forged, real]
  }
}

function encode(question: Buffer, reply: Reply, tcp: boolean): Buffer {
  const truncated = reply.truncated === true && !tcp
  const records: Buffer[] = []
  const record = (type: number, data: number[]): void => {
    const fixed = Buffer.alloc(12)
    fixed.writeUInt16BE(0xc00c, 0)
    fixed.writeUInt16BE(type, 2)
    fixed.writeUInt16BE(1, 4)
    fixed.writeUInt32BE(reply.ttl ?? 60, 6)
    fixed.writeUInt16BE(data.length, 10)
    records.push(fixed, Buffer.from(data))
  }
  if (reply.cname !== undefined) record(5, [...reply.cname.split('.').flatMap(l => [l.length, ...Buffer.from(l)]), 0])
  for (const address of truncated ? [] : (reply.a ?? [])) record(1, address.split('.').map(Number))
  const head = Buffer.from(question.subarray(0, 12))
  head.writeUInt16BE(0x8180 | (truncated ? 0x0200 : 0) | (reply.code ?? 0), 2)
  head.writeUInt16BE(records.length / 2, 6)
  return Buffer.concat([head, question.subarray(12), ...records])
}

const onlyIpv4 = { ipv4: true, ipv6: false }
function resolve(resolver: Resolver, name: string, families = onlyIpv4): Promise<readonly string[] | string> {
  return new Promise(done =>
    resolver.resolve(name, families, result => done(result instanceof ResolveError ? result.code : result)),
  )
}

async function withDns(
  answers: Answering[],
  options: Omit<ResolverOptions, 'servers'>,
  run: (resolver: Resolver, dns: FakeDns[]) => Promise<void>,
): Promise<void> {
  const dns = await Promise.all(answers.map(answer => FakeDns.start(answer)))
  try {
    await run(new Resolver({ servers: dns.map(one => one.server), attemptMs: 10_000, ...options }), dns)
  } finally {
    for (const one of dns) one.stop()
  }
}

test('a name is asked for once while it holds, and anew afterwards', async () => {
  const clock = { now: 1000 }
  await withDns(
    [() => ({ a: ['192.0.2.1', '192.0.2.2'], ttl: 10 })],
    { clock: () => clock.now },
    async (resolver, [dns]) => {
      const both = await Promise.all([resolve(resolver, 'a.test'), resolve(resolver, 'A.test')])
      assert.deepEqual(both, [
        ['192.0.2.1', '192.0.2.2'],
        ['192.0.2.1', '192.0.2.2'],
      ])
      clock.now += 9_999
      await resolve(resolver, 'a.test')
      assert.equal(dns!.asked.length, 1)
      clock.now += 2
      await resolve(resolver, 'a.test')
      assert.equal(dns!.asked.length, 2)
      assert.equal(dns!.ports.size, 2, 'a port of its own for each question')
    },
  )
})

test('valid takes the place of the TTL', async () => {
  const clock = { now: 1000 }
  await withDns(
    [() => ({ a: ['192.0.2.1'], ttl: 0 })],
    { clock: () => clock.now, validMs: 5000 },
    async (resolver, [dns]) => {
      await resolve(resolver, 'a.test')
      clock.now += 4999
      await resolve(resolver, 'a.test')
      assert.equal(dns!.asked.length, 1)
    },
  )
})

test('both families are asked for, and one is enough', async () => {
  await withDns([(_, type) => (type === 1 ? { a: ['192.0.2.1'] } : {})], {}, async (resolver, [dns]) => {
    assert.deepEqual(await resolve(resolver, 'a.test', { ipv4: true, ipv6: true }), ['192.0.2.1'])
    assert.deepEqual(dns!.asked.toSorted(), ['a.test 1', 'a.test 28'])
    assert.equal(await resolve(resolver, 'a.test', { ipv4: false, ipv6: true }), 'NODATA')
  })
})

test('errors have names, and a missing name is remembered for a while', async () => {
  const codes: Record<string, Reply> = { 'no.test': { code: 3 }, 'fail.test': { code: 2 }, 'refused.test': { code: 5 } }
  await withDns([name => codes[name] ?? {}], {}, async (resolver, [dns]) => {
    assert.equal(await resolve(resolver, 'no.test'), 'NXDOMAIN')
    assert.equal(await resolve(resolver, 'no.test'), 'NXDOMAIN')
    assert.equal(dns!.asked.length, 1)
    assert.equal(await resolve(resolver, 'fail.test'), 'SERVFAIL')
    assert.equal(await resolve(resolver, 'refused.test'), 'REFUSED')
    assert.equal(await resolve(resolver, 'empty.test'), 'NODATA')
    assert.equal(await resolve(resolver, 'not a name'), 'FORMERR')
  })
})

test('a server that is silent, refuses or is not there is passed over', async () => {
  const good: Answering = () => ({ a: ['192.0.2.9'] })
  for (const bad of [() => null, () => ({ code: 2 }), () => ({ code: 5 })] as Answering[]) {
    await withDns([bad, good], { attemptMs: 60 }, async resolver => {
      assert.deepEqual(await resolve(resolver, 'a.test'), ['192.0.2.9'])
    })
  }
  const dns = await FakeDns.start(good)
  const gone = await FakeDns.start(good)
  const servers = [gone.server, dns.server]
  gone.stop()
  assert.deepEqual(await resolve(new Resolver({ servers, attemptMs: 5000 }), 'a.test'), ['192.0.2.9'])
  dns.stop()
})

test('when nobody answers the time runs out', async () => {
  await withDns([() => null], { timeoutMs: 150, attemptMs: 60 }, async (resolver, [dns]) => {
    assert.equal(await resolve(resolver, 'a.test'), 'TIMEOUT')
    assert.ok(dns!.asked.length >= 2, 'it was asked again')
  })
})

test('no server reachable is an error at once', async () => {
  const gone = await FakeDns.start(() => null)
  const servers = [gone.server]
  gone.stop()
  assert.equal(await resolve(new Resolver({ servers, timeoutMs: 10_000 }), 'a.test'), 'SERVFAIL')
  assert.equal(await resolve(new Resolver({ servers: [], timeoutMs: 10_000 }), 'a.test'), 'SERVFAIL')
})

for (const forged of ['id', 'question', 'garbage'] as const) {
  test(`a reply with a wrong ${forged} is dropped and the real one believed`, async () => {
    await withDns([() => ({ a: ['192.0.2.1'], forged })], { attemptMs: 5000 }, async resolver => {
      assert.deepEqual(await resolve(resolver, 'a.test'), ['192.0.2.1'])
    })
  })
}

test('a reply that was cut off is asked for again over TCP', async () => {
  const many = Array.from({ length: 200 }, (_, i) => `10.0.0.${i}`)
  await withDns([() => ({ a: many, truncated: true })], {}, async (resolver, [dns]) => {
    assert.deepEqual(await resolve(resolver, 'a.test'), many)
    assert.deepEqual(dns!.asked, ['a.test 1', 'tcp a.test 1'])
  })
})

test('an alias the server does not follow is followed, but not for ever', async () => {
  const next = (name: string): Reply =>
    name === 'c.test' ? { a: ['192.0.2.3'], ttl: 50 } : { cname: 'c.test', ttl: 7 }
  await withDns([name => next(name)], {}, async resolver => {
    assert.deepEqual(await resolve(resolver, 'a.test'), ['192.0.2.3'])
  })
  await withDns([name => ({ cname: name + 'x' })], {}, async (resolver, [dns]) => {
    assert.equal(await resolve(resolver, 'a.test'), 'NODATA')
    assert.equal(dns!.asked.length, 11)
  })
})

test('a cancelled question is not told, the others are', async () => {
  await withDns([() => ({ a: ['192.0.2.1'] })], {}, async resolver => {
    let told = 0
    resolver.resolve('a.test', onlyIpv4, () => told++).cancel()
    await resolve(resolver, 'a.test')
    assert.equal(told, 0)
  })
})

test('names kept are bounded', async () => {
  await withDns([() => ({ a: ['192.0.2.1'] })], { maxNames: 2 }, async (resolver, [dns]) => {
    for (const name of ['a.test', 'b.test', 'a.test', 'c.test', 'a.test']) await resolve(resolver, name)
    assert.equal(dns!.asked.length, 3)
    await resolve(resolver, 'b.test')
    assert.equal(dns!.asked.length, 4)
  })
})

test('localhost is both loopback addresses whatever the hosts file says, numbers are themselves', async () => {
  assert.deepEqual(await lookupAll('localhost'), ['127.0.0.1', '::1'])
  assert.deepEqual(await lookupAll('::1'), ['::1'])
  await assert.rejects(lookupAll('name.invalid'))
})
