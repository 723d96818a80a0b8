import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields } from '../../exchange/fields.ts'
import { ResponseHead } from '../../exchange/head.ts'
import type { LocationMatch, ProxyPass } from '../../model/model.ts'
import { defaults, type Settings } from '../../model/settings.ts'
import { makeCompile, makeExchange, pattern, template } from '../exchange.fixture.ts'
import { compileProxyResponse } from './proxy-response.ts'

const plain: ProxyPass = {
  kind: 'fixed',
  scheme: 'http',
  upstream: 'up',
  host: 'up',
  port: '80',
  uri: null,
  written: 'http://up',
}
const withUri: ProxyPass = { ...plain, uri: '/two/', written: 'http://up/two/' }
const one: LocationMatch = { kind: 'prefix', text: '/one/' }

function pass(
  name: string,
  values: string[],
  own: Partial<Settings>,
  to = plain,
  match: LocationMatch = one,
): string[] {
  const fields = new Fields()
  for (const value of values) fields.add(name, value)
  const head = new ResponseHead(302, fields, 0)
  const { exchange } = makeExchange({ localPort: 8080 })
  for (const step of compileProxyResponse({ ...defaults, ...own }, to, match, makeCompile())) step(exchange, head)
  return fields.getAll(name)
}

const text = (from: string, to: string) => ({ kind: 'text', from: template(from), to: template(to) }) as const

test('by default the address passed to becomes the location', () => {
  assert.deepEqual(pass('Location', ['http://up/x'], {}), ['http://example.org:8080/x'])
  assert.deepEqual(pass('Location', ['http://up/two/x'], {}, withUri), ['http://example.org:8080/one/x'])
  assert.deepEqual(pass('Location', ['http://other/x'], {}), ['http://other/x'])
  assert.deepEqual(pass('Location', ['/relative'], {}), ['/relative'])
  assert.deepEqual(pass('Location', ['http://upper.example/x'], {}), ['http://upper.example/x'])
  assert.deepEqual(pass('Location', ['http://up/x'], { proxyRedirect: 'off' }), ['http://up/x'])
})

test('rules replace a start or, as patterns, the whole', () => {
  const rules = [
    text('http://a/', 'https://b/'),
    { kind: 'pattern', pattern: pattern('^http://(\\w+)/(.*)$'), to: template('/$1/$2') } as const,
  ]
  assert.deepEqual(pass('Location', ['http://a/x'], { proxyRedirect: rules }), ['https://b/x'])
  assert.deepEqual(pass('Location', ['http://c/x'], { proxyRedirect: rules }), ['http://example.org:8080/c/x'])
  assert.deepEqual(pass('Refresh', ['5; url=http://a/x'], { proxyRedirect: rules }), ['5; url=https://b/x'])
  assert.deepEqual(pass('Refresh', ['5'], { proxyRedirect: rules }), ['5'])
})

test('cookies get another domain and path, and those without rules stay as they are', () => {
  const own: Partial<Settings> = {
    proxyCookieDomain: [text('Up.Internal', 'example.org')],
    proxyCookiePath: [text('/two/', '/one/')],
  }
  assert.deepEqual(pass('Set-Cookie', ['a=1; Domain=.up.internal; Path=/two/x;Secure', 'b=2;  path=/'], own), [
    'a=1; Domain=.example.org; Path=/one/x; Secure',
    'b=2;  path=/',
  ])
  assert.deepEqual(pass('Set-Cookie', ['a=1; domain=not.up.internal'], own), ['a=1; domain=not.up.internal'])
})

test('cookie flags are set, removed and replaced', () => {
  const flags = (name: string, ...list: string[]): Partial<Settings> => ({
    proxyCookieFlags: [{ name: template(name), flags: list.map(template) }],
  })
  assert.deepEqual(pass('Set-Cookie', ['A=1'], flags('a', 'secure', 'httponly', 'samesite=lax')), [
    'A=1; Secure; HttpOnly; SameSite=Lax',
  ])
  assert.deepEqual(pass('Set-Cookie', ['a=1; secure; samesite=none'], flags('a', 'nosecure', 'samesite=strict')), [
    'a=1; SameSite=Strict',
  ])
  assert.deepEqual(pass('Set-Cookie', ['a=1;Secure'], flags('b', 'nosecure')), ['a=1;Secure'])
  const matching: Partial<Settings> = { proxyCookieFlags: [{ name: pattern('^s'), flags: [template('httponly')] }] }
  assert.deepEqual(pass('Set-Cookie', ['sid=1', 'x=1'], matching), ['sid=1; HttpOnly', 'x=1'])
})

test('a cookie that would break its line is dropped', () => {
  const own: Partial<Settings> = { proxyCookiePath: [{ kind: 'text', from: template('/'), to: ['/\r\nX: 1'] }] }
  assert.deepEqual(pass('Set-Cookie', ['a=1; path=/', 'b=2'], own), ['b=2'])
})
