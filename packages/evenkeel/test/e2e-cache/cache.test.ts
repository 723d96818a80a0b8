/** What is stored, for whom, and for how long. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { eventually, until } from '../scenario/wait.ts'
import { openCacheStage } from './cache-stage.ts'

const FRESH = 'Cache-Control: max-age=6000'
const stage = await openCacheStage({
  path: 'levels=1:2',
  locations: {
    '/valid/': 'proxy_cache_valid 404 1h; proxy_cache_valid 502 1h;',
    '/key/': 'proxy_cache_key $uri;',
    '/bypass/': 'proxy_cache_bypass $arg_b; proxy_no_cache $arg_n;',
    '/uses/': 'proxy_cache_min_uses 2;',
    '/ignore/': 'proxy_ignore_headers Cache-Control Set-Cookie Vary; proxy_cache_valid 1h;',
    '/reval/': 'proxy_cache_revalidate on;',
    '/purge/': 'proxy_cache_purge $http_x_purge;',
    '/asked/': 'proxy_cache_request_control on;',
    '/head/': 'proxy_cache_convert_head off;',
    '/page/': 'error_page 504 /fresh;',
    '/unbuffered/': 'proxy_buffering off;',
    '/vars/':
      'add_header X-Key $upstream_cache_key; add_header X-Age $upstream_cache_age; add_header X-Cache $upstream_cache_status;',
  },
})
after(() => stage[Symbol.asyncDispose]())

test('a response that says it is fresh is given again, with its age, until the origin is asked for another', async () => {
  const first = await stage.ask('/fresh', 'Cache-Control: max-age=6000|ETag: "e"|X-Other: kept')
  assert.deepEqual([first.get('x-cache'), first.text, first.get('age')], ['MISS', '1', undefined])
  const again = await stage.ask('/fresh')
  assert.deepEqual([again.get('x-cache'), again.text], ['HIT', '1'])
  assert.match(again.get('age') ?? '', /^\d+$/)
  assert.deepEqual(
    [again.get('etag'), again.get('x-other'), again.get('cache-control')],
    ['"e"', 'kept', 'max-age=6000'],
  )
})

test('its file has the name that nginx would give it', async () => {
  const name = createHash('md5').update('http://origin/fresh').digest('hex')
  const path = `${stage.proxy.prefix}store/${name.slice(-1)}/${name.slice(-3, -1)}/${name}`
  await until(
    () => path,
    () => existsSync(path) || undefined,
  )
})

test('without a word about freshness nothing is stored, nor where it is forbidden', async () => {
  for (const answer of ['', 'Cache-Control: no-store, max-age=6000', 'Cache-Control: max-age=6000|Set-Cookie: a=b']) {
    const target = `/none${answer.length}`
    const first = await stage.told(target, answer)
    assert.notEqual(await stage.told(target, answer), first)
  }
})

test('an age that it had already counts, and is told with what it has grown', async () => {
  assert.match(await stage.told('/old', 'Cache-Control: max-age=6000|Age: 10000'), /^MISS/)
  assert.match(await stage.told('/old', 'Cache-Control: max-age=6000|Age: 30'), /^MISS/)
  const again = await stage.ask('/old')
  assert.equal(again.get('x-cache'), 'HIT')
  assert.ok(Number(again.get('age')) >= 30)
})

test('proxy_cache_valid speaks for what does not speak itself, errors of ours included', async () => {
  assert.match(await stage.told('/valid/a', 'Status: 404'), /^MISS/)
  assert.match(await stage.told('/valid/a', ''), /^HIT/)
  assert.match(await stage.told('/valid/b', ''), /^MISS/)
  assert.match(await stage.told('/valid/b', ''), /^MISS/)
})

test('the key says what is the same', async () => {
  assert.match(await stage.told('/key/a?1', 'Cache-Control: max-age=6000'), /^MISS/)
  assert.match(await stage.told('/key/a?2'), /^HIT/)
  assert.match(await stage.told('/other?1', 'Cache-Control: max-age=6000'), /^MISS/)
  assert.match(await stage.told('/other?2', 'Cache-Control: max-age=6000'), /^MISS/)
})

test('a bypassed request gets a new response, which is stored unless that is forbidden, too', async () => {
  const told = await stage.told('/bypass/a', 'Cache-Control: max-age=6000')
  assert.match(told, /^MISS/)
  const forced = await ask(
    stage.port,
    get('/bypass/b?b=1', 'Connection: close', 'X-Answer: Cache-Control: max-age=6000'),
  )
  assert.equal(forced.get('x-cache'), 'BYPASS')
  assert.match(await stage.told('/bypass/b?b=0'), /^MISS/)
  assert.match(await stage.told('/bypass/b?b=1'), /^BYPASS/)
  assert.match(await stage.told('/bypass/c?n=1', 'Cache-Control: max-age=6000'), /^MISS/)
  assert.match(await stage.told('/bypass/c?n=1'), /^MISS/)
})

test('proxy_cache_min_uses waits for the second request', async () => {
  const answer = 'Cache-Control: max-age=6000'
  const told = [await stage.told('/uses/a', answer), await stage.told('/uses/a', answer), await stage.told('/uses/a')]
  assert.deepEqual(
    told.map(text => text.split(' ')[0]),
    ['MISS', 'MISS', 'HIT'],
  )
})

test('ignored fields have no say in what is stored', async () => {
  assert.match(await stage.told('/ignore/a', 'Cache-Control: no-store|Set-Cookie: a=b|Vary: *'), /^MISS/)
  assert.match(await stage.told('/ignore/a'), /^HIT/)
})

test('responses that Vary tells apart stand side by side', async () => {
  const answer = 'Cache-Control: max-age=6000|Vary: X-Lang'
  const en = await stage.told('/vary', answer, 'X-Lang: en')
  const de = await stage.told('/vary', answer, 'X-Lang: de')
  const none = await stage.told('/vary', answer)
  assert.equal(new Set([en, de, none]).size, 3)
  assert.deepEqual(
    [
      await stage.told('/vary', '', 'X-Lang: en'),
      await stage.told('/vary', '', 'X-Lang: de'),
      await stage.told('/vary'),
    ],
    [en, de, none].map(text => text.replace('MISS', 'HIT')),
  )
})

test('what is known to have changed takes all its variants with it', async () => {
  const answer = 'Cache-Control: max-age=6000|Vary: X-Lang'
  for (const lang of ['en', 'de']) await stage.told('/changed', answer, `X-Lang: ${lang}`)
  await ask(stage.port, 'POST /changed HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  assert.match(await stage.told('/changed', answer, 'X-Lang: en'), /^MISS/)
  assert.match(await stage.told('/changed', answer, 'X-Lang: de'), /^MISS/)
})

test('a request that failed to change anything leaves what is stored', async () => {
  await stage.told('/unchanged', 'Cache-Control: max-age=6000')
  const failed =
    'POST /unchanged HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nX-Answer: Status: 500\r\nConnection: close\r\n\r\n'
  assert.equal((await ask(stage.port, failed)).status, 500)
  assert.match(await stage.told('/unchanged'), /^HIT/)
})

test('answers to somebody with credentials are not for others', async () => {
  await stage.told('/private', 'Cache-Control: max-age=6000', 'Authorization: Basic eDp5')
  assert.match(
    await stage.told('/private', 'Cache-Control: max-age=6000, public', 'Authorization: Basic eDp5'),
    /^MISS/,
  )
  assert.match(await stage.told('/private'), /^HIT/)
})

test('HEAD is answered from what GET stored, and stores what GET is answered from', async () => {
  const head = (target: string): string =>
    `HEAD ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Answer: Cache-Control: max-age=6000\r\n\r\n`
  const first = await ask(stage.port, head('/headed'))
  assert.deepEqual([first.status, first.get('x-cache')], [200, 'MISS'])
  assert.equal(stage.origin.requests.at(-1)?.method, 'GET')
  assert.match(await stage.told('/headed'), /^HIT \d+$/)
  assert.equal((await ask(stage.port, head('/headed'))).get('x-cache'), 'HIT')
  await ask(stage.port, head('/head/x'))
  assert.equal(stage.origin.requests.at(-1)?.method, 'HEAD')
  assert.match(await stage.told('/head/x', 'Cache-Control: max-age=6000'), /^MISS \d+$/)
})

test('conditions and ranges of the client are answered here, and the origin is asked for the whole', async () => {
  const answer = 'Cache-Control: max-age=6000|ETag: "e"|Body: 0123456789'
  const first = await stage.ask('/part', answer, 'Range: bytes=2-4')
  assert.deepEqual([first.status, first.text, first.get('content-range')], [206, '234', 'bytes 2-4/10'])
  assert.equal(stage.origin.requests.at(-1)?.get('range'), undefined)
  const again = await stage.ask('/part', '', 'Range: bytes=-3')
  assert.deepEqual([again.status, again.text, again.get('x-cache')], [206, '789', 'HIT'])
  assert.equal((await stage.ask('/part', '', 'If-None-Match: "e"')).status, 304)
  assert.equal((await stage.ask('/part', '', 'If-Match: "x"')).status, 412)
  assert.equal((await stage.ask('/part', '', 'Range: bytes=20-')).status, 416)
  const multiple = await stage.ask('/part', '', 'Range: bytes=0-0,9-')
  assert.match(multiple.text, /Content-Range: bytes 0-0\/10\r\n\r\n0\r\n[^]*bytes 9-9\/10\r\n\r\n9/)
  assert.equal((await stage.ask('/part', '', 'Range: bytes=2-4', 'If-Range: "other"')).text, '0123456789')
})

test('a client whose condition fails is told so, and what came is stored all the same', async () => {
  const answer = 'Cache-Control: max-age=6000|ETag: "e"|Body: 0123456789'
  assert.equal((await stage.ask('/failed', answer, 'If-Match: "x"')).status, 412)
  await until(
    () => 'it to be stored',
    async () => (await stage.told('/failed', answer)).startsWith('HIT') || undefined,
  )
  const unchanged = await stage.ask('/unchanged-at-once', answer, 'If-None-Match: "e"')
  assert.deepEqual([unchanged.status, unchanged.text], [304, ''])
  await eventually(async () => assert.equal(await stage.told('/unchanged-at-once', answer), 'HIT 0123456789'))
})

test('what has to be asked about is asked about, and a 304 brings its fields', async () => {
  const answer = 'Cache-Control: no-cache|ETag: "e"|X-Turn: one'
  const first = await stage.ask('/reval/a', answer)
  const again = await stage.ask('/reval/a', 'Status: 304|Cache-Control: max-age=6000|X-Turn: two')
  assert.equal(stage.origin.requests.at(-1)?.get('if-none-match'), '"e"')
  assert.deepEqual([again.status, again.text, again.get('x-cache')], [200, first.text, 'REVALIDATED'])
  assert.equal(again.get('x-turn'), 'two')
  const third = await stage.ask('/reval/a')
  assert.deepEqual([third.get('x-cache'), third.get('x-turn'), third.text], ['HIT', 'two', first.text])
})

test('a purge takes an entry out, a star all that begin like it', async () => {
  for (const target of ['/purge/a', '/purge/b', '/purge/c']) await stage.told(target, 'Cache-Control: max-age=6000')
  assert.equal((await stage.ask('/purge/a', '', 'X-Purge: 1')).status, 204)
  assert.equal((await stage.ask('/purge/a', '', 'X-Purge: 1')).status, 404)
  assert.match(await stage.told('/purge/b'), /^HIT/)
  assert.equal((await stage.ask('/purge/*', '', 'X-Purge: 1')).status, 204)
  assert.match(await stage.told('/purge/b'), /^MISS/)
  assert.match(await stage.told('/purge/c'), /^MISS/)
})

test('a client may be content with what is stored, or do without; only where told so may it cost the origin', async () => {
  const answer = 'Cache-Control: max-age=6000'
  assert.equal((await stage.ask('/only', answer, 'Cache-Control: only-if-cached')).status, 504)
  await stage.told('/nostore', answer, 'Cache-Control: no-store')
  assert.match(await stage.told('/nostore', answer), /^MISS/)
  assert.match(await stage.told('/nostore', answer, 'Cache-Control: no-cache'), /^HIT/)
  await stage.told('/asked/a', answer)
  assert.match(await stage.told('/asked/a', answer, 'Cache-Control: no-cache'), /^EXPIRED/)
  assert.match(await stage.told('/asked/a', answer, 'Cache-Control: max-age=0'), /^EXPIRED/)
  assert.match(await stage.told('/asked/a', answer, 'Cache-Control: min-fresh=10000'), /^EXPIRED/)
  assert.match(await stage.told('/asked/a', answer), /^HIT/)
})

test('an error page from elsewhere is not stored as the response it stands for', async () => {
  const page = await stage.ask('/page/a', '', 'Cache-Control: only-if-cached')
  assert.deepEqual([page.status, page.text], [504, '1'])
  assert.match(await stage.told('/page/a', FRESH), /^MISS/)
})

test('responses that are not read ahead are not stored', async () => {
  await stage.told('/unbuffered/a', 'Cache-Control: max-age=6000')
  assert.match(await stage.told('/unbuffered/a'), /^MISS/)
})

test('variables tell what was looked up and how old it is', async () => {
  await stage.ask('/vars/a', 'Cache-Control: max-age=6000|Age: 7')
  const again = await stage.ask('/vars/a')
  assert.deepEqual([again.get('x-key'), again.get('x-cache')], ['http://origin/vars/a', 'HIT'])
  assert.ok(Number(again.get('x-age')) >= 7)
})

test('fields of a connection, and those that no-cache names, are not stored', async () => {
  await stage.ask(
    '/fields',
    'Cache-Control: max-age=6000, no-cache="x-mine"|X-Mine: 1|Proxy-Authenticate: Basic|X-Yours: 2',
  )
  const again = await stage.ask('/fields')
  assert.deepEqual(
    [again.get('x-cache'), again.get('x-mine'), again.get('proxy-authenticate'), again.get('x-yours')],
    ['HIT', undefined, undefined, '2'],
  )
})

test('a kept connection serves hits one after the other', async () => {
  await using client = await connect(stage.port)
  for (let turn = 0; turn < 3; turn++) {
    const response = await client.send(get('/fresh')).readResponse()
    assert.deepEqual([response.get('x-cache'), response.text], ['HIT', '1'])
  }
})

test('nothing half written is left', async () => {
  const left = (): string[] =>
    readdirSync(`${stage.proxy.prefix}store`, { recursive: true })
      .map(String)
      .filter(name => name.endsWith('.tmp'))
  await until(
    () => `${left().join(' ')} to be gone`,
    () => left().length === 0 || undefined,
  )
})
