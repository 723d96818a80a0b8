/** Real requests explained: by their id in the API, and in the response to who asks for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

interface Story {
  readonly id: string
  readonly request: string
  readonly server: string
  readonly location: string
  readonly uri?: string
  readonly limit_req?: string
  readonly cache?: string
  readonly status?: number
  readonly failure?: string
  readonly upstream?: {
    readonly name: string
    readonly method: string
    readonly candidates: readonly { readonly server: string; readonly attempt?: readonly number[] }[]
  }
  readonly attempts?: readonly { readonly server: string; readonly status: number; readonly failure?: string }[]
}

test('a request is explained by its id, tries, limits and cache included, and in a header to who asks', async () => {
  await using good = await httpOrigin('good')
  await using proxy = await startProxy({
    workers: 2,
    config: ports => `
      limit_req_zone $server_name zone=all:1m rate=1000r/s;
      proxy_cache_path cache keys_zone=kept:1m;
      upstream app { server 127.0.0.1:${ports.nobody} max_fails=0; server ${good.address} backup; }
      server {
        listen 127.0.0.1:${ports.main};
        server_name shop.example;
        add_header X-Id $request_id;
        explain on;
        location /shop/ { rewrite ^/shop/old(.*) /shop/new$1 break; limit_req zone=all; proxy_cache kept; proxy_pass http://app; }
        location /told/ { explain header; proxy_pass http://app; }
        location /quiet { explain off; return 204; }
        location /api/ { explain off; api; }
      }`,
  })
  const base = `http://127.0.0.1:${proxy.port('main')}`
  const answer = await fetch(`${base}/shop/old?q=%C3%A9`)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('x-evenkeel-explain'), null)
  const id = answer.headers.get('x-id') ?? ''
  const story = await until(
    () => `the story of ${id}`,
    async () => {
      const found = await fetch(`${base}/api/9/explain/${id}`)
      return found.status === 200 ? ((await found.json()) as Story) : undefined
    },
  )
  assert.equal(story.id, id)
  assert.equal(story.request, 'GET /shop/old?q=%C3%A9')
  assert.equal(story.server, 'shop.example')
  assert.equal(story.location, '/shop/')
  assert.equal(story.uri, '/shop/new')
  assert.equal(story.limit_req, 'PASSED')
  assert.equal(story.cache, 'MISS')
  assert.equal(story.status, 200)
  assert.deepEqual(
    story.attempts?.map(({ server, status, failure }) => [server, status, failure]),
    [
      [`127.0.0.1:${proxy.port('nobody')}`, 502, 'connect_refused'],
      [good.address, 200, undefined],
    ],
  )
  assert.equal(story.upstream?.method, 'round_robin')
  assert.deepEqual(
    story.upstream.candidates.map(({ server, attempt }) => [server, attempt]),
    [
      [`127.0.0.1:${proxy.port('nobody')}`, [1]],
      [good.address, [2]],
    ],
  )

  const told = await fetch(`${base}/told/ä`, { headers: { 'X-Evenkeel-Explain': '1' } })
  const inHeader = JSON.parse(told.headers.get('x-evenkeel-explain') ?? '') as Story
  assert.deepEqual([inHeader.location, inHeader.status], ['/told/', 200])
  assert.equal((await fetch(`${base}/told/`)).headers.get('x-evenkeel-explain'), null, 'nobody asked')
  const other = await fetch(`${base}/shop/`, { headers: { 'X-Evenkeel-Explain': '1' } })
  assert.equal(other.headers.get('x-evenkeel-explain'), null, 'not there')

  const ids = (await (await fetch(`${base}/api/9/explain`)).json()) as string[]
  assert.ok(ids.includes(id) && ids.length < 10)
  assert.equal((await fetch(`${base}/api/9/explain/nobody`)).status, 404)
  const described = (await (await fetch(`${base}/api/9/openapi.json`)).json()) as { paths: Record<string, unknown> }
  assert.ok(Object.keys(described.paths).some(path => path.includes('explain')))
})
