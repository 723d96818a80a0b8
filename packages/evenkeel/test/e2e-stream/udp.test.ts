/** Datagrams passed on: sessions by client, how they end, and that a reload leaves them alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { undisturbed, until } from '../scenario/wait.ts'
import { Datagrams, UDP_HOST } from './datagrams.ts'

type Named = Readonly<Record<string, number>>

function configuration(inside: (ports: Named) => string): (ports: Named) => string {
  return ports => `
stream {
  log_format s '$protocol $status $failure "$upstream_addr" $bytes_received/$bytes_sent';
  access_log access.log s;
  ${inside(ports)}
}`
}

async function startStream(inside: (ports: Named) => string, workers = 1): Promise<Proxied> {
  return startProxy({ workers, config: configuration(inside) })
}

const echo = (text: string): string => `echo ${text}`

test('each client has a session of its own, and its answers come from where it sent to', async () => {
  await using origin = await Datagrams.open(echo)
  await using proxy = await startStream(
    ports => `server { listen ${UDP_HOST}:${ports.main} udp; proxy_responses 1; proxy_pass ${origin.address}; }`,
    2,
  )
  for (let i = 0; i < 8; i++) {
    await using client = await Datagrams.open()
    const answer = await client.send(`n${i}`, proxy.port()).next()
    assert.equal(answer.text, `echo n${i}`)
    assert.deepEqual([answer.from.address, answer.from.port], [UDP_HOST, proxy.port()])
  }
  assert.equal((await proxy.accessLog(8)).at(-1), `UDP 200 - "${origin.address}" 2/7`)
})

test('without proxy_responses a session goes on until proxy_timeout, and is one session', () =>
  undisturbed(async () => {
    await using origin = await Datagrams.open()
    await using proxy = await startStream(
      ports => `server { listen ${UDP_HOST}:${ports.main} udp; proxy_timeout 300ms; proxy_pass ${origin.address}; }`,
    )
    await using client = await Datagrams.open()
    client.send('a', proxy.port()).send('b', proxy.port())
    const first = await origin.next()
    const second = await origin.next()
    assert.deepEqual([first.text, second.text, first.from.port === second.from.port], ['a', 'b', true])
    // The server may speak whenever it likes.
    origin.reply('1', first.from).reply('2', first.from).reply('3', first.from)
    assert.deepEqual([await client.text(), await client.text(), await client.text()].toSorted(), ['1', '2', '3'])
    assert.equal((await proxy.accessLog(1))[0], `UDP 200 - "${origin.address}" 2/3`)
    await proxy.errorLog(/udp timed out, packets from\/to client:2\/3, bytes from\/to client:2\/3/)
  }))

test('a server that owes answers has failed: 502, and the next session goes to another one', () =>
  undisturbed(async () => {
    await using silent = await Datagrams.open()
    await using good = await Datagrams.open(echo)
    await using proxy = await startStream(
      ports => `
      upstream u { server ${silent.address} fail_timeout=1h; server ${good.address}; }
      server { listen ${UDP_HOST}:${ports.main} udp; proxy_timeout 300ms; proxy_responses 1; proxy_pass u; }`,
    )
    await using client = await Datagrams.open()
    client.send('x', proxy.port())
    assert.equal((await proxy.accessLog(1))[0], `UDP 502 no_reply "${silent.address}" 1/0`)
    await proxy.errorLog(/upstream timed out \(110: Connection timed out\) while proxying connection, udp client: 127/)
    for (let i = 0; i < 3; i++) assert.equal(await client.send('y', proxy.port()).text(), 'echo y')
  }))

test('a server that refuses datagrams fails at once, not after a timeout', async () => {
  const address = '127.0.0.1:1'
  await using good = await Datagrams.open(echo)
  await using proxy = await startStream(
    ports => `
    upstream u { server ${address} fail_timeout=1h; server ${good.address}; }
    server { listen ${UDP_HOST}:${ports.main} udp; proxy_pass u; }`,
  )
  await using client = await Datagrams.open()
  client.send('x', proxy.port())
  assert.equal((await proxy.accessLog(1))[0], `UDP 502 connect_refused "${address}" 1/0`)
  await proxy.errorLog(/recv\(\) failed \(111: Connection refused\) while proxying and reading from upstream/)
  assert.equal(await client.send('again', proxy.port()).text(), 'echo again')
})

test('after proxy_requests datagrams the next one begins another session, with another server', async () => {
  await using one = await Datagrams.open()
  await using two = await Datagrams.open()
  await using proxy = await startStream(
    ports => `
    upstream u { server ${one.address}; server ${two.address}; }
    server { listen ${UDP_HOST}:${ports.main} udp; proxy_requests 2; proxy_responses 0; proxy_pass u; }`,
  )
  await using client = await Datagrams.open()
  for (const text of ['1', '2', '3', '4']) client.send(text, proxy.port())
  assert.deepEqual([await one.text(), await one.text()].toSorted(), ['1', '2'])
  assert.deepEqual([await two.text(), await two.text()].toSorted(), ['3', '4'])
})

test('empty and large datagrams pass as they are', async () => {
  await using origin = await Datagrams.open(text => text)
  await using proxy = await startStream(
    ports => `server { listen ${UDP_HOST}:${ports.main} udp; proxy_pass ${origin.address}; }`,
  )
  await using client = await Datagrams.open()
  for (const size of [0, 1, 9000, 60_000]) {
    assert.equal((await client.send('z'.repeat(size), proxy.port()).text()).length, size)
  }
})

test('return answers each datagram, deny none, and neither keeps anything', async () => {
  await using proxy = await startStream(
    ports => `
    server { listen ${UDP_HOST}:${ports.main} udp; return "you are $remote_addr:$remote_port"; }
    server { listen ${UDP_HOST}:${ports.shut} udp; deny all; return no; }`,
  )
  await using client = await Datagrams.open()
  assert.equal(await client.send('?', proxy.port('main')).text(), `you are 127.0.0.1:${client.port}`)
  client.send('?', proxy.port('shut'))
  assert.match((await proxy.accessLog(2))[1]!, /^UDP 403 /)
  assert.equal(client.received, 1)
})

test('reloads keep the sessions there are, new ones get the new configuration, and quitting ends all', async () => {
  await using old = await Datagrams.open()
  await using fresh = await Datagrams.open(text => `fresh ${text}`)
  const server = (address: string): ((ports: Named) => string) =>
    configuration(ports => `server { listen ${UDP_HOST}:${ports.main} udp; proxy_pass ${address}; }`)
  await using proxy = await startProxy({ workers: 2, config: server(old.address) })
  await using client = await Datagrams.open()
  client.send('before', proxy.port())
  const { from } = await old.next()
  proxy.configure(server(fresh.address))
  for (let round = 1; round <= 3; round++) {
    proxy.signal('HUP')
    const wanted = 2 + 2 * round
    await until(
      () => `reload ${round}`,
      () => (proxy.read('error.log').match(/start worker process/g)?.length ?? 0) >= wanted || undefined,
    )
    client.send(`round ${round}`, proxy.port())
    const got = await old.next()
    assert.deepEqual([got.text, got.from.port], [`round ${round}`, from.port])
    assert.equal(await (old.reply('late', from), client.text()), 'late')
    await using other = await Datagrams.open()
    assert.equal(await other.send('new', proxy.port()).text(), 'fresh new')
  }
  await proxy.stop()
  assert.match(proxy.read('error.log'), /disconnected on shutdown/)
})
