import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { httpOrigin, type HttpOrigin } from '../scenario/origin.ts'
import { openSite, type Site } from './site.ts'

const HOST = 'app.example.com'
const script = 'console.log("loaded");\n'.repeat(100)

describe('a single-page application with its API', () => {
  let site: Site
  let api: HttpOrigin
  before(async () => {
    api = await httpOrigin(request => ({
      status: request.target === '/missing' ? 404 : 200,
      headers: { 'Content-Type': 'application/json', 'X-Powered-By': 'Express' },
      body: JSON.stringify({ target: request.target, id: request.get('x-request-id'), pad: 'x'.repeat(300) }),
    }))
    site = await openSite('spa.conf', {
      origins: { api: api.port },
      files: {
        'html/app/index.html': '<!doctype html><script src="/assets/app.1a2b.js"></script>',
        'html/app/assets/app.1a2b.js': script,
        'html/app/assets/app.1a2b.js.map': '{}',
        'html/app/docs/index.html': 'docs',
        'html/app/logo.svg': '<svg/>',
      },
    })
  })
  after(async () => {
    await site?.[Symbol.asyncDispose]()
    await api[Symbol.asyncDispose]()
  })

  test('every path of the application is its page, asked for anew each time', async () => {
    for (const path of ['/', '/users/17/settings', '/login?next=%2F']) {
      const page = await site.ask(HOST, path)
      assert.equal(page.status, 200, path)
      assert.match(page.text, /^<!doctype html>/)
      assert.equal(page.get('cache-control'), 'no-cache')
      assert.match(page.get('content-security-policy') ?? '', /^default-src 'self'/)
    }
    assert.equal((await site.ask(HOST, '/docs/')).text, 'docs')
    const folder = await site.ask(HOST, '/docs')
    assert.equal(folder.status, 301)
    assert.equal(folder.get('location'), '/docs/')
  })

  test('its scripts are compressed and may be kept for ever; a missing one is missing', async () => {
    const packed = await site.ask(HOST, '/assets/app.1a2b.js', 'Accept-Encoding: gzip, br')
    assert.equal(packed.get('content-encoding'), 'gzip')
    assert.equal(packed.get('vary'), 'Accept-Encoding')
    assert.equal(gunzipSync(packed.body).toString(), script)
    assert.match(packed.get('cache-control') ?? '', /max-age=315360000/)
    assert.match(packed.get('etag') ?? '', /^W\//)
    const plain = await site.ask(HOST, '/assets/app.1a2b.js')
    assert.equal(plain.get('content-encoding'), undefined)
    assert.equal(plain.text, script)
    const known = await site.ask(HOST, '/assets/app.1a2b.js', `If-None-Match: ${plain.get('etag')}`)
    assert.equal(known.status, 304)
    assert.equal((await site.ask(HOST, '/assets/gone.js')).status, 404)
    assert.equal((await site.ask(HOST, '/assets/app.1a2b.js.map')).status, 404)
    assert.equal((await site.ask(HOST, '/logo.svg')).get('cache-control'), 'max-age=2592000')
  })

  test('the API is asked without its prefix, and a request can be followed by its number', async () => {
    const answer = await site.ask(HOST, '/api/users?page=2', 'Accept-Encoding: gzip')
    assert.equal(answer.get('content-encoding'), 'gzip')
    assert.equal(answer.get('x-powered-by'), undefined)
    assert.equal(answer.get('expires'), undefined)
    const { target, id } = JSON.parse(gunzipSync(answer.body).toString()) as { target: string; id: string }
    assert.equal(target, '/users?page=2')
    assert.match(id, /^[0-9a-f]{32}$/)
    assert.equal((await site.ask(HOST, '/api/missing')).status, 404)
  })

  test('only pages of our own may use it from elsewhere', async () => {
    const ours = await site.ask(HOST, '/api/missing', 'Origin: https://admin.example.com')
    assert.equal(ours.get('access-control-allow-origin'), 'https://admin.example.com')
    assert.equal(ours.get('access-control-allow-credentials'), 'true')
    for (const origin of ['https://evil.example.com', 'https://app.example.com.evil.net', 'null']) {
      const theirs = await site.ask(HOST, '/api/users', `Origin: ${origin}`)
      assert.equal(theirs.get('access-control-allow-origin'), undefined, origin)
    }
  })

  test('browsers may ask beforehand, and the API is not bothered with it', async () => {
    const before = api.requests.length
    const asked = await site.send(HOST, 'OPTIONS /api/users', 'Origin: http://localhost:5173')
    assert.equal(asked.status, 204)
    assert.equal(asked.get('access-control-allow-origin'), 'http://localhost:5173')
    assert.equal(asked.get('access-control-max-age'), '86400')
    assert.equal(api.requests.length, before)
  })

  test('it can be asked whether it lives', async () => {
    const health = await site.ask(HOST, '/healthz')
    assert.equal(health.text, 'ok\n')
    assert.equal(health.get('content-type'), 'text/plain')
  })
})
