/** Many clients of datagrams: over workers that share a port, over resolvers that come and go, and up to a bound. */
import assert from 'node:assert/strict'
import { Resolver } from 'node:dns/promises'
import { test } from 'node:test'
import { DnsServer } from '../scenario/dns.ts'
import { startProxy } from '../scenario/proxy.ts'
import { find } from '../scenario/requires.ts'
import { until } from '../scenario/wait.ts'
import { Datagrams, UDP_HOST } from './datagrams.ts'

test('two workers share a port: each client has one session, whichever of them it is with', async () => {
  await using origin = await Datagrams.open()
  await using proxy = await startProxy({
    workers: 2,
    config: ports => `
stream {
  log_format s '$connection $bytes_received';
  access_log access.log s;
  server { listen ${UDP_HOST}:${ports.main} udp; proxy_requests 5; proxy_responses 0; proxy_pass ${origin.address}; }
}`,
  })
  const clients = await Promise.all(Array.from({ length: 40 }, () => Datagrams.open()))
  for (let round = 0; round < 5; round++) for (const [i, one] of clients.entries()) one.send(`${i + 10}`, proxy.port())
  // By client: the sockets its datagrams came from.
  const from = new Map<string, Set<number>>()
  for (let i = 0; i < 200; i++) {
    const { text, from: sender } = await origin.next(60_000)
    from.set(text, (from.get(text) ?? new Set()).add(sender.port))
  }
  assert.equal(from.size, 40)
  assert.deepEqual(new Set([...from.values()].map(({ size }) => size)), new Set([1]))
  const lines = await proxy.accessLog(40)
  assert.deepEqual(new Set(lines.map(line => line.split(' ')[1])), new Set(['10']))
  // Serials count in steps of workers: one parity a worker.
  assert.equal(new Set(lines.map(line => Number(line.split(' ')[0]) % 2)).size, 2)
  await Promise.all(clients.map(one => one[Symbol.asyncDispose]()))
})

test('questions to two name servers are answered while one of them is gone', async () => {
  const records = (address: string): Parameters<typeof DnsServer.start>[0] => ({ 'who.test': { a: [address] } })
  await using one = await DnsServer.start(records('192.0.2.1'))
  const two = await DnsServer.start(records('192.0.2.2'))
  await using proxy = await startProxy({
    workers: 2,
    config: ports => `
stream {
  # A question for the name who.test, and what is in every answer to it: the name again.
  match dns { send "\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x03who\\x04test\\x00\\x00\\x01\\x00\\x01"; expect ~ "^\\x12\\x34.*who"; }
  upstream resolvers { server ${one.address}; server ${two.address}; }
  server {
    listen ${UDP_HOST}:${ports.main} udp;
    proxy_responses 1;
    proxy_timeout 2s;
    proxy_pass resolvers;
    health_check udp interval=200ms match=dns;
  }
}`,
  })
  /** Who answers so many questions in a row. */
  const serves = (wanted: readonly string[]): Promise<true> =>
    until(
      () => `answers of ${wanted.join(' and ')}`,
      async () => {
        const found = new Set<string>()
        for (let i = 0; i < 6; i++) {
          // A socket of its own each time.
          const resolver = new Resolver({ timeout: 1000, tries: 1 })
          resolver.setServers([`${UDP_HOST}:${proxy.port()}`])
          found.add(String(await resolver.resolve4('who.test').catch(() => 'nobody')))
        }
        return [...found].toSorted().join() === wanted.join() || undefined
      },
      60_000,
    )
  await serves(['192.0.2.1', '192.0.2.2'])
  await two[Symbol.asyncDispose]()
  await serves(['192.0.2.1'])
})

test(
  'sessions beyond the descriptors there are push out the one that has been silent longest',
  { skip: find('prlimit') === undefined ? 'needs prlimit' : false },
  async () => {
    await using origin = await Datagrams.open(text => text)
    await using proxy = await startProxy({
      config: ports => `
worker_rlimit_nofile 120;
stream {
  log_format s '$status $failure';
  access_log access.log s;
  server { listen ${UDP_HOST}:${ports.main} udp; proxy_pass ${origin.address}; }
}`,
    })
    const clients: Datagrams[] = []
    for (let i = 0; i < 100; i++) {
      const client = await Datagrams.open()
      clients.push(client)
      assert.equal(await client.send(`client ${i}`, proxy.port()).text(), `client ${i}`)
    }
    await proxy.errorLog(/too many udp sessions: the one idle for longest is dropped/)
    const lines = await proxy.accessLog(40)
    assert.deepEqual(new Set(lines), new Set(['503 session_dropped']))
    // Who is still there keeps its session, and who was pushed out gets another.
    for (const client of [clients.at(-1)!, clients[0]!]) {
      assert.equal(await client.send('again', proxy.port()).text(), 'again')
    }
    await Promise.all(clients.map(one => one[Symbol.asyncDispose]()))
  },
)
