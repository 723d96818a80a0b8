/** Keys of tokens that come from another server, through a location. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const keySet = (secret: string): string =>
  JSON.stringify({ keys: [{ kty: 'oct', k: Buffer.from(secret).toString('base64url') }] })

let secret = 'first'
const provider = await httpOrigin(({ target }) => ({
  body: target === '/broken' ? '<html>' : target === '/long' ? `"${'x'.repeat(300_000)}"` : keySet(secret),
}))
const proxy = await startProxy({
  files: { 'html/index.html': 'in', 'keys.json': keySet('filed') },
  config: ports => `
proxy_cache_path cache keys_zone=keys:1m;
server {
  listen 127.0.0.1:${ports['main']};
  location / { auth_jwt api; auth_jwt_key_request /keys; try_files /index.html =404; }
  location /both { auth_jwt api; auth_jwt_key_file keys.json; auth_jwt_key_request /keys; try_files /index.html =404; }
  location /kept { auth_jwt api; auth_jwt_key_request /cached; try_files /index.html =404; }
  location /bad/ { auth_jwt api; auth_jwt_key_request /provided/$arg_from; try_files /index.html =404; }
  location = /keys { internal; proxy_pass http://${provider.address}; }
  location = /cached { internal; proxy_cache keys; proxy_cache_valid 10m; proxy_pass_request_headers off; proxy_pass http://${provider.address}; }
  location /provided/ { internal; proxy_pass http://${provider.address}/; }
  location = /provided/gone { internal; return 404; }
}`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})

function signed(key: string): string {
  const parts = [{ alg: 'HS256' }, { sub: 'me' }].map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
  const text = parts.join('.')
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

async function status(target: string, key: string): Promise<number> {
  return (await ask(proxy.port('main'), get(target, `Authorization: Bearer ${signed(key)}`))).status
}

test('a token is held against the keys that the location answers with, as they are now', async () => {
  assert.equal(await status('/', 'first'), 200)
  assert.equal(await status('/', 'second'), 401)
  secret = 'second'
  assert.equal(await status('/', 'first'), 401)
  assert.equal(await status('/', 'second'), 200)
})

test('keys of files count beside them', async () => {
  assert.equal(await status('/both', 'filed'), 200)
  assert.equal(await status('/both', secret), 200)
  assert.equal(await status('/both', 'other'), 401)
})

test('a cache at that location keeps the provider from being asked for each request', async () => {
  const before = provider.requests.length
  for (let i = 0; i < 3; i++) assert.equal(await status('/kept', secret), 200)
  assert.equal(provider.requests.length, before + 1)
})

test('without keys nobody gets in, and the log says why', async () => {
  for (const from of ['broken', 'long', 'gone']) assert.equal(await status(`/bad/?from=${from}`, secret), 500)
  for (const line of [
    /"\/provided\/broken": no JSON Web Key Set/,
    /long": more than 262144 bytes/,
    /gone": status 404/,
  ]) {
    await until(
      () => String(line),
      () => line.test(readFileSync(`${proxy.prefix}/error.log`, 'latin1')) || undefined,
    )
  }
})
