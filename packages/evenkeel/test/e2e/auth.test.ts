/** Passwords, real addresses and satisfy, as clients meet them. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const apr1 = execFileSync('openssl', ['passwd', '-apr1', 'apache']).toString().trim()
const proxy = await startProxy({
  workers: 2,
  files: {
    'html/index.html': 'in',
    'keys.json': JSON.stringify({ keys: [{ kty: 'oct', k: Buffer.from('secret').toString('base64url') }] }),
    users: [
      'plain:{PLAIN}p',
      `apache:${apr1}`,
      'bcrypt:$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
      'strange:kqAUtyTF.QWWE',
    ].join('\n'),
  },
  config: ports => `
geo $place { default far; 192.0.2.0/24 near; }
split_clients $arg_client $share { 50% first; * second; }
server {
  listen 127.0.0.1:${ports['main']};
  set_real_ip_from localhost;
  real_ip_header X-Forwarded-For;
  location / { auth_basic "closed"; auth_basic_user_file users; }
  location /missing { auth_basic "closed"; auth_basic_user_file none; try_files /index.html =404; }
  location /open { auth_basic off; try_files /index.html =404; }
  location /delayed { auth_basic "closed"; auth_basic_user_file users; auth_delay 300ms; try_files /index.html =404; }
  location /held { auth_basic "closed"; auth_basic_user_file users; auth_delay 10m; try_files /index.html =404; }
  location /any {
    satisfy any; allow 192.0.2.1; deny all;
    auth_basic "closed"; auth_basic_user_file users; try_files /index.html =404;
  }
  location /token {
    auth_jwt "api" token=$arg_token; auth_jwt_key_file keys.json;
    auth_jwt_require $jwt_claim_admin error=403;
    add_header X-Sub $jwt_claim_sub;
    try_files /index.html =404;
  }
  location /bearer { auth_jwt "api"; auth_jwt_key_file keys.json; try_files /index.html =404; }
  location = /who { return 200 "$remote_addr $remote_port $realip_remote_addr $place $share"; }
}`,
})
after(() => proxy[Symbol.asyncDispose]())
const port = proxy.port('main')
const basic = (user: string, password: string): string =>
  `Authorization: Basic ${Buffer.from(`${user}:${password}`, 'latin1').toString('base64')}`
const status = async (target: string, ...lines: readonly string[]): Promise<number> =>
  (await ask(port, get(target, ...lines))).status
const errors = (): string => readFileSync(`${proxy.prefix}/error.log`, 'latin1')

test('without a name the client is asked for one', async () => {
  const response = await ask(port, get('/'))
  assert.deepEqual([response.status, response.get('www-authenticate')], [401, 'Basic realm="closed"'])
  assert.equal(await status('/', 'Authorization: Basic !'), 401)
  assert.equal(await status('/', 'Authorization: Bearer abc'), 401)
})

for (const [user, password] of [
  ['plain', 'p'],
  ['apache', 'apache'],
  ['bcrypt', 'U*U'],
] as const) {
  test(`the right password lets in, a wrong one does not: ${user}`, async () => {
    assert.equal(await status('/', basic(user, password)), 200)
    assert.equal(await status('/', basic(user, password + 'x')), 401)
    const many = await Promise.all(Array.from({ length: 8 }, () => status('/', basic(user, password))))
    assert.deepEqual(new Set(many), new Set([200]))
  })
}

test('why somebody was not let in is told', async () => {
  assert.equal(await status('/', basic('nobody', 'x')), 401)
  assert.equal(await status('/', basic('strange', 'x')), 401)
  assert.equal(await status('/missing', basic('plain', 'p')), 403)
  await until(
    () => `the log: ${errors()}`,
    () =>
      (/user "plain": password mismatch/.test(errors()) &&
        /user "nobody" was not found in ".*\/users"/.test(errors()) &&
        /user "strange": password is stored in a form/.test(errors()) &&
        /open\(\) ".*\/none" failed \(2: No such file or directory\)/.test(errors())) ||
      undefined,
  )
})

test('a password file that changed counts soon', async () => {
  const path = `${proxy.prefix}/users`
  writeFileSync(path, readFileSync(path, 'latin1') + '\nnew:{PLAIN}n\n')
  await until(
    () => 'the new user to be let in',
    async () => ((await status('/', basic('new', 'n'))) === 200 ? true : undefined),
  )
})

test('a 401 can be held back, everything else is not', async () => {
  const before = Date.now()
  assert.equal(await status('/delayed', basic('plain', 'x')), 401)
  assert.ok(Date.now() - before >= 300)
  assert.equal(await status('/held', basic('plain', 'p')), 200)
})

test('one of two ways is enough where it says so', async () => {
  assert.equal(await status('/any'), 401)
  assert.equal(await status('/any', basic('plain', 'p')), 200)
  assert.equal(await status('/any', 'X-Forwarded-For: 192.0.2.1'), 200)
  assert.equal(await status('/open'), 200)
})

test('who a trusted proxy says it is, and what depends on that', async () => {
  const who = async (...lines: readonly string[]): Promise<string> =>
    (await ask(port, get('/who?client=1', ...lines))).text
  assert.match(await who(), /^127\.0\.0\.1 \d+ 127\.0\.0\.1 far (first|second)$/)
  assert.match(await who('X-Forwarded-For: 10.0.0.1, 192.0.2.7:81'), /^192\.0\.2\.7 81 127\.0\.0\.1 near /)
})

test('a token lets in, and what it claims can be required and shown', async () => {
  const token = (claims: object): string => {
    const signed = [{ alg: 'HS256' }, claims]
      .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    return `${signed}.${createHmac('sha256', 'secret').update(signed).digest('base64url')}`
  }
  const good = await ask(port, get(`/token?token=${token({ sub: 'me', admin: true })}`))
  assert.deepEqual([good.status, good.get('x-sub')], [200, 'me'])
  assert.equal(await status(`/token?token=${token({ sub: 'me' })}`), 403)
  const bad = await ask(port, get(`/token?token=${token({ exp: 1 })}`))
  assert.deepEqual([bad.status, bad.get('www-authenticate')], [401, 'Bearer realm="api", error="invalid_token"'])
  assert.equal(await status('/bearer', `Authorization: Bearer ${token({})}`), 200)
  const without = await ask(port, get('/bearer'))
  assert.deepEqual([without.status, without.get('www-authenticate')], [401, 'Bearer realm="api"'])
})
