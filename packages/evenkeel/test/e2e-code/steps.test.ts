/** Steps in TypeScript between ours, on requests and on responses, with two workers. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { connect } from '../scenario/connection.ts'
import { ask, get } from '../scenario/ask.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { answered, codeCounts, namedOrigin } from './stage.ts'

const STEPS = `
import type { ResponseStep, Step } from 'evenkeel'

const auth: Step = async request => {
  await new Promise(resolve => setTimeout(resolve, 5))
  const user = request.header('authorization')
  if (user === undefined) return { status: 401, body: 'wer da? – niemand', headers: { 'WWW-Authenticate': 'Basic' } }
  request.setHeader('X-User', user)
  request.removeHeader('Authorization')
}
export default auth

export const answers: Step = request => {
  switch (request.query) {
    case 'empty': return { status: 204 }
    case 'page': return { status: 404 }
    case 'bytes': return { status: 200, body: new Uint8Array([1, 2, 3]), type: 'application/octet-stream' }
    case 'inside': return { redirect: '/other/%C3%A9?from=step' }
    case 'named': return { redirect: '@named' }
    case 'moved': return { status: 302, headers: { Location: 'https://example.org/' } }
  }
}

export const wrong = (request: { query: string; setHeader(name: string, value: string): void }): unknown => {
  switch (request.query) {
    case 'throws': throw new Error('my mistake')
    case 'rejects': return Promise.reject(new Error('later mistake'))
    case 'status': return { status: 42 }
    case 'split': request.setHeader('X-A', 'b\\r\\nX-C: d'); return
    case 'framing': request.setHeader('Content-Length', '0'); return
    case 'header': return { status: 200, headers: { 'X-A': 'b\\nc' } }
    case 'redirect': return { redirect: 'https://example.org/' }
    case 'word': return 'go on'
    case 'null': return null
  }
  return undefined
}

export const never: Step = () => new Promise(() => {})

let aborted = 0
export const waits: Step = request => new Promise(resolve => {
  request.signal.addEventListener('abort', () => { aborted++; resolve() })
})
export const abortedCount: Step = () => ({ status: 200, body: String(aborted) })

export const stamp: ResponseStep = response => {
  response.setHeader('X-Stamp', response.status + ' ' + response.request.path + ' ' + response.header('content-type'))
  response.addHeader('X-More', 'ü')
  response.removeHeader('X-Secret')
}
export const late: ResponseStep = async response => { response.setHeader('X-Late', '1') }
export const bad: ResponseStep = () => { throw new Error('no stamp') }
`

async function start(address: string): Promise<Proxied> {
  return startProxy({
    workers: 2,
    files: { 'steps.ts': STEPS },
    config: ports => `
      server {
        listen 127.0.0.1:${ports.main};
        location /auth { step ./steps.ts; proxy_pass http://${address}; }
        location /answers { step ./steps.ts#answers; proxy_pass http://${address}; }
        location /other { return 200 "$uri $args"; }
        location @named { return 200 "named $uri"; }
        location /wrong { step ./steps.ts#wrong; proxy_pass http://${address}; }
        location /skips { step ./steps.ts#wrong failure=skip; proxy_pass http://${address}; }
        location /never { step ./steps.ts#never timeout=100ms; proxy_pass http://${address}; }
        location /waits { step ./steps.ts#waits timeout=1h; proxy_pass http://${address}; }
        location /aborted { step ./steps.ts#abortedCount; proxy_pass http://${address}; }
        location /stamp { response_step ./steps.ts#stamp; add_header X-Secret 1; proxy_pass http://${address}; }
        location /stamped { response_step ./steps.ts#bad; response_step ./steps.ts#late; response_step ./steps.ts#stamp; proxy_pass http://${address}; }
        location /api/ { api; }
      }`,
  })
}

// One for all: starting takes longer than everything that is asked of it.
const origin = await namedOrigin('o')
const proxy = await start(origin.address)
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})

test('a step asks somebody else, refuses, and changes what goes on', async () => {
  const url = `http://127.0.0.1:${proxy.port('main')}`
  const refused = await fetch(`${url}/auth`)
  assert.equal(refused.status, 401)
  assert.equal(await refused.text(), 'wer da? – niemand')
  assert.equal(refused.headers.get('www-authenticate'), 'Basic')
  assert.equal(refused.headers.get('content-type'), 'text/plain; charset=utf-8')
  const { headers } = await answered(`${url}/auth`, { headers: { Authorization: 'me' } })
  assert.equal(headers['x-user'], 'me')
  assert.equal(headers['authorization'], undefined)
})

test('everything a step may answer', async () => {
  const answer = (query: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${proxy.port('main')}/answers?${query}`, { redirect: 'manual' })
  assert.equal((await answer('empty')).status, 204)
  const page = await answer('page')
  assert.equal(page.status, 404)
  assert.match(await page.text(), /404 Not Found/)
  const bytes = await answer('bytes')
  assert.deepEqual([...new Uint8Array(await bytes.arrayBuffer())], [1, 2, 3])
  assert.equal(bytes.headers.get('content-type'), 'application/octet-stream')
  assert.equal(await (await answer('inside')).text(), '/other/é from=step')
  assert.equal(await (await answer('named')).text(), 'named /answers')
  const moved = await answer('moved')
  assert.deepEqual([moved.status, moved.headers.get('location')], [302, 'https://example.org/'])
  assert.equal((await answer('nothing')).status, 200)
})

test('mistakes of a step end there: 500, or the request goes on', async () => {
  const url = `http://127.0.0.1:${proxy.port('main')}`
  const mistakes = ['throws', 'rejects', 'status', 'split', 'framing', 'header', 'redirect', 'word', 'null']
  for (const mistake of mistakes) {
    assert.equal((await fetch(`${url}/wrong?${mistake}`)).status, 500, mistake)
    assert.equal((await fetch(`${url}/skips?${mistake}`)).status, 200, mistake)
  }
  assert.equal((await fetch(`${url}/wrong?fine`)).status, 200)
  const { failures, calls } = await codeCounts(proxy, './steps.ts', 'wrong')
  assert.deepEqual({ failures, calls }, { failures: 18, calls: 19 })
  const log = await proxy.errorLog(/my mistake/)
  assert.match(
    log,
    /step "\.\/steps\.ts#wrong" failed: Error: my mistake at .*steps\.ts:\d+:\d+.* request: "GET \/wrong\?throws/,
  )
})

test('a step that never ends is given its time, and one whose client leaves is told', async () => {
  const url = `http://127.0.0.1:${proxy.port('main')}`
  assert.equal((await fetch(`${url}/never`)).status, 500)
  await proxy.errorLog(/step "\.\/steps\.ts#never" did not end within 100 ms/)

  const client = await connect(proxy.port('main'))
  client.send(get('/waits'))
  await until(
    () => 'the step to begin',
    async () => (await codeCounts(proxy, './steps.ts', 'waits')).calls === 1 || undefined,
  )
  await client[Symbol.asyncDispose]()
  await until(
    () => 'the step to be told',
    // Each on a connection of its own: the count is that of one worker.
    async () => (await ask(proxy.port('main'), get('/aborted'))).text === '1' || undefined,
  )
})

test('a response step changes the head, and its mistakes leave it as it is', async () => {
  const url = `http://127.0.0.1:${proxy.port('main')}`
  const stamped = await fetch(`${url}/stamp/a`)
  assert.equal(stamped.headers.get('x-stamp'), '200 /stamp/a application/json')
  assert.equal(Buffer.from(stamped.headers.get('x-more') ?? '', 'latin1').toString(), 'ü')
  assert.equal(stamped.headers.get('x-secret'), null)
  const other = await fetch(`${url}/stamped`)
  assert.equal(other.status, 200)
  assert.equal(other.headers.get('x-stamp'), '200 /stamped application/json')
  await proxy.errorLog(/response step "\.\/steps\.ts#bad" failed: Error: no stamp/)
  await proxy.errorLog(/response step "\.\/steps\.ts#late" failed: TypeError: it answered a promise/)
})
