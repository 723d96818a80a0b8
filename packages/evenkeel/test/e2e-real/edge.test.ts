import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Request } from '../scenario/connection.ts'
import { httpOrigin, type Answer, type HttpOrigin } from '../scenario/origin.ts'
import { until } from '../scenario/wait.ts'
import { openSite, type Site } from './site.ts'

const HOST = 'cdn.example.com'

describe('an edge of a content network', () => {
  let site: Site
  let origin: HttpOrigin
  let answer: (request: Request, number: number) => Answer
  const usual = (request: Request, number: number): Answer => ({ body: `${request.target} ${number}` })
  before(async () => {
    origin = await httpOrigin((request, number) => answer(request, number))
    site = await openSite('edge.conf', { origins: { origin: origin.port } })
  })
  beforeEach(() => {
    answer = usual
  })
  after(async () => {
    await site?.[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
  })

  async function cacheOf(target: string, ...lines: string[]): Promise<string> {
    return (await site.ask(HOST, target, ...lines)).get('x-cache') ?? '-'
  }

  test('a page is asked for once, however often it is read, and whatever led there', async () => {
    const first = await site.ask(HOST, '/page')
    assert.equal(first.get('x-cache'), 'MISS')
    const again = await site.ask(HOST, '/page')
    assert.equal(again.get('x-cache'), 'HIT')
    assert.equal(again.text, first.text)
    assert.equal((await site.ask(HOST, '/page?utm_source=mail&a=1')).text, first.text)
    assert.equal(await cacheOf('/page?a=1'), 'MISS')
    assert.equal(await cacheOf('/page?a=2'), 'MISS')
    const head = await site.send(HOST, 'HEAD /page')
    assert.equal(head.get('x-cache'), 'HIT')
    assert.equal(head.text, '')
  })

  test('many who come at once make one request', async () => {
    const before = origin.requests.length
    const answers = await Promise.all(Array.from({ length: 20 }, () => site.ask(HOST, '/rush')))
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
    assert.equal(origin.requests.length, before + 1)
  })

  test('what is for one visitor is never given to another', async () => {
    assert.equal(await cacheOf('/account', 'Cookie: theme=dark; session=abc'), 'BYPASS')
    assert.equal(await cacheOf('/account', 'Authorization: Bearer x'), 'BYPASS')
    assert.equal(await cacheOf('/account'), 'MISS')
    answer = () => ({ headers: { 'Set-Cookie': 'session=new' }, body: 'yours' })
    assert.equal(await cacheOf('/greet'), 'MISS')
    assert.equal(await cacheOf('/greet'), 'MISS')
    answer = () => ({ headers: { 'Cache-Control': 'private' }, body: 'yours' })
    assert.equal(await cacheOf('/mine'), 'MISS')
    assert.equal(await cacheOf('/mine'), 'MISS')
  })

  test('an old page stands in while the origin fails, and is renewed when it is back', async () => {
    answer = () => ({ headers: { 'Cache-Control': 'max-age=1', ETag: '"a"' }, body: 'old' })
    assert.equal(await cacheOf('/news'), 'MISS')
    answer = () => ({ status: 503, body: 'away' })
    const stale = await until(
      () => 'the page to be old',
      async () => {
        const page = await site.ask(HOST, '/news')
        assert.equal(page.text, 'old')
        assert.equal(page.status, 200)
        return page.get('x-cache') === 'HIT' ? undefined : page
      },
    )
    assert.equal(stale.get('x-cache'), 'STALE')
    answer = request => {
      assert.equal(request.get('if-none-match'), '"a"')
      return 'HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=60\r\nETag: "a"\r\n\r\n'
    }
    await until(
      () => 'the page to be fresh again',
      async () => ((await cacheOf('/news')) === 'HIT' ? true : undefined),
    )
    assert.equal((await site.ask(HOST, '/news')).text, 'old')
  })

  test('an editor can have a page fetched anew', async () => {
    assert.equal(await cacheOf('/article'), 'MISS')
    const fresh = await site.ask(HOST, '/article', 'X-Refresh: 1')
    assert.equal(fresh.get('x-cache'), 'BYPASS')
    assert.equal((await site.ask(HOST, '/article')).text, fresh.text)
  })

  test('media is kept whatever the origin says, and given in parts', async () => {
    answer = () => ({ headers: { 'Cache-Control': 'no-store', 'Set-Cookie': 'a=b' }, body: '0123456789' })
    const first = await site.ask(HOST, '/v/film.mp4')
    assert.equal(first.get('set-cookie'), undefined)
    const part = await site.ask(HOST, '/v/film.mp4', 'Range: bytes=2-4')
    assert.equal(part.status, 206)
    assert.equal(part.text, '234')
    assert.equal(part.get('content-range'), 'bytes 2-4/10')
    assert.equal(part.get('x-cache'), 'HIT')
    assert.match(part.get('cache-control') ?? '', /max-age=2592000/)
  })

  test('missing pages are kept for a moment, live ones never, posts not at all', async () => {
    answer = () => ({ status: 404, body: 'none' })
    assert.equal(await cacheOf('/none'), 'MISS')
    assert.equal(await cacheOf('/none'), 'HIT')
    answer = usual
    assert.equal(await cacheOf('/live/1'), 'NONE')
    const posted = await site.send(HOST, 'POST /page\n\na=b')
    assert.notEqual(posted.get('x-cache'), 'HIT')
  })

  test('the log says how each answer came about, as JSON', async () => {
    await site.ask(HOST, '/logged?"quoted"')
    const lines = await until(
      () => 'the line',
      async () => {
        const found = (await site.proxy.accessLog()).filter(line => line.includes('/logged'))
        return found.length > 0 ? found : undefined
      },
    )
    const told = JSON.parse(lines[0]!) as Record<string, unknown>
    assert.deepEqual(
      [told['uri'], told['status'], told['cache'], told['origin']],
      ['/logged?"quoted"', 200, 'MISS', '200'],
    )
  })
})
