import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from '../../exchange/exchange.ts'
import type { Outcome, Reply } from '../../exchange/outcome.ts'
import type { ResolvedStep } from '../../model/resolve.ts'
import { defaults } from '../../model/settings.ts'
import { makeCompile, makeExchange, pattern, template } from '../exchange.fixture.ts'
import { compileLocationRewrite, compileServerRewrite } from './rewrite.ts'

type Flag = Extract<ResolvedStep, { kind: 'rewrite' }>['flag']

const rewrite = (source: string, to: string, flag: Flag = null): ResolvedStep => ({
  kind: 'rewrite',
  pattern: pattern(source),
  replacement: template(to),
  flag,
})
const answer = (status: number, text: string | null = null): ResolvedStep => ({
  kind: 'return',
  status,
  text: text === null ? null : template(text),
  url: false,
})
const when = (value: string, ...steps: ResolvedStep[]): ResolvedStep => ({
  kind: 'if',
  condition: { kind: 'set', value: template(value) },
  steps,
  settings: defaults,
  content: null,
})

function runLocation(exchange: Exchange, ...steps: ResolvedStep[]): Outcome {
  return compileLocationRewrite(steps, defaults, makeCompile())!(exchange) as Outcome
}

const locationOf = (outcome: Outcome): string | undefined => (outcome as Reply).fields?.get('Location')

test('a program without statements is no step at all', () => {
  assert.equal(compileLocationRewrite([], defaults, makeCompile()), null)
})

test('a rewrite with last ends the program and has the location looked for again', () => {
  const { exchange } = makeExchange({ target: '/a/b?x=1' })
  const outcome = runLocation(exchange, rewrite('^/a/(.*)$', '/c/$1', 'last'), answer(403))
  assert.deepEqual(outcome, { kind: 'redirect', uri: '/c/b', args: 'x=1', rewritten: true })
  assert.equal(exchange.uriChanged, true)
  assert.equal(exchange.internal, true)
})

test('a rewrite with break changes the URI and stays in the location', () => {
  const { exchange } = makeExchange({ target: '/a/b' })
  assert.equal(runLocation(exchange, rewrite('^/a/(.*)$', '/c/$1', 'break'), answer(403)), undefined)
  assert.equal(exchange.uri, '/c/b')
  assert.equal(exchange.rewritten, true)
})

test('a break after a rewrite keeps the request in the location', () => {
  const { exchange } = makeExchange({ target: '/a' })
  assert.equal(runLocation(exchange, rewrite('^', '/c'), { kind: 'break' }, answer(403)), undefined)
  assert.equal(exchange.uri, '/c')
  assert.equal(exchange.rewritten, true)
})

test('a rewrite without a flag lets the next one see the new URI', () => {
  const { exchange } = makeExchange({ target: '/a' })
  const outcome = runLocation(exchange, rewrite('^/a$', '/b'), rewrite('^/b$', '/c'))
  assert.deepEqual(outcome, { kind: 'redirect', uri: '/c', args: '', rewritten: true })
})

test('a rewrite that does not match changes nothing', () => {
  const { exchange } = makeExchange({ target: '/a' })
  assert.equal(runLocation(exchange, rewrite('^/x', '/y', 'last')), undefined)
  assert.equal(exchange.uriChanged, false)
})

test('in a server the URI is changed in place whatever the flag', () => {
  for (const flag of ['last', 'break', null] as const) {
    const { exchange } = makeExchange({ target: '/a' })
    assert.equal(compileServerRewrite([rewrite('^', '/b?y=2', flag)], defaults, makeCompile())!(exchange), undefined)
    assert.equal(exchange.uri, '/b')
    assert.equal(exchange.args, 'y=2')
  }
})

test('arguments of a replacement come before those of the request, and a final question mark drops the latter', () => {
  const cases = [
    ['/b?y=2', 'y=2&x=1'],
    ['/b?y=2?', 'y=2'],
    ['/b?', ''],
    ['/b', 'x=1'],
  ] as const
  for (const [to, args] of cases) {
    const { exchange } = makeExchange({ target: '/a?x=1' })
    runLocation(exchange, rewrite('^', to, 'break'))
    assert.equal(exchange.args, args, to)
    assert.equal(exchange.uri, '/b')
  }
})

test('redirect and permanent answer 302 and 301 with the arguments of the request', () => {
  const first = runLocation(makeExchange({ target: '/a?x=1' }).exchange, rewrite('^/a', '/b', 'redirect'))
  assert.equal((first as Reply).status, 302)
  assert.equal(locationOf(first), 'http://example.org/b?x=1')
  const second = runLocation(makeExchange({ target: '/a?x=1' }).exchange, rewrite('^/a', '/b?y=2', 'permanent'))
  assert.equal((second as Reply).status, 301)
  assert.equal(locationOf(second), 'http://example.org/b?y=2&x=1')
})

test('a replacement that is a URL redirects whatever the flag', () => {
  for (const to of ['https://other.example/$1', '$scheme://other.example/$1']) {
    const outcome = runLocation(makeExchange({ target: '/a', secure: true }).exchange, rewrite('^/(.*)', to, 'last'))
    assert.equal((outcome as Reply).status, 302)
    assert.equal(locationOf(outcome), 'https://other.example/a')
  }
})

test('groups are escaped again in arguments and redirects when the client had escaped its path', () => {
  const { exchange } = makeExchange({ target: '/a%20b%26c' })
  runLocation(exchange, rewrite('^/(.*)', '/x/$1?q=$1', 'break'))
  assert.equal(exchange.uri, '/x/a b&c')
  assert.equal(exchange.args, 'q=a%20b%26c')
  const outcome = runLocation(makeExchange({ target: '/a%20b%26c' }).exchange, rewrite('^/(.*)', '/x/$1', 'redirect'))
  assert.equal(locationOf(outcome), 'http://example.org/x/a%20b&c')
})

test('a group in set is escaped when the client had escaped its path, until a rewrite has matched', () => {
  const set: ResolvedStep = { kind: 'set', variable: 'x', value: template('$1') }
  const { exchange } = makeExchange({ target: '/a%20b' })
  exchange.captures = /^\/(.*)$/.exec(exchange.uri)
  const before = runLocation(exchange, set, answer(200, '$x'))
  assert.equal((before as Reply).body, 'a%20b')
  const after = runLocation(
    makeExchange({ target: '/a%20b' }).exchange,
    rewrite('^/(.*)', '/z'),
    set,
    answer(200, '$x'),
  )
  assert.equal((after as Reply).body, 'a b')
})

test('return with a text has the type of the URI and is final', () => {
  const { exchange } = makeExchange({ target: '/page.html' })
  assert.deepEqual(runLocation(exchange, answer(404, 'gone $uri')), {
    kind: 'reply',
    status: 404,
    body: 'gone /page.html',
    type: 'text/html',
  })
  assert.deepEqual(runLocation(exchange, answer(200)), { kind: 'reply', status: 200, body: '', type: 'text/html' })
})

test('return of an error without a text leaves the page to others', () => {
  assert.deepEqual(runLocation(makeExchange().exchange, answer(503)), { kind: 'reply', status: 503 })
  assert.deepEqual(runLocation(makeExchange().exchange, answer(444)), { kind: 'reply', status: 444 })
})

test('a line break from the request never gets into a Location', () => {
  const { exchange } = makeExchange({ target: '/a%0d%0aX-Evil:%201' })
  assert.equal(
    locationOf(runLocation(exchange, answer(302, 'https://o.example$uri'))),
    'https://o.example/a%0D%0AX-Evil: 1',
  )
})

test('an empty URI is an error of the configuration, told in the log', () => {
  const { exchange, log } = makeExchange({ target: '/a' })
  assert.deepEqual(runLocation(exchange, rewrite('^', '$nothing', 'last')), { kind: 'reply', status: 500 })
  assert.match(log[0]!, /^the rewritten URI has a zero length$/)
})

test('an if that holds puts its route into the exchange and the program goes on', () => {
  const compile = makeCompile()
  const step = compileLocationRewrite([when('$arg_a'), when('$arg_b'), answer(200, 'end')], defaults, compile)!
  const both = makeExchange({ target: '/?a=1&b=1' }).exchange
  assert.equal((step(both) as Reply).body, 'end')
  assert.equal(both.route, compile.routes[1])
  const first = makeExchange({ target: '/?a=1&b=0' }).exchange
  void step(first)
  assert.equal(first.route, compile.routes[0])
})

test('statements of an if that does not hold are jumped over, nested ones too', () => {
  const { exchange } = makeExchange({ target: '/?a=0&b=1' })
  const outcome = runLocation(exchange, when('$arg_a', when('$arg_b', answer(403)), answer(404)), answer(200, 'ok'))
  assert.equal((outcome as Reply).status, 200)
})

test('settings of an if that held count for what is answered after it', () => {
  const typed = { ...when('1'), settings: { ...defaults, defaultType: 'application/json' } } as ResolvedStep
  assert.equal((runLocation(makeExchange().exchange, typed, answer(200, '{}')) as Reply).type, 'application/json')
})

test('an if of a server makes no route', () => {
  const compile = makeCompile()
  const step = compileServerRewrite([when('1', answer(403))], defaults, compile)!
  assert.equal((step(makeExchange().exchange) as Reply).status, 403)
  assert.equal(compile.routes.length, 0)
})

test('an if that looks at a file waits for the system and goes on', async () => {
  const look = (path: string, kind: 'file' | 'directory', negated: boolean): ResolvedStep => ({
    kind: 'if',
    condition: { kind: 'path', test: kind, path: template(path), negated },
    steps: [answer(403)],
    settings: defaults,
    content: null,
  })
  const here = import.meta.filename
  const run = async (step: ResolvedStep): Promise<number> => {
    const outcome = await compileLocationRewrite([step, answer(200, '')], defaults, makeCompile())!(
      makeExchange().exchange,
    )
    return (outcome as Reply).status
  }
  assert.equal(await run(look(here, 'file', false)), 403)
  assert.equal(await run(look(here, 'directory', false)), 200)
  assert.equal(await run(look(`${here}.gone`, 'file', true)), 403)
  assert.equal(await run(look('/with\0nul', 'file', false)), 200)
})
