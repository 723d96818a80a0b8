/** TCP passed on: what goes through, how it ends, who is tried, what is logged. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../scenario/connection.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { undisturbed, until } from '../scenario/wait.ts'

type Named = Readonly<Record<string, number>>

async function startStream(inside: (ports: Named) => string, workers = 1): Promise<Proxied> {
  return startProxy({
    workers,
    config: ports => `
stream {
  log_format s '$status $failure "$upstream_addr" $bytes_received/$bytes_sent $upstream_bytes_sent/$upstream_bytes_received';
  access_log access.log s;
  ${inside(ports)}
}`,
  })
}

const logged = async (proxy: Proxied, count = 1): Promise<string | undefined> => (await proxy.accessLog(count)).at(-1)

test('bytes go both ways as they come, and each end is told when the other is', async () => {
  await using origin = await startOrigin()
  await using proxy = await startStream(
    ports => `server { listen 127.0.0.1:${ports.main}; proxy_pass ${origin.address}; }`,
  )
  await using client = await connect(proxy.port())
  const peer = await origin.accept()
  // Some protocols let the server speak first.
  peer.send('220 ready\r\n')
  await client.expect('220 ready\r\n')
  client.send('\x00\xffGET / \r')
  await peer.expect('\x00\xffGET / \r')
  peer.send('done').close()
  await client.expect('done')
  await client.expectClose()
  assert.equal(await logged(proxy), `200 - "${origin.address}" 9/15 9/15`)
})

test('four megabytes each way arrive whole, in order, however slowly it is read', async () => {
  await using origin = await startOrigin()
  await using proxy = await startStream(
    ports => `server { listen 127.0.0.1:${ports.main}; proxy_pass ${origin.address}; }`,
  )
  await using client = await connect(proxy.port())
  const peer = await origin.accept()
  const up = Buffer.alloc(4 << 20, 'abcdefghijk')
  const down = Buffer.alloc(4 << 20, '0123456789-')
  peer.pause()
  client.pause()
  client.send(up)
  peer.send(down)
  peer.resume()
  client.resume()
  assert.ok((await peer.read(up.length)).equals(up))
  assert.ok((await client.read(down.length)).equals(down))
})

test('with proxy_half_close a client that has said all still gets its answer; without it the session ends', async () => {
  await using origin = await startOrigin()
  await using proxy = await startStream(
    ports => `
    server { listen 127.0.0.1:${ports.half}; proxy_half_close on; proxy_pass ${origin.address}; }
    server { listen 127.0.0.1:${ports.whole}; proxy_pass ${origin.address}; }`,
  )
  await using half = await connect(proxy.port('half'))
  const one = await origin.accept()
  half.send('question').end()
  await one.expect('question')
  await one.expectClose()
  one.send('answer').end()
  await half.expect('answer')
  await half.expectClose()

  await using whole = await connect(proxy.port('whole'))
  const two = await origin.accept()
  whole.send('question').end()
  await two.expect('question')
  await two.expectClose()
  await whole.expectClose()
})

test('a reset of either side is a reset for the other one, and the log says whose it was', async () => {
  await using origin = await startOrigin()
  await using proxy = await startStream(
    ports => `server { listen 127.0.0.1:${ports.main}; proxy_pass ${origin.address}; }`,
  )
  await using client = await connect(proxy.port())
  const one = await origin.accept()
  client.send('x')
  await one.expect('x')
  await client.reset()
  await one.expectReset()
  assert.match((await logged(proxy, 1))!, /^200 client_reset /)

  await using other = await connect(proxy.port())
  const two = await origin.accept()
  other.send('y')
  await two.expect('y')
  await two.reset()
  await other.expectReset()
  assert.match((await logged(proxy, 2))!, /^200 upstream_reset /)
})

test('who refuses is followed by the next one, and nobody left is 502 with every try in the log', async () => {
  await using origin = await startOrigin()
  await using gone = await startOrigin()
  gone.refuse()
  await using proxy = await startStream(
    ports => `
    upstream u { server ${gone.address}; server ${origin.address}; }
    upstream none { server ${gone.address} fail_timeout=1h; server 127.0.0.9:${gone.port} fail_timeout=1h; }
    server { listen 127.0.0.1:${ports.main}; proxy_pass u; }
    server { listen 127.0.0.1:${ports.none}; proxy_pass none; }
    server { listen 127.0.0.1:${ports.once}; proxy_pass none; proxy_next_upstream off; }`,
  )
  await using client = await connect(proxy.port('main'))
  const peer = await origin.accept()
  peer.send('hello').close()
  await client.expect('hello')
  assert.match((await logged(proxy, 1))!, new RegExp(`^200 - "${gone.address}, ${origin.address}" `))

  await using second = await connect(proxy.port('none'))
  await second.expectClose()
  assert.match(
    (await logged(proxy, 2))!,
    /^502 connect_refused "127\.0\.0\.\d:\d+, 127\.0\.0\.\d:\d+" 0\/0 0, 0\/0, 0$/,
  )
  await proxy.errorLog(
    /connect\(\) failed \(111: Connection refused\) while connecting to upstream, client: 127\.0\.0\.1, server: /,
  )

  // Both have failed now: nobody is left to be asked at all.
  await using third = await connect(proxy.port('once'))
  await third.expectClose()
  assert.match((await logged(proxy, 3))!, /^502 no_live_peers "none" /)
})

test('a session in which nothing moves ends after proxy_timeout, one that moves does not', () =>
  undisturbed(async () => {
    await using origin = await startOrigin()
    await using proxy = await startStream(
      ports => `server { listen 127.0.0.1:${ports.main}; proxy_timeout 400ms; proxy_pass ${origin.address}; }`,
    )
    await using client = await connect(proxy.port())
    const peer = await origin.accept()
    const began = performance.now()
    for (let i = 0; i < 6; i++) {
      client.send('.')
      await peer.expect('.')
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    await peer.expectClose()
    await client.expectClose()
    assert.ok(performance.now() - began > 900)
    await proxy.errorLog(/connection timed out \(110: Connection timed out\) while proxying connection/)
  }))

test('rates slow what is read of a client and of a server', async () => {
  await using origin = await startOrigin()
  await using proxy = await startStream(
    ports => `
    map $server_port $rate { default 8k; }
    server { listen 127.0.0.1:${ports.up}; proxy_upload_rate 8k; proxy_pass ${origin.address}; }
    server { listen 127.0.0.1:${ports.down}; proxy_download_rate $rate; proxy_pass ${origin.address}; }`,
  )
  const bytes = Buffer.alloc(16 << 10, 'rate')
  for (const way of ['up', 'down']) {
    // What a session may pass on counts from its begin.
    const began = performance.now()
    await using client = await connect(proxy.port(way))
    const peer = await origin.accept()
    const [from, to] = way === 'up' ? [client, peer] : [peer, client]
    from.send(bytes)
    assert.ok((await to.read(bytes.length)).equals(bytes))
    const tookMs = performance.now() - began
    // The first second's worth goes at once.
    assert.ok(tookMs > 850, `${way}: ${tookMs}`)
  }
})

test('return answers with a text that also a client which has sent something gets whole', async () => {
  await using proxy = await startStream(
    ports => `
    map $remote_addr $who { 127.0.0.1 home; default abroad; }
    server { listen 127.0.0.1:${ports.main}; set $greeting "hello $who"; return "$greeting $protocol $server_port\\n"; }`,
  )
  await using client = await connect(proxy.port())
  client.send('x'.repeat(100_000))
  await client.expect(`hello home TCP ${proxy.port()}\n`)
  client.end()
  await client.expectClose()
})

test('whom deny names is closed without a word, and the log says why', async () => {
  await using origin = await startOrigin()
  await using proxy = await startStream(
    ports => `
    server { listen 127.0.0.1:${ports.main}; deny 127.0.0.0/8; proxy_pass ${origin.address}; }`,
  )
  await using client = await connect(proxy.port())
  await client.expectClose()
  assert.match((await logged(proxy))!, /^403 /)
  await proxy.errorLog(/\[error\].* access forbidden by rule, client: 127\.0\.0\.1, server: 127\.0\.0\.1:/)
  assert.equal(origin.accepted, 0)
})

test('pass hands a connection to a server of http', async () => {
  await using proxy = await startProxy({
    config: ports => `
http { server { listen 127.0.0.1:${ports.web}; return 200 "web"; } }
stream {
  map $server_port $to { default 127.0.0.1:${ports.web}; }
  server { listen 127.0.0.1:${ports.main}; pass 127.0.0.1:${ports.web}; }
  server { listen 127.0.0.1:${ports.by}; pass $to; }
  server { listen 127.0.0.1:${ports.round}; pass 127.0.0.1:${ports.round}; }
}`,
  })
  for (const way of ['main', 'by']) {
    await using client = await connect(proxy.port(way))
    client.send('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    assert.equal((await client.readResponse()).text, 'web')
  }
  await using client = await connect(proxy.port('round'))
  await client.expectClose()
  await proxy.errorLog(/pass cycle while passing connection to port/)
})

test('a server may be chosen by variables: an upstream, an address, and nothing that is neither', async () => {
  await using origin = await startOrigin()
  await using proxy = await startStream(
    ports => `
    upstream group { server ${origin.address}; }
    map $server_port $to { ${ports.group} group; ${ports.address} ${origin.address}; default nowhere; }
    server { listen 127.0.0.1:${ports.group}; listen 127.0.0.1:${ports.address}; listen 127.0.0.1:${ports.other}; proxy_pass $to; }`,
  )
  for (const way of ['group', 'address']) {
    await using client = await connect(proxy.port(way))
    ;(await origin.accept()).send('here').close()
    await client.expect('here')
  }
  await using client = await connect(proxy.port('other'))
  await client.expectClose()
  await proxy.errorLog(/no port in upstream "nowhere", client/)
  assert.match((await logged(proxy, 3))!, /^500 invalid_target /)
})

test('hash keeps each client with one server, over all workers', async () => {
  await using one = await startOrigin()
  await using two = await startOrigin()
  await using proxy = await startStream(
    ports => `
    upstream u { hash $remote_addr consistent; server ${one.address}; server ${two.address}; }
    server { listen 127.0.0.1:${ports.main}; proxy_pass u; }`,
    2,
  )
  for (let i = 0; i < 4; i++) {
    await using client = await connect(proxy.port())
    await until(
      () => 'a connection to an origin',
      () => one.accepted + two.accepted > i || undefined,
    )
    client.end()
    await client.expectClose()
  }
  assert.deepEqual([one.accepted, two.accepted].toSorted(), [0, 4])
})
