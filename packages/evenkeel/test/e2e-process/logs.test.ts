/** Trouble with a log is never trouble for a request. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

test('a full disk fails no request, and is said once', { skip: !existsSync('/dev/full') }, async () => {
  await using proxy = await startProxy({
    config: ports => `
      access_log /dev/full;
      server { listen 127.0.0.1:${ports.main}; location / { return 200 "ok"; } }`,
  })
  for (let count = 0; count < 20; count++) assert.equal((await ask(proxy.port(), get('/'))).text, 'ok')
  const log = await proxy.errorLog(/\/dev\/full/)
  assert.equal(
    log.match(/\[crit\] .*write\(\) to "\/dev\/full" failed \(28: No space left on device\)/g)?.length,
    1,
    log,
  )
})

test('an error log on a full disk keeps nothing from starting, serving, reloading and ending', async () => {
  await using proxy = await startProxy({
    config: ports => `
error_log /dev/full info;
http { server { listen 127.0.0.1:${ports.main}; location / { return 200 "ok"; } location /gone { proxy_pass http://127.0.0.1:1; } } }`,
  })
  assert.equal((await ask(proxy.port(), get('/gone'))).status, 502)
  proxy.signal('HUP')
  assert.equal((await ask(proxy.port(), get('/'))).text, 'ok')
  await proxy.stop()
})

test('main and workers both write to a syslog server', async () => {
  const lines: string[] = []
  const server = createSocket('udp4').on('message', message => lines.push(message.toString('latin1')))
  await new Promise<void>(resolve => server.bind(0, '127.0.0.1', resolve))
  try {
    await using proxy = await startProxy({
      config: ports => `
error_log syslog:server=127.0.0.1:${server.address().port},tag=keel info;
http { server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://127.0.0.1:1; } } }`,
    })
    await ask(proxy.port(), get('/'))
    proxy.signal('HUP')
    await until(
      () => lines.join('\n'),
      () => (lines.some(line => /reconfiguring/.test(line)) && lines.some(line => /refused/i.test(line))) || undefined,
    )
    assert.ok(
      lines.every(line => /^<\d+>\w{3} [ \d]\d [\d:]{8} .*keel: /.test(line)),
      lines.join('\n'),
    )
  } finally {
    server.close()
  }
})

test('paths that are not ASCII work for logs, files and bodies', async () => {
  await using proxy = await startProxy({
    files: { 'größe/ä.txt': 'file' },
    config: ports => `
      access_log größe/zugriff.log;
      client_body_temp_path größe/körper;
      client_body_buffer_size 1k;
      server {
        listen 127.0.0.1:${ports.main};
        location / { root größe; }
        location /echo { client_body_in_file_only on; proxy_pass http://127.0.0.1:1; }
      }`,
  })
  assert.equal((await ask(proxy.port(), get('/%C3%A4.txt'))).text, 'file')
  const posted = `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n${'x'.repeat(5000)}`
  assert.equal((await ask(proxy.port(), posted)).status, 502)
  await until(
    () => 'the log',
    () => proxy.read('größe/zugriff.log').split('\n').length >= 3 || undefined,
  )
  assert.ok(existsSync(`${proxy.prefix}größe/körper`))
})
