/** How the dashboard's page is answered. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { startProxy } from '../scenario/proxy.ts'

const proxy = await startProxy({
  config: ports => `
    server {
      listen 127.0.0.1:${ports.main};
      location = /dashboard.html { dashboard; }
      location = /other.html { dashboard api=/status/v1; }
      location = /coded.html { gzip on; gzip_types *; dashboard; }
    }`,
})
after(() => proxy[Symbol.asyncDispose]())
const at = (path: string): string => `http://127.0.0.1:${proxy.port('main')}${path}`
const plain = { headers: { 'Accept-Encoding': 'identity' } }

test('is one page that may run and load nothing but itself', async () => {
  const answer = await fetch(at('/dashboard.html'), plain)
  const text = await answer.text()
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.match(text, /<html lang="en" data-api="\/api\/">/)
  assert.doesNotMatch(text, /<(?:script|link|img)[^>]* (?:src|href)="(?!data:)/)
  assert.doesNotMatch(text, / (?:style|on\w+)="/)
  const policy = answer.headers.get('content-security-policy') ?? ''
  assert.match(policy, /^default-src 'none'; /)
  assert.match(policy, /; connect-src 'self'; .*; frame-ancestors 'none'$/)
  for (const element of ['script', 'style']) {
    const [, inside = ''] = new RegExp(`<${element}[^>]*>([^]*?)</${element}>`).exec(text) ?? []
    const hash = createHash('sha256').update(inside).digest('base64')
    assert.ok(inside.length > 1000 && policy.includes(`${element}-src 'sha256-${hash}'`), element)
  }
})

test('knows where the API is', async () => {
  const text = await (await fetch(at('/other.html'))).text()
  assert.match(text, /data-api="\/status\/v1\/"/)
})

test('is sent again only when it has changed', async () => {
  const etag = (await fetch(at('/dashboard.html'), plain)).headers.get('etag') ?? ''
  assert.match(etag, /^"[\w-]+"$/)
  const same = await fetch(at('/dashboard.html'), { headers: { ...plain.headers, 'If-None-Match': etag } })
  assert.deepEqual([same.status, same.headers.get('etag'), await same.text()], [304, etag, ''])
  const other = (await fetch(at('/other.html'), plain)).headers.get('etag')
  assert.notEqual(other, etag)
})

for (const path of ['/dashboard.html', '/coded.html']) {
  test(`${path} is compressed once for who asks for it, under another tag`, async () => {
    const { headers, body } = await new Promise<{ headers: Record<string, unknown>; body: Buffer }>(
      (resolve, reject) => {
        const asking = request(at(path), { headers: { 'Accept-Encoding': 'gzip' } }, response => {
          const parts: Buffer[] = []
          response.on('data', (part: Buffer) => parts.push(part))
          response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts) }))
        })
        asking.on('error', reject).end()
      },
    )
    const text = await (await fetch(at(path), plain)).text()
    assert.equal(headers['content-encoding'], 'gzip')
    assert.equal(headers['vary'], 'Accept-Encoding')
    assert.match(String(headers['etag']), /-gzip"$/)
    assert.equal(gunzipSync(body).toString(), text)
    assert.ok(body.length < text.length / 2)
  })
}

test('other methods are not allowed', async () => {
  assert.equal((await fetch(at('/dashboard.html'), { method: 'POST', body: 'x' })).status, 405)
  const head = await fetch(at('/dashboard.html'), { method: 'HEAD', ...plain })
  assert.deepEqual([head.status, await head.text()], [200, ''])
})
