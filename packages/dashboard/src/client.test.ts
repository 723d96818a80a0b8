import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiTrouble, Client, type Fetch } from './client.ts'
import { peer, upstream } from './snapshot.fixture.ts'

interface Asked {
  readonly url: string
  readonly init: RequestInit
}

/** An API of these answers by path; others are not found. */
function api(answers: Readonly<Record<string, unknown>>, asked: Asked[] = []): Fetch {
  return async (url, init) => {
    asked.push({ url, init })
    const answer = answers[url]
    if (answer instanceof Response) return answer.clone()
    return answer === undefined
      ? Response.json({ error: { text: 'path not found' } }, { status: 404 })
      : Response.json(answer)
  }
}

const now = (): number => 7
const whole = { '/api/': [4, 9, 42], '/api/9/nginx': { build: 'evenkeel-1' }, '/api/9/connections': { active: 3 } }

async function troubleOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (one: unknown) => one,
  )
  assert.ok(error instanceof ApiTrouble, String(error))
  return `${error.trouble.kind}: ${error.trouble.detail}`
}

test('the newest version that the page knows is asked, and what is not there only once', async () => {
  const asked: Asked[] = []
  const client = new Client('/api/', api(whole, asked))
  const { build, connections, atMs } = await client.snapshot(now)
  assert.deepEqual([build, connections.active, atMs], ['evenkeel-1', 3, 7])
  asked.length = 0
  await client.snapshot(now)
  assert.deepEqual(
    asked.map(({ url }) => url),
    ['/api/9/nginx', '/api/9/connections'],
  )
})

for (const [what, answers, expected] of [
  ['nothing there', {}, 'missing: there is nothing at that path'],
  ['a page there', { '/api/': new Response('<html>') }, 'missing: what answers there is not JSON'],
  ['other JSON there', { '/api/': { a: 1 } }, 'missing: it offers no version that this page knows'],
  ['only newer versions', { '/api/': [10] }, 'missing: it offers no version that this page knows'],
  ['an API without a process', { '/api/': [9] }, 'missing: it tells nothing of the balancer'],
  ['a refusal', { '/api/': Response.json({ error: { text: 'not you' } }, { status: 403 }) }, 'refused: not you'],
  [
    'a password',
    { '/api/': new Response('', { status: 401, statusText: 'Unauthorized' }) },
    'refused: 401 Unauthorized',
  ],
  ['a broken balancer', { '/api/': new Response('', { status: 502, statusText: 'Bad' }) }, 'unreachable: 502 Bad'],
] as const) {
  test(`${what} is told apart`, async () => {
    assert.equal(await troubleOf(new Client('/api/', api(answers)).snapshot(now)), expected)
  })
}

test('a connection that fails, or no answer, is a balancer out of reach', async () => {
  const failing = new Client('/api/', async () => Promise.reject(new TypeError('x')))
  assert.equal(await troubleOf(failing.snapshot(now)), 'unreachable: the connection failed')
  const late = new Client('/api/', async () => Promise.reject(Object.assign(new Error('x'), { name: 'TimeoutError' })))
  assert.equal(await troubleOf(late.snapshot(now)), 'unreachable: no answer in 8 seconds')
})

for (const [status, writes] of [
  [404, true],
  [400, true],
  [405, false],
  [403, false],
  [500, false],
] as const) {
  test(`${status} to a change of nobody says that servers can${writes ? '' : 'not'} be changed`, async () => {
    const client = new Client('/api/', async () => new Response('', { status }))
    assert.equal(await client.mayWrite(), writes)
  })
}

test('a server is changed by its number, in an upstream of whatever name', async () => {
  const asked: Asked[] = []
  const client = new Client('/api/', api({ ...whole, '/api/9/http/upstreams/a%2F%20b/servers/4': {} }, asked))
  await client.snapshot(now)
  await client.change(upstream([], { name: 'a/ b' }), peer({ id: 4 }), { drain: true })
  const { url, init } = asked.at(-1)!
  assert.deepEqual(
    [url, init.method, init.body],
    ['/api/9/http/upstreams/a%2F%20b/servers/4', 'PATCH', '{"drain":true}'],
  )
})

test('why a change was not made is what the API says', async () => {
  const client = new Client('/api/', api(whole))
  await client.snapshot(now)
  await assert.rejects(client.change(upstream([]), peer(), { weight: 2 }), { message: 'path not found' })
})
