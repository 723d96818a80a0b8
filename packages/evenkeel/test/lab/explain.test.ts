/** What `evenkeel explain` says, held against the whole text: a change of it is to be seen. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfiguration } from '../../src/config/nginx/read.ts'
import { makeOffline } from '../../src/control/offline.ts'
import { explain } from '../../src/lab/explain/explain.ts'
import { harmless } from '../../src/lab/explain/harmless.ts'
import type { Explanation, Step } from '../../src/lab/explain/story.ts'
import { explanationText } from '../../src/lab/explain/text.ts'
import { Folder } from '../cli/command.ts'
import { memoryFiles } from '../config/memory-files.ts'

const shop = `events {}
http {
  map $http_user_agent $kind { default person; ~bot robot; }
  limit_req_zone $remote_addr zone=slow:32k rate=1r/m;
  upstream app { server 10.0.0.1:80 weight=3; server 10.0.0.2:80; server app.internal:80 backup; server 10.0.0.9:80 down; }
  upstream keyed { hash $arg_user consistent; server 10.0.0.1:80; server 10.0.0.2:80; server 10.0.0.3:80; }
  upstream bound { server 10.0.0.1:80 route=a; server 10.0.0.2:80 route=b; sticky route $cookie_at; }
  server { listen 80 default_server; server_name _; return 444; }
  server {
    listen 80;
    server_name shop.example *.shop.example;
    rewrite ^/old/(.*)$ /new/$1;
    location / { root /nowhere; }
    location /new/ { proxy_pass http://app; proxy_set_header Host $host; proxy_set_header X-Kind $kind; add_header X-To $upstream_addr; }
    location ^~ /static/ { alias /nowhere/files/; }
    location ~ \\.php$ { return 403 no; }
    location /key { proxy_pass http://keyed/; proxy_intercept_errors on; error_page 503 = @sorry; }
    location /bound { proxy_pass http://bound; proxy_next_upstream http_503; limit_req zone=slow; }
    location @sorry { return 200 sorry; }
    location /admin { allow 10.0.0.0/8; deny all; location /admin/api/ { proxy_pass http://app; } }
    location /where { if ($arg_to = "a") { set $to 10.0.0.7; } proxy_pass http://$to:81; }
  }
}
`

async function told(
  config: string,
  url: string,
  more: Partial<Parameters<typeof explain>[1]> = {},
): Promise<Explanation> {
  const files = memoryFiles({ '/c/nginx.conf': config })
  const { model, problems } = readConfiguration({ path: '/c/nginx.conf', prefix: '/c/', files })
  assert.deepEqual(problems, [])
  const safe = harmless(model!)
  const offline = await makeOffline(safe.model)
  const places = { prefix: '/c/', confPrefix: '/c/', version: 'x' }
  const wish = { method: 'GET', url, fields: [], from: '192.0.2.1', answer: 200, ...more }
  const story = await explain({ ...offline, places, cacheless: safe.cacheless }, wish)
  if (typeof story === 'string') throw new Error(story)
  return story
}

const kinds = (steps: readonly Step[], kind: Step['kind']): Step[] => steps.filter(step => step.kind === kind)

test('a request that is rewritten and passed on, told whole', async () => {
  const story = await told(shop, 'http://shop.example/old/item/7?x=1', { fields: ['User-Agent: bot'] })
  assert.equal(
    explanationText(story),
    `GET http://shop.example/old/item/7?x=1 from 192.0.2.1

listener
  *:80  (port 80)

server
  * shop.example *.shop.example  nginx.conf:9  an exact name shop.example
    _                            nginx.conf:8  has no name that takes shop.example

before a location is looked for
  ^/old/(.*)$  matches /old/item/7
  URI is now /new/item/7?x=1

location of /new/item/7
  * /new/        nginx.conf:14  the longest prefix, and no pattern matches
    /            nginx.conf:13  matches, but /new/ is longer
    ^~ /static/  nginx.conf:15  does not match
    ~ \\.php$     nginx.conf:16  does not match
    /key         nginx.conf:17  does not match
    /bound       nginx.conf:18  does not match
    /admin       nginx.conf:20  does not match
    /where       nginx.conf:21  does not match

in it
  passes to http://app

upstream
  app nginx.conf:5
  method: round_robin
  * 10.0.0.1:80      weight 3          chosen
    10.0.0.2:80      weight 1
    app.internal:80  weight 1, backup
    10.0.0.9:80      weight 1, down
  the same request again goes to: 10.0.0.1:80, 10.0.0.2:80, 10.0.0.1:80 (3 times), 10.0.0.2:80, 10.0.0.1:80 (3 times), 10.0.0.2:80

sent to 10.0.0.1:80
  GET /new/item/7?x=1 HTTP/1.1
  Host: shop.example
  X-Kind: robot
  User-Agent: bot

variables
  $host           shop.example
  $kind           robot
  $upstream_addr  10.0.0.1:80

answer, from the origin
  HTTP/1.1 200 OK
  Server: evenkeel/x
  X-To: 10.0.0.1:80
  Content-Length: 0
  Connection: keep-alive

notes
  origins are not asked: each is taken to answer 200 at once, with an empty body
  nobody has failed and nobody is busy, as in a process that has just started
  names of servers are not resolved: each is taken for one server
`,
  )
})

test('who loses is told why', async () => {
  const why = async (url: string): Promise<Record<string, string>> => {
    const { steps } = await told(shop, url)
    const [step] = kinds(steps, 'location')
    assert.ok(step?.kind === 'location')
    return Object.fromEntries(step.candidates.map(one => [one.name, `${one.wins ? '* ' : ''}${one.why}`]))
  }
  const script = await why('http://shop.example/new/x.php')
  assert.equal(script['~ \\.php$'], '* the first pattern that matches')
  assert.equal(script['/new/'], 'matches, but the pattern ~ \\.php$ goes before prefixes')
  const file = await why('http://shop.example/static/x.php')
  assert.equal(file['~ \\.php$'], 'matches, but ^~ /static/ keeps patterns from being tried')
  const inner = await why('http://shop.example/admin/api/x')
  assert.equal(inner['/admin'], 'matches, and a location inside it does')
  assert.equal(inner['/admin/api/'], '* the longest prefix, and no pattern matches')

  const { servers } = await told(shop, 'http://www.shop.example/')
  assert.deepEqual(
    servers.map(({ wins, why: reason }) => [wins, reason]),
    [
      [false, 'has no name that takes www.shop.example'],
      [true, 'a mask at the start *.shop.example'],
    ],
  )
})

test('what is answered from here: a refusal, a file, a closed connection', async () => {
  const refused = await told(shop, 'http://shop.example/admin/api/x')
  assert.equal(refused.answer.status, 403)
  assert.ok(refused.steps.some(step => step.kind === 'log' && step.text.startsWith('access forbidden by rule')))
  assert.equal((await told(shop, 'http://shop.example/admin/api/x', { from: '10.1.2.3' })).answer.from, 'origin')
  const file = await told(shop, 'http://shop.example/static/a/b.css')
  assert.deepEqual([file.answer.file, file.answer.status], ['/nowhere/files/a/b.css', 404])
  const closed = await told(shop, 'http://elsewhere.example/')
  assert.deepEqual([closed.answer.head, closed.answer.failure], ['', 'shutdown'])
})

test('hash and sticky keys, tries at other servers, error pages', async () => {
  const keyed = await told(shop, 'http://shop.example/key?user=ann', { answer: 503 })
  assert.equal(keyed.upstream?.key, 'ann')
  assert.equal(new Set(keyed.upstream?.next).size, 1)
  assert.deepEqual([keyed.answer.status, keyed.answer.body, keyed.answer.from], [200, 'sorry', 'here'])
  assert.deepEqual(kinds(keyed.steps, 'error-page'), [
    { kind: 'error-page', status: 503, outcome: 'redirects inside to @sorry' },
  ])
  const bound = await told(shop, 'http://shop.example/bound', { fields: ['Cookie: at=b'], answer: 503 })
  assert.equal(bound.upstream?.bound, 'b')
  assert.deepEqual(
    bound.upstream?.peers.map(({ attempts }) => attempts),
    [[2], [1]],
  )
  assert.deepEqual(
    bound.sent.map(({ to }) => to),
    ['10.0.0.2:80', '10.0.0.1:80'],
  )
})

test('a target made of variables, and the steps that made it', async () => {
  const story = await told(shop, 'http://shop.example/where?to=a')
  assert.deepEqual(story.steps.slice(-3), [
    { kind: 'if', condition: '$arg_to = a', held: true },
    { kind: 'set', variable: 'to', value: '10.0.0.7' },
    { kind: 'action', does: 'passes to http://$to:81' },
  ])
  assert.equal(story.sent[0]?.to, '10.0.0.7:81')
})

test('what it must not touch is left alone: certificates, caches, stores', async () => {
  const config = `events {} http {
    proxy_cache_path /nowhere/cache keys_zone=c:1m;
    server {
      listen 443 ssl; ssl_certificate none.pem; ssl_certificate_key none.key;
      location / { proxy_pass https://10.0.0.1; proxy_cache c; auth_request /auth; }
      location /auth { internal; proxy_pass https://10.0.0.1/check; }
      location /store { proxy_pass http://10.0.0.1; proxy_store on; root /nowhere; }
    }
  }`
  const story = await told(config, 'https://x/a')
  assert.deepEqual([story.answer.status, story.answer.from], [200, 'origin'])
  assert.deepEqual(
    story.sent.map(({ to, head }) => [to, head.split('\n')[0]]),
    [
      ['10.0.0.1:443', 'GET /check HTTP/1.1'],
      ['10.0.0.1:443', 'GET /a HTTP/1.1'],
    ],
  )
  assert.ok(story.steps.some(step => step.kind === 'action' && step.does.endsWith(', for a subrequest')))
  assert.ok(story.notes.some(note => note.startsWith('caches and stores are not looked at')))
  assert.equal((await told(config, 'https://x/store')).answer.status, 200)
})

test('a listener is chosen by the port, and none is told', async () => {
  const config = 'events {} http { server { listen 81; return 200 a; } server { listen 127.0.0.1:82; return 200 b; } }'
  assert.equal((await told(config, 'http://x:82/')).answer.body, 'b')
  await assert.rejects(told(config, 'http://x/'), /nothing listens on port 80; there is \*:81, 127\.0\.0\.1:82/)
})

test('the command prints text, JSON, and one line for a mistake', () => {
  const folder = new Folder()
  try {
    folder.write('nginx.conf', 'events {} http { server { listen 80; location = /hi { return 200 "hi $arg_a"; } } }')
    const { code, out } = folder.run('explain', '-c', 'nginx.conf', 'http://localhost/hi?a=1', '--json')
    assert.equal(code, 0)
    const story = JSON.parse(out) as Explanation
    assert.deepEqual([story.answer.status, story.answer.body, story.variables], [200, 'hi 1', { arg_a: '1' }])
    assert.match(folder.run('explain', '-c', 'nginx.conf', 'POST', 'localhost/hi').out, /^POST localhost\/hi from 127/)
    const wrong = folder.run('explain', '-c', 'nginx.conf', 'http://localhost/', '--from', 'home')
    assert.deepEqual(
      [wrong.code, wrong.err],
      [1, 'evenkeel: explain: "home" is no address; give a numeric one, as in --from 192.0.2.1\n'],
    )
  } finally {
    folder.remove()
  }
})

test('limits and code of the user are part of the explanation', async () => {
  const folder = new Folder()
  folder.write('auth.ts', 'export default request => request.setHeader("X-User", "me")')
  folder.write('mine.ts', 'export const last = peers => () => peers.length - 1')
  folder.write(
    'nginx.conf',
    `events {} http {
      limit_req_zone $binary_remote_addr zone=each:1m rate=10r/s;
      upstream app { balance ./mine.ts#last; server 10.0.0.1; server 10.0.0.2; }
      server { listen 80; location / { limit_req zone=each; step ./auth.ts; proxy_pass http://app; } } }`,
  )
  const { code, out, err } = folder.run('explain', '-c', `${folder.path}/nginx.conf`, 'http://a/')
  folder.remove()
  assert.equal(code, 0, err)
  assert.match(out, /limit_req: PASSED/)
  assert.match(out, /method: balance \.\/mine\.ts#last\n {4}10\.0\.0\.1:80 .*\n {2}\* 10\.0\.0\.2:80 .*chosen/)
  assert.match(out, /X-User: me/)
})
