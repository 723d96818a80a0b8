/** Faults made on purpose, as clients meet them. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'

const origin = await httpOrigin(() => ({ body: 'x'.repeat(5000) }))
const proxy = await startProxy({
  workers: 1,
  files: { 'html/file.txt': 'y'.repeat(5000) },
  config: ports => `
fault_allowed on;
server {
  listen 127.0.0.1:${ports['main']};
  location /delay { fault delay=300ms; proxy_pass http://${origin.address}; }
  location /abort { fault abort=503 percent=25 seed=4; proxy_pass http://${origin.address}; }
  location /if { fault abort=429 if=$http_x_fault; proxy_pass http://${origin.address}; }
  location /reset { fault reset; proxy_pass http://${origin.address}; }
  location /truncate { fault truncate=1000; proxy_pass http://${origin.address}; }
  location /rate { fault rate=2500; proxy_pass http://${origin.address}; }
  location /file { alias html/; fault truncate=1000; try_files file.txt =404; }
  location /small { fault truncate=5000; proxy_pass http://${origin.address}; }
}`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})
const url = (path: string): string => `http://127.0.0.1:${proxy.port('main')}${path}`

/** What came, and how the connection ended. */
function raw(path: string): Promise<{ readonly text: string; readonly end: string }> {
  return new Promise(resolve => {
    const socket = connect(proxy.port('main'), '127.0.0.1')
    let text = ''
    let end = 'closed'
    socket.setEncoding('latin1').on('data', (part: string) => (text += part))
    socket.on('error', (error: NodeJS.ErrnoException) => (end = error.code ?? ''))
    socket.on('close', () => resolve({ text, end }))
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  })
}

async function took(path: string): Promise<number> {
  const before = performance.now()
  assert.equal((await (await fetch(url(path))).text()).length, 5000)
  return performance.now() - before
}

test('a delayed request waits, and is then answered as ever', async () => {
  assert.ok((await took('/delay')) >= 295)
})

test('the share that is refused is the one that was said, and the same with the same seed', async () => {
  const statuses: number[] = []
  for (let at = 0; at < 200; at++) statuses.push((await fetch(url('/abort'))).status)
  const refused = statuses.filter(status => status === 503).length
  assert.ok(refused > 30 && refused < 70, String(refused))
  assert.equal(statuses.length - refused, statuses.filter(status => status === 200).length)
})

test('only requests that ask for it', async () => {
  assert.equal((await fetch(url('/if'))).status, 200)
  assert.equal((await fetch(url('/if'), { headers: { 'X-Fault': '1' } })).status, 429)
})

test('a reset is one', async () => {
  assert.deepEqual(await raw('/reset'), { text: '', end: 'ECONNRESET' })
})

for (const path of ['/truncate', '/file']) {
  test(`an answer that breaks off is seen to: ${path}`, async () => {
    const { text } = await raw(path)
    const [head = '', body = ''] = text.split('\r\n\r\n')
    assert.match(head, /Content-Length: 5000/)
    assert.equal(body.length, 1000)
    await assert.rejects((async () => (await fetch(url(path))).text())())
  })
}

test('one that is no longer than that goes out whole', async () => {
  await took('/small')
})

test('a slow answer takes its time', async () => {
  assert.ok((await took('/rate')) >= 900)
})
