import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { httpOrigin, type HttpOrigin } from '../scenario/origin.ts'
import { connect } from '../scenario/connection.ts'
import { get } from '../scenario/ask.ts'
import { openSite, type Site } from './site.ts'

const params = `
proxy_set_header Host              $host;
proxy_set_header X-Real-IP         $remote_addr;
proxy_set_header X-Forwarded-For   $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header X-Signed-In       $signed_in;
proxy_set_header Connection        "";
proxy_http_version 1.1;
proxy_read_timeout 60s;
`

describe('a WordPress site', () => {
  let site: Site
  let origin: HttpOrigin
  before(async () => {
    origin = await httpOrigin(({ target, get: field }) => ({
      headers: { 'Content-Type': 'text/html; charset=UTF-8', 'X-Powered-By': 'PHP/8.3', 'X-Frame-Options': 'DENY' },
      body: `page ${target} for ${field('host')} ${field('x-forwarded-for')} ${field('x-signed-in')}`,
    }))
    site = await openSite('wordpress.conf', {
      origins: { wordpress: origin.port },
      files: {
        wordpress_params: params,
        'html/robots.txt': 'User-agent: *',
        'html/50x.html': 'back in a minute',
        'html/.htpasswd': 'secret',
        'html/wp-content/style.css': 'body{}',
        'html/wp-content/uploads/shell.php': '<?php',
      },
    })
  })
  after(async () => {
    await site?.[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
  })

  test('pages come from PHP, which learns who asked and for which site', async () => {
    const page = await site.ask('example.com', '/hello-world/?preview=1', 'X-Forwarded-For: 203.0.113.9')
    assert.equal(page.status, 200)
    assert.equal(page.text, 'page /hello-world/?preview=1 for example.com 203.0.113.9, 127.0.0.1 0')
    assert.equal(page.get('server'), 'evenkeel')
    assert.equal(page.get('x-content-type-options'), 'nosniff')
    const own = await site.ask('example.com', '/', 'Cookie: a=b; wordpress_logged_in_5e=admin')
    assert.match(own.text, / 1$/)
  })

  test('files on disk come from there and may be kept by browsers', async () => {
    const before = origin.requests.length
    const style = await site.ask('example.com', '/wp-content/style.css?ver=6.5')
    assert.equal(style.text, 'body{}')
    assert.equal(style.get('content-type'), 'text/css')
    assert.equal(style.get('cache-control'), 'max-age=2592000, public')
    assert.equal((await site.ask('example.com', '/robots.txt')).text, 'User-agent: *')
    assert.equal(origin.requests.length, before)
    assert.match((await site.ask('example.com', '/made-by-a-plugin.css')).text, /^page \/made-by-a-plugin.css/)
  })

  test('what is nobody’s business is refused', async () => {
    for (const path of [
      '/.htpasswd',
      '/wp-content/uploads/shell.php',
      '/xmlrpc.php',
      '/.git/config',
      '/%2egit/config',
    ]) {
      assert.equal((await site.ask('example.com', path)).status, 403, path)
    }
    assert.equal((await site.ask('example.com', '/50x.html')).status, 404)
  })

  test('www goes to the plain name, and other names get no answer', async () => {
    const moved = await site.ask('www.example.com', '/a?b=c')
    assert.equal(moved.status, 301)
    assert.equal(moved.get('location'), 'http://example.com/a?b=c')
    await using client = await connect(site.proxy.port('http'))
    await client.send(get('/')).expectClose()
  })

  test('guessing passwords is slowed down', async () => {
    const statuses: number[] = []
    for (let i = 0; i < 4; i++) {
      const body = 'log=admin&pwd=guess'
      statuses.push((await site.send('example.com', `POST /wp-login.php\n\n${body}`)).status)
    }
    assert.deepEqual(statuses, [200, 200, 200, 429])
  })

  test('uploads beyond the limit are refused, others arrive whole', async () => {
    const large = await site.send('example.com', `POST /wp-admin/async-upload.php\n\n${'x'.repeat(65537)}`)
    assert.equal(large.status, 413)
    assert.equal(
      (await site.send('example.com', `POST /wp-admin/async-upload.php\n\n${'x'.repeat(65536)}`)).status,
      200,
    )
    assert.equal(origin.requests.at(-1)!.body.length, 65536)
  })

  test('when PHP is down visitors see the page for that, and files still come', async () => {
    origin.refuse()
    for (const connection of [1, 2]) {
      const page = await site.ask('example.com', `/gone-${connection}`)
      if (page.status === 200) continue
      assert.equal(page.status, 502)
      assert.equal(page.text, 'back in a minute')
      assert.equal(page.get('x-frame-options'), 'SAMEORIGIN')
    }
    assert.equal((await site.ask('example.com', '/robots.txt')).status, 200)
  })
})
