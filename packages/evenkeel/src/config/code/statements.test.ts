import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problems } from '../nginx/problems.ts'
import type { Statement } from '../nginx/parser.ts'
import { toStatements } from './statements.ts'

function written(config: unknown): string {
  const problems = new Problems()
  const statements = toStatements(config, path => ({ file: path, line: 0, column: 0 }), problems)
  const lines = problems.list.map(({ position, message }) => `! ${position.file}: ${message}`)
  return [...statements.map(show), ...lines].join('\n')
}

function show(statement: Statement): string {
  const head = statement.words.map(word => (/[\s;{}]|^$/.test(word) ? `'${word}'` : word)).join(' ')
  return statement.block === null ? `${head};` : `${head} { ${statement.block.map(show).join(' ')} }`
}

test('names in camelCase are directives, plurals are blocks', () => {
  assert.equal(
    written({
      workerProcesses: 2,
      upstreams: {
        web: { servers: ['a:1', { address: 'b:2', weight: 5, backup: true, failTimeout: '1s' }], leastConn: true },
      },
      servers: [
        { listen: '80 default_server', locations: { '/': { proxyPass: 'web' }, '= /x': { return: [200, 'a b'] } } },
      ],
    }),
    [
      'worker_processes 2;',
      'upstream web { server a:1; server b:2 weight=5 backup fail_timeout=1s; least_conn; }',
      "server { listen 80 default_server; location / { proxy_pass http://web; } location = /x { return 200 'a b'; } }",
    ].join('\n'),
  )
})

test('true and false are on and off, or whether a bare directive stands there', () => {
  assert.equal(written({ etag: false, tcpNodelay: true }), 'etag off;\ntcp_nodelay on;')
  assert.equal(written({ upstreams: { a: { server: 'b:1', ipHash: false } } }), 'upstream a { server b:1; }')
})

test('a number is milliseconds where a time is asked for', () => {
  assert.equal(written({ sendTimeout: 1500, keepaliveRequests: 5 }), 'send_timeout 1500ms;\nkeepalive_requests 5;')
})

test('a list is the words of one directive, or one directive each', () => {
  assert.equal(written({ index: ['a', 'b c'] }), "index a 'b c';")
  assert.equal(written({ allow: ['10.0.0.0/8', '::1'] }), 'allow 10.0.0.0/8;\nallow ::1;')
  assert.equal(written({ proxyNextUpstream: ['error', 'timeout'] }), 'proxy_next_upstream error timeout;')
  assert.equal(
    written({ servers: [{ rewrite: [['^/a', '/b', 'last'], '^/c /d'] }] }),
    'server { rewrite ^/a /b last; rewrite ^/c /d; }',
  )
})

test('an object is one directive for each entry, with the value as it is', () => {
  assert.equal(
    written({ proxySetHeader: { Host: '$host', 'X-Two': 'a b' }, addHeader: { A: ['b', 'always'] } }),
    "proxy_set_header Host $host;\nproxy_set_header X-Two 'a b';\nadd_header A b always;",
  )
})

test('text where several words may stand is split as nginx splits it', () => {
  assert.equal(written({ accessLog: 'logs/a.log "x y" buffer=1k' }), "access_log logs/a.log 'x y' buffer=1k;")
  assert.match(written({ accessLog: 'a; b' }), /! accessLog: unexpected ";" in "a; b"/)
})

test('the inside of map and types is lines, conditions of if need no parentheses', () => {
  assert.equal(
    written({ maps: { '$a $b': { default: '', x: 1 } }, types: { 'text/x': ['x', 'y'] } }),
    "map $a $b { default ''; x 1; }\ntypes { text/x x y; }",
  )
  assert.equal(written({ servers: [{ if: { '$a = b': { return: 403 } } }] }), 'server { if ($a = b) { return 403; } }')
})

test('what has an order that keys do not is written as directives', () => {
  assert.equal(
    written({
      servers: [
        {
          directives: [
            ['set', '$a', 1],
            ['if', '($a)', [['return', 403]]],
          ],
        },
      ],
    }),
    'server { set $a 1; if ($a) { return 403; } }',
  )
})

test('values that mean nothing are told by their path', () => {
  assert.match(written({ root: () => 'x' }), /! root: "root" is a function/)
  assert.match(written({ servers: [5] }), /! servers\.0: "servers\.0" must be an object/)
  assert.match(written(null), /! : the configuration must be an object/)
})

test('a configuration that contains itself is told, not followed', () => {
  const location: Record<string, unknown> = {}
  location['locations'] = { '/': location }
  assert.match(written({ servers: [location] }), /nested too deeply/)
})
