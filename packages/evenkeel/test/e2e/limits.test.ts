/** Limits as clients meet them, over two workers. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const origin = await httpOrigin(request => ({
  body: 'x'.repeat(3000),
  ...(request.target === '/accel' ? { headers: { 'X-Accel-Limit-Rate': '1000' } } : {}),
}))
const proxy = await startProxy({
  workers: 2,
  files: { 'html/big.txt': 'y'.repeat(3000) },
  config: ports => `
log_format limits '$uri $status $limit_req_status $limit_conn_status $limit_rate';
access_log access.log limits;
limit_req_zone $arg_key zone=slow:32k rate=1r/m;
limit_req_zone $arg_key zone=wait:32k rate=5r/s;
limit_req_zone $arg_key zone=long:32k rate=1r/m;
limit_conn_zone $arg_key zone=places:32k;
server {
  listen 127.0.0.1:${ports['main']};
  location = /refuse { limit_req zone=slow burst=3 nodelay; limit_req_status 429; limit_req_log_level warn; return 200 in; }
  location = /burst { limit_req zone=slow burst=3 nodelay; try_files /none =204; limit_req_status 429; }
  location = /wait { limit_req zone=wait burst=5; try_files /none =204; }
  location = /long { limit_req zone=long burst=5; try_files /none =204; }
  location = /places { limit_conn places 2; limit_rate 10; try_files /big.txt =404; }
  location = /rate { limit_rate 1k; try_files /big.txt =404; }
  location = /set { set $limit_rate 1000; try_files /big.txt =404; }
  location = /accel { proxy_pass http://${origin.address}; }
  location = /origin { proxy_limit_rate 1000; proxy_pass http://${origin.address}; }
}`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})
const port = proxy.port('main')
const status = async (target: string): Promise<number> => (await ask(port, get(target))).status
const log = (): string => readFileSync(`${proxy.prefix}/access.log`, 'latin1')
const errors = (): string => readFileSync(`${proxy.prefix}/error.log`, 'latin1')

test('limit_req is exact, whichever worker serves', async () => {
  const statuses = await Promise.all(Array.from({ length: 40 }, () => status('/burst?key=a')))
  assert.equal(statuses.filter(one => one === 204).length, 4)
  assert.equal(statuses.filter(one => one === 429).length, 36)
  await until(
    () => 'the log to say so',
    () => (/^\/burst 429 REJECTED - 0$/m.test(log()) && /^\/burst 204 PASSED - 0$/m.test(log())) || undefined,
  )
  await proxy.errorLog(/\[error\] .*limiting requests, excess: [34]\.\d{3} by zone "slow", client: 127\.0\.0\.1/)
  assert.equal(await status('/burst?key=b'), 204)
  assert.equal(await status('/burst'), 204)
})

test('return answers before limits are asked', async () => {
  for (let i = 0; i < 6; i++) assert.equal(await status('/refuse?key=r'), 200)
})

test('limit_req holds requests back until their turn', async () => {
  const before = Date.now()
  const answers = await Promise.all([0, 1, 2].map(() => status('/wait?key=w')))
  assert.deepEqual(answers, [204, 204, 204])
  assert.ok(Date.now() - before >= 380, `took ${Date.now() - before} ms`)
})

test('limit_req lets go of a request it holds back when its client leaves', async () => {
  assert.equal(await status('/long?key=w'), 204)
  const leaving = await connect(port)
  leaving.send(get('/long?key=w'))
  await until(
    () => 'it to be held back',
    () => /delaying request.*zone "long"/.test(errors()) || undefined,
  )
  leaving.close()
  await until(
    () => 'who left to be logged',
    () => /^\/long 499 DELAYED - 0$/m.test(log()) || undefined,
  )
})

test('limit_conn counts requests at a time over all workers', async () => {
  const clients = await Promise.all(Array.from({ length: 8 }, () => connect(port)))
  for (const client of clients) client.send(get('/places?key=p'))
  const heads = await Promise.all(clients.map(client => client.readHead()))
  const statuses = heads.map(head => head.startLine.split(' ')[1])
  assert.deepEqual(statuses.toSorted(), ['200', '200', ...Array.from({ length: 6 }, () => '503')])
  await proxy.errorLog(/limiting connections by zone "places"/)
  for (const client of clients) client.close()
  await until(
    () => 'the places to be free again',
    async () => {
      await using client = await connect(port)
      return (await client.send(get('/places?key=p')).readHead()).startLine.includes(' 200 ') || undefined
    },
  )
  await until(
    () => 'the log to say so',
    () => /^\/places 503 - REJECTED 10$/m.test(log()) || undefined,
  )
})

describe('a response goes out no faster than told', { concurrency: true }, () => {
  for (const target of ['/rate', '/set', '/accel', '/origin']) {
    test(target, async () => {
      const before = Date.now()
      const response = await ask(port, get(target))
      assert.equal(response.body.length, 3000)
      assert.ok(Date.now() - before >= 900, `took ${Date.now() - before} ms`)
    })
  }
})
