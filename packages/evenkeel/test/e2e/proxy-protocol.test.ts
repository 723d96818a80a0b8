/** PROXY protocol heads on accepted connections: what variables say, in whatever pieces they come, and what is refused. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { proxyHeadBytes } from '../../src/wire/proxy-protocol.ts'
import { connect, type Connection } from '../scenario/connection.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const proxy = await startProxy({
  config: ports => `
server { listen 127.0.0.1:${ports['impatient']} proxy_protocol; client_header_timeout 300ms; return 204; }
server {
listen 127.0.0.1:${ports['main']} proxy_protocol;
location / { return 200 "$remote_addr $proxy_protocol_addr:$proxy_protocol_port $proxy_protocol_server_addr:$proxy_protocol_server_port\\n"; }
location /tlv { return 200 "$proxy_protocol_tlv_alpn $proxy_protocol_tlv_0x01 $proxy_protocol_tlv_ssl_verify $proxy_protocol_tlv_ssl_cn [$proxy_protocol_tlv_netns]\\n"; }
location /echo { proxy_pass http://127.0.0.1:${ports['plain']}; proxy_set_header X-From $proxy_protocol_addr; }
}
server {
listen 127.0.0.1:${ports['plain']};
location / { return 200 "$http_x_from [$proxy_protocol_addr]\\n"; }
}`,
})
after(() => proxy[Symbol.asyncDispose]())

const open = (): Promise<Connection> => connect(proxy.port('main'))
const four = { remoteAddress: '192.0.2.1', remotePort: 123, localAddress: '192.0.2.2', localPort: 5678 }
const line = 'PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\r\n'
const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

test('a line and a request in one piece, then more requests on the connection', async () => {
  await using client = await open()
  client.send(line + request + request)
  for (let i = 0; i < 2; i++) {
    assert.equal((await client.readResponse()).text, '127.0.0.1 192.0.2.1:123 192.0.2.2:5678\n')
  }
  client.send(request)
  assert.equal((await client.readResponse()).text, '127.0.0.1 192.0.2.1:123 192.0.2.2:5678\n')
})

test('a head that comes byte by byte, with the request behind it', async () => {
  await using client = await open()
  for (const byte of line + request) {
    client.send(byte)
    await new Promise(setImmediate)
  }
  assert.equal((await client.readResponse()).text, '127.0.0.1 192.0.2.1:123 192.0.2.2:5678\n')
})

test('a binary head with extensions', async () => {
  await using client = await open()
  const ssl = Buffer.concat([Buffer.from([1, 0, 0, 0, 7, 0x22, 0, 4]), Buffer.from('me.x')])
  client.send(
    proxyHeadBytes(four, [
      { type: 1, value: Buffer.from('h2') },
      { type: 0x20, value: ssl },
    ]),
  )
  client.send(request.replace('/ ', '/tlv '))
  assert.equal((await client.readResponse()).text, 'h2 h2 7 me.x []\n')
})

test('UNKNOWN leaves the variables empty', async () => {
  await using client = await open()
  client.send('PROXY UNKNOWN\r\n' + request)
  assert.equal((await client.readResponse()).text, '127.0.0.1 : :\n')
})

test('what it says goes to origins where the configuration tells it to', async () => {
  await using client = await open()
  client.send(line + request.replace('/ ', '/echo '))
  assert.equal((await client.readResponse()).text, '192.0.2.1 []\n')
})

test('without a head, or with a broken one, the connection ends without an answer, and the log says why', async () => {
  for (const bytes of [request, 'PROXY TCP4 1.2.3.4 1 2 3\r\n' + request, '\r\n\r\n\0\r\nQUIX']) {
    await using client = await open()
    client.send(bytes)
    await client.expectGone()
    assert.equal(client.unread, '')
  }
  await until(
    () => 'three lines in the log',
    () => proxy.read('error.log').split('broken PROXY protocol head').length === 4 || undefined,
  )
})

test('a head with a wrong checksum ends the connection, and the log says why', async () => {
  await using client = await open()
  const head = proxyHeadBytes(four)
  head[16]! ^= 1
  client.send(Buffer.from(head)).send(request)
  await client.expectGone()
  await proxy.errorLog(/broken PROXY protocol head.*the checksum is wrong/)
})

test('half a head is waited for no longer than for a request', async () => {
  await using client = await connect(proxy.port('impatient'))
  client.send(line.slice(0, 20))
  await client.expectClose()
})

test('a client that leaves within the head leaves nothing', async () => {
  await using client = await open()
  client.send(line.slice(0, 20)).end()
  await client.expectClose()
})
