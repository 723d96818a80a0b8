/** Clients of a Unix socket: they have no address, and what they tell of others counts when `unix:` is trusted. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { get } from '../scenario/ask.ts'
import { connect, type Response } from '../scenario/connection.ts'
import { startProxy } from '../scenario/proxy.ts'

test('a client of a Unix socket is unix:, and may speak for others where that is trusted', async t => {
  const folder = mkdtempSync(`${tmpdir()}/keel-unix-`)
  t.after(() => rmSync(folder, { recursive: true }))
  await using proxy = await startProxy({
    config: ({ main }) => `server {
      listen unix:${folder}/http.sock;
      listen unix:${folder}/proxied.sock proxy_protocol;
      listen ${main};
      location / { return 200 "$remote_addr $server_addr"; }
      location /trusting { set_real_ip_from unix:; add_header X-IP $remote_addr always; }
      location /refusing { deny unix:; }
    }`,
  })
  assert.ok(proxy.pid > 0)
  const ask = async (socket: string, target: string, before = '', ...lines: string[]): Promise<Response> => {
    await using client = await connect(0, `${folder}/${socket}`)
    return await client.send(before + get(target, 'Connection: close', ...lines)).readResponse()
  }
  assert.match((await ask('http.sock', '/')).text, /^unix: unix:.*http\.sock$/)
  const told = 'X-Real-IP: 192.0.2.1'
  assert.equal((await ask('http.sock', '/', '', told)).text.split(' ')[0], 'unix:')
  assert.equal((await ask('http.sock', '/trusting', '', told)).get('x-ip'), '192.0.2.1')
  assert.equal((await ask('http.sock', '/refusing')).status, 403)
  const head = 'PROXY TCP4 192.0.2.7 192.0.2.8 1000 80\r\n'
  assert.equal((await ask('proxied.sock', '/', head)).text.split(' ')[0], 'unix:')
})
