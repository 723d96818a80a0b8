/** How large frames may be: the standard's default, unless more of a body is to be sent ahead than is usual. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { frameTypes as types, settingIds } from '../../src/wire/http2/codes.ts'
import { startProxy } from '../scenario/proxy.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { data, Http2Client, request } from './client.ts'

const origin = await httpOrigin(({ body }) => ({ body: String(body.length) }))
const proxy = await startProxy({
  config: ports => `
server { listen 127.0.0.1:${ports['main']}; http2 on; }
server {
  listen 127.0.0.1:${ports['wide']};
  http2 on;
  http2_body_preread_size 128k;
  location / { proxy_pass http://${origin.address}; }
}`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})

async function told(client: Http2Client): Promise<number> {
  const { payload } = await client.next(({ type, flags }) => type === types.settings && flags === 0)
  for (let at = 0; at < payload.length; at += 6) {
    if (payload.readUInt16BE(at) === settingIds.maxFrameSize) return payload.readUInt32BE(at + 2)
  }
  return 16_384
}

test('clients are told the default', async () => {
  const client = await Http2Client.open(proxy.port('main'))
  assert.equal(await told(client), 16_384)
  client.connection.close()
})

test('a larger http2_body_preread_size takes frames as large', async () => {
  const client = await Http2Client.open(proxy.port('wide'))
  assert.equal(await told(client), 131_072)
  const stream = client.ask(request('/', 'POST'), false)
  client.send(data(stream, 'x'.repeat(131_072), true))
  assert.equal((await client.answer(stream)).body, '131072')
  client.connection.close()
})
