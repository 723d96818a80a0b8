/** What a configuration would change, and what becomes of a reload, told at the terminal. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-plan-'))
mkdirSync(join(folder, 'logs'))
after(() => rmSync(folder, { recursive: true }))

const old = `
worker_processes 2;
upstreams
server {
  listen 127.0.0.1:18080;
  server_name a.example.org;
  location / { proxy_pass http://shop; }
  location /old/ { return 301 /; }
  location ~ \\.png$ { root /images; }
}`
const oldServers = 'upstream shop { server 127.0.0.1:9001; server 127.0.0.1:9002; }'
const fresh = `
worker_processes 3;
upstreams
server {
  listen 127.0.0.1:18080;
  listen 127.0.0.1:18081;
  server_name a.example.org;
  location / { proxy_pass http://shop; proxy_read_timeout 5s; }
  location /images/ { proxy_pass http://images; }
  location ~ \\.png$ { proxy_pass http://images; }
}`
const freshServers = `upstream shop { server 127.0.0.1:9001 drain; server 127.0.0.1:9003; }
upstream images { server 127.0.0.1:9100; }`

write('old.conf', old.replace('upstreams', oldServers))
write('new.conf', fresh.replace('upstreams', freshServers))

test('says who would answer what, which servers come and go, and which settings change', async () => {
  const { code, out } = await run('plan', 'new.conf', '-c', 'old.conf', '-p', folder)
  assert.equal(code, 2)
  assert.equal(
    out,
    `listeners
  + 127.0.0.1:18081

routes
  ~ 127.0.0.1:18080 /images/: proxy_pass http://shop -> proxy_pass http://images
  ~ 127.0.0.1:18080 /old/: return 301 / -> proxy_pass http://shop
  ~ 127.0.0.1:18080 ~ \\.png$: files below /images -> proxy_pass http://images
  + 127.0.0.1:18081 /: nobody -> proxy_pass http://shop
  + 127.0.0.1:18081 /images/: nobody -> proxy_pass http://images
  + 127.0.0.1:18081 ~ \\.png$: nobody -> proxy_pass http://images

upstreams
  ~ shop
      ~ 127.0.0.1:9001 drained: drain none -> true
      - 127.0.0.1:9002 (what is under way there is finished)
      + 127.0.0.1:9003
  + images
      + 127.0.0.1:9100

settings
  ~ process: workers: 2 -> 3
  ~ server a.example.org location /: proxy_read_timeout: 60000 -> 5000
  ~ server a.example.org location ~ \\.png$: root: ["/images"] -> ["html"]
`,
  )
})

test('the same as JSON; and nothing for the same', async () => {
  const { code, out } = await run('plan', 'new.conf', '-c', 'old.conf', '-p', folder, '--json')
  assert.equal(code, 2)
  const told = JSON.parse(out) as { listeners: unknown; upstreams: { upstream: string; servers: unknown[] }[] }
  assert.deepEqual(told.listeners, { added: ['127.0.0.1:18081'], removed: [] })
  assert.deepEqual(
    told.upstreams.map(({ upstream, servers }) => [upstream, servers.length]),
    [
      ['shop', 3],
      ['images', 1],
    ],
  )
  const same = await run('plan', 'old.conf', '-c', 'old.conf', '-p', folder)
  assert.deepEqual([same.code, same.out], [0, 'nothing would change\n'])
})

test('a configuration that cannot be used is told with its place; so is that nothing runs', async () => {
  write('bad.conf', 'server { listn 80; }')
  const bad = await run('plan', 'bad.conf', '-c', 'old.conf', '-p', folder)
  assert.equal(bad.code, 1)
  assert.match(bad.err, /unknown directive "listn" in .*bad\.conf:1/)
  const alone = await run('plan', 'new.conf', '-p', folder)
  assert.equal(alone.code, 1)
  assert.match(alone.err, /plan: open\(\) ".*evenkeel\.pid" failed .*; give the configuration to compare with: -c FILE/)
})

test('compared with what runs; a reload says why it was refused, and what ran goes on', async () => {
  await using taken = await startOrigin()
  const config =
    (text: string, more = '') =>
    (ports: Readonly<Record<string, number>>) =>
      `server { listen 127.0.0.1:${ports.main}; ${more} location / { return 200 "${text}"; } }`
  await using proxy = await startProxy({ config: config('old') })
  const at = ['-p', proxy.prefix, '-c', 'nginx.conf'] as const
  assert.equal((await run('plan', 'nginx.conf', '-p', proxy.prefix)).out, 'nothing would change\n')
  proxy.configure(config('new'))
  const planned = await run('plan', 'nginx.conf', '-p', proxy.prefix)
  assert.match(planned.out, /~ 127\.0\.0\.1:\d+ \/: return 200 old -> return 200 new/)
  assert.equal(planned.code, 2)
  assert.equal((await ask(proxy.port(), get('/'))).text, 'old')

  assert.deepEqual(await run(...at, '-s', 'reload'), { code: 0, out: '', err: '' })
  assert.equal((await run('plan', 'nginx.conf', '-p', proxy.prefix)).out, 'nothing would change\n')

  // Only the running process can know.
  proxy.configure(config('newer', `listen ${taken.address};`))
  const refused = await run(...at, '-s', 'reload')
  assert.equal(refused.code, 1)
  assert.match(refused.err, /bind\(\) to 127\.0\.0\.1:\d+ failed \(98: Address already in use\)/)
  assert.match(refused.err, /the reload was refused, the configuration before goes on/)
  assert.equal((await ask(proxy.port(), get('/'))).text, 'new')
})

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text)
}

function run(...list: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise(resolved => {
    const child = spawn(process.execPath, [main, ...list], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', (part: Buffer) => (out += String(part)))
    child.stderr.on('data', (part: Buffer) => (err += String(part)))
    child.on('close', code => resolved({ code, out, err }))
  })
}
