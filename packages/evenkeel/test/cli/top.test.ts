/** `evenkeel top --once` against a balancer that runs. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'

test('one table of what runs; and who has no API is told so', async () => {
  await using origin = await httpOrigin('here')
  await using proxy = await startProxy({
    config: ports => `
      upstream shop { server ${origin.address}; server 127.0.0.1:1 down; }
      server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://shop; } location /api/ { api; } }`,
  })
  assert.equal((await ask(proxy.port(), get('/'))).text, 'here')
  const { code, out } = await top(`http://127.0.0.1:${proxy.port()}/api`)
  assert.equal(code, 0)
  assert.match(out, /^connections  \d+ \(\d+ idle\)   new\/s [\d.]+ {3}requests \d+ now/)
  assert.match(out, /\nshop +state +req\/s +active +ms +4xx +5xx +fails +unavail\n/)
  assert.match(out, new RegExp(`\n${origin.address} +up +0\\.0 +0 `))
  assert.match(out, /\n127\.0\.0\.1:1 +down +0\.0 +0 +- +0 +0 +0 +0\n$/)

  const wrong = await top(`http://127.0.0.1:${proxy.port()}/other/`)
  assert.equal(wrong.code, 1)
  assert.match(wrong.err, /no API answers at http:.*\/other\//)
})

function top(url: string): Promise<{ code: number | null; out: string; err: string }> {
  const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
  return new Promise(resolved => {
    const child = spawn(process.execPath, [main, 'top', url, '--once', '--interval', '200ms'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (part: Buffer) => (out += String(part)))
    child.stderr.on('data', (part: Buffer) => (err += String(part)))
    child.on('close', code => resolved({ code, out, err }))
  })
}
