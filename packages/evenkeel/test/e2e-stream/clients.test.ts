/** Who the client is: told to servers, taken from balancers in front, counted and sorted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../scenario/connection.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'

test('PROXY protocol tells a server of the client, and set_real_ip_from believes it', async () => {
  await using origin = await startOrigin()
  await using proxy = await startProxy({
    config: ports => `
stream {
  server { listen 127.0.0.1:${ports.line}; proxy_protocol on; proxy_pass ${origin.address}; }
  server { listen 127.0.0.1:${ports.trusting} proxy_protocol; set_real_ip_from 127.0.0.0/8; deny 192.0.2.66;
    return "$remote_addr:$remote_port $realip_remote_addr $proxy_protocol_server_port"; }
  server { listen 127.0.0.1:${ports.other} proxy_protocol; return "$remote_addr $proxy_protocol_addr"; }
  server { listen 127.0.0.1:${ports.chain}; proxy_protocol v2; proxy_pass 127.0.0.1:${ports.other}; }
}`,
  })
  await using client = await connect(proxy.port('line'))
  const peer = await origin.accept()
  const { localPort } = client.socket
  await peer.expect(`PROXY TCP4 127.0.0.1 127.0.0.1 ${localPort} ${proxy.port('line')}\r\n`)

  await using behind = await connect(proxy.port('trusting'))
  behind.send('PROXY TCP4 192.0.2.7 192.0.2.1 5000 443\r\n')
  await behind.expect('192.0.2.7:5000 127.0.0.1 443')
  await using refused = await connect(proxy.port('trusting'))
  refused.send('PROXY TCP4 192.0.2.66 192.0.2.1 5000 443\r\n')
  await refused.expectClose()

  await using chained = await connect(proxy.port('chain'))
  await chained.expect('127.0.0.1 127.0.0.1')
  await using wrong = await connect(proxy.port('other'))
  wrong.send('SSH-2.0-nobody\r\n')
  await wrong.expectGone()
  await proxy.errorLog(/while reading PROXY protocol/)
})

test('limit_conn refuses more sessions at a time, and gives places back; geo and split_clients know sessions', async () => {
  await using origin = await startOrigin()
  await using proxy = await startProxy({
    workers: 2,
    config: ports => `
stream {
  limit_conn_zone $binary_remote_addr zone=clients:64k;
  geo $where { default abroad; 127.0.0.0/8 home; }
  split_clients $remote_addr $share { 100% all; }
  log_format s '$status $limit_conn_status';
  access_log access.log s;
  server { listen 127.0.0.1:${ports.main}; limit_conn clients 1; proxy_pass ${origin.address}; }
  server { listen 127.0.0.1:${ports.say}; return "$where $share"; }
}`,
  })
  await using one = await connect(proxy.port('main'))
  const peer = await origin.accept()
  await using two = await connect(proxy.port('main'))
  await two.expectClose()
  assert.equal((await proxy.accessLog(1))[0], '503 REJECTED')
  peer.close()
  await one.expectClose()
  assert.equal((await proxy.accessLog(2))[1], '200 PASSED')
  await using three = await connect(proxy.port('main'))
  ;(await origin.accept()).send('place')
  await three.expect('place')
  await using said = await connect(proxy.port('say'))
  await said.expect('home all')
})
