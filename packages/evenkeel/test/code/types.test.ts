/**
 * What must compile does, and what must not does not: `@ts-expect-error` fails the check of types where the line below
 * it is no error. At run time the same mistakes are told with their line.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCode } from '../../src/config/code/read.ts'
import { defineConfig, type Config } from '../../src/index.ts'

const problems = (config: unknown): string[] =>
  readCode(config, { path: 'x.ts' }).problems.map(({ message }) => message)

test('the smallest balancer', () => {
  const config = defineConfig({
    upstreams: { web: { servers: ['127.0.0.1:3001', '127.0.0.1:3002'] } },
    servers: [{ listen: '127.0.0.1:8080', locations: { '/': { proxyPass: 'web' } } }],
  })
  const { model, problems } = readCode(config, { path: 'x.ts' })
  assert.deepEqual(problems, [])
  assert.equal(model?.http?.upstreams[0]?.servers.length, 2)
})

test('a misspelt upstream, directive, time or word', () => {
  const bad = defineConfig({
    upstreams: { web: { servers: ['127.0.0.1:1'] } },
    // @ts-expect-error a time has a unit
    sendTimeout: '5 parsecs',
    // @ts-expect-error on or off is true or false
    etag: 'yes',
    servers: [
      {
        listen: 80,
        locations: {
          // @ts-expect-error there is no such upstream
          '/': { proxyPass: 'bakend' },
          '/a': {
            // @ts-expect-error there is no such directive
            proxyPas: 'web',
          },
          // @ts-expect-error this stands in a server, not in a location
          '/b': { listen: 81 },
        },
      },
    ],
  })
  const found = problems(bad)
  for (const wanted of [
    /"send_timeout" directive invalid value/,
    /invalid value "yes" in "etag"/,
    /unknown directive "proxy_pas"/,
    /"listen" directive is not allowed here/,
  ]) {
    assert.ok(
      found.some(message => wanted.test(message)),
      `${String(wanted)} in ${found.join('\n')}`,
    )
  }
})

test('URLs and variables may be passed to, upstreams need none', () => {
  const config: Config<never> = defineConfig({
    servers: [
      { listen: 80, locations: { '/': { proxyPass: 'http://127.0.0.1:1' }, '/v': { proxyPass: '$scheme://$host' } } },
    ],
  })
  assert.deepEqual(problems({ ...config, resolver: '127.0.0.1' }), [])
})
