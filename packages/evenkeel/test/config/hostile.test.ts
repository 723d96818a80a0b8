/** Configurations that nobody wrote with good will, and very large ones: they are answered, quickly, and never thrown at. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { explainProblem } from '../../src/config/nginx/problems.ts'
import { readConfiguration, type ReadResult } from '../../src/config/nginx/read.ts'
import { memoryFiles } from './memory-files.ts'

function read(text: string, files: Record<string, string> = {}): ReadResult {
  return readConfiguration({ path: '/etc/nginx.conf', text, prefix: '/', files: memoryFiles(files), hostname: 'box' })
}

/** The texts of all golden cases. */
const texts = readdirSync(import.meta.dirname)
  .filter(name => name.endsWith('.case'))
  .flatMap(name =>
    readFileSync(`${import.meta.dirname}/${name}`, 'latin1')
      .split(/^=== .*\n/m)
      .slice(1),
  )
  .map(one => one.split(/^---/m)[0] ?? '')

/** A small seeded generator, so that a failure can be run again. */
function random(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test('every golden case cut at every tenth byte is answered', () => {
  for (const text of texts) {
    for (let end = 0; end < text.length; end += 10) assertAnswered(text.slice(0, end))
  }
})

test('mutated configurations are answered', () => {
  const pick = random(20260)
  const signs = [
    '{',
    '}',
    ';',
    '"',
    "'",
    '\\',
    '$',
    '${',
    '(',
    ')',
    '[',
    ']',
    '~',
    '*',
    ':',
    '\n',
    '\0',
    '\xff',
    ' ',
    '999999999999999999999',
  ]
  for (let round = 0; round < 3000; round++) {
    let text = texts[pick(texts.length)] ?? ''
    for (let change = pick(4); change >= 0; change--) {
      const at = pick(text.length + 1)
      const sign = signs[pick(signs.length)] ?? ''
      text = text.slice(0, at) + sign + text.slice(at + pick(3))
    }
    assertAnswered(text)
  }
})

test('words of one configuration in the places of another are answered', () => {
  const pick = random(7)
  const words = [...new Set(texts.flatMap(text => text.split(/\s+/)))]
  for (let round = 0; round < 2000; round++) {
    const parts = Array.from({ length: 12 }, () => words[pick(words.length)] ?? '')
    assertAnswered(`http { server { location /x { ${parts.join(' ')}; } } }`)
    assertAnswered(`http { ${parts.slice(0, 4).join(' ')}; upstream u { ${parts.slice(4).join(' ')}; } }`)
  }
})

test('blocks and patterns nested without end are refused', () => {
  const nested = read('location / { '.repeat(100_000)).problems
  assert.ok(nested.some(problem => problem.message === 'blocks are nested too deeply'))
  const pattern = `server { location ~ ${'('.repeat(2000)} { } }`
  assert.match(read(pattern).problems[0]?.message ?? '', /parentheses are too deeply nested/)
})

test('files that include each other twice do not double without end', () => {
  const files = Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [`/etc/${at}`, `include ${at + 1}; include ${at + 1};`]),
  )
  // 2^30 of them would not end today.
  assert.equal(read('http { include 0; }', { ...files, '/etc/30': '' }).model, null)
})

test('a flood of problems is told up to a point', () => {
  const { problems, model } = read(`http { ${'nonsense_directive on;\n'.repeat(100_000)} }`)
  assert.equal(model, null)
  assert.ok(problems.length <= 501)
})

test('ten thousand servers take no more than ten times as long as a thousand, and some', () => {
  manyServers(100)
  const few = manyServers(1000)
  const many = manyServers(10_000)
  // CPU time, since those that run tests are busy; what is quadratic anywhere takes a hundred times as long.
  assert.ok(many < 40 * few, `took ${many} ms against ${few} ms`)
})

/** CPU milliseconds that reading them takes. */
function manyServers(count: number): number {
  const servers = Array.from(
    { length: count },
    (_, at) => `upstream u${at} { server 10.0.${at >> 8}.${at & 255}:80 weight=2; keepalive 4; }
      server {
        listen 80;
        server_name s${at}.example.org www.s${at}.example.org;
        access_log logs/s${at}.log;
        location / {
          proxy_pass http://u${at};
          proxy_set_header Host $host;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
          proxy_read_timeout 30s;
        }
        location ~* \\.(png|jpg)$ { root /srv/s${at}; expires 30d; }
        if ($request_method = TRACE) { return 405; }
      }`,
  )
  const text = `events { } http { ${servers.join('\n')} }`
  const before = process.cpuUsage()
  const { model, problems } = read(text)
  const { user, system } = process.cpuUsage(before)
  assert.deepEqual(problems, [])
  assert.equal(model?.http?.servers.length, count)
  return (user + system) / 1000
}

function assertAnswered(text: string): void {
  let result
  try {
    result = read(text)
    for (const problem of result.problems) explainProblem(problem, result.files)
    structuredClone(result.model)
  } catch (error) {
    assert.fail(`${String(error instanceof Error ? error.stack : error)}\n\n${text}`)
  }
  assert.equal(
    result.model === null,
    result.problems.some(problem => problem.level === 'emerg'),
  )
}
