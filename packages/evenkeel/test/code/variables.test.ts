/** Variables in texts of a typed configuration: unknown ones do not compile, and are told at run time as well. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCode } from '../../src/config/code/read.ts'
import { defineConfig } from '../../src/index.ts'

const problems = (config: unknown): string[] =>
  readCode(config, { path: 'x.ts' }).problems.map(({ message }) => message)

test('built-in variables, families, groups and those the configuration makes are known', () => {
  const config = defineConfig({
    upstreams: { web: { servers: ['127.0.0.1:1'], hash: ['$tenant', 'consistent'] } },
    maps: { '$http_upgrade $connection_upgrade': { default: 'upgrade', "''": 'close' } },
    setBy: { $tenant: './tenant.ts#tenant' },
    logFormat: ['timed', '$remote_addr "$request" ${status} $upstream_response_time $tenant $connection_upgrade'],
    servers: [
      {
        listen: 80,
        serverName: '~^(?<sub>.+)\\.example\\.org$',
        set: ['$own', '1'],
        directives: [['set', '$raw', 'x']],
        locations: {
          '~ ^/(?<user>[a-z]+)/$': {
            proxyPass: 'web',
            proxySetHeader: {
              Host: '$host',
              'X-User': '$user',
              'X-Sub': '${sub}!',
              'X-Own': '$own$raw',
              'X-One': '$1',
            },
          },
          '/b': { return: [200, '$arg_q $HOST costs 5 $arg_c'] },
        },
      },
    ],
  })
  assert.deepEqual(problems(config), [])
})

test('a variable that nobody makes', () => {
  const config = defineConfig({
    upstreams: { web: { servers: ['127.0.0.1:1'] } },
    servers: [
      {
        listen: 80,
        locations: {
          '/a': {
            proxyPass: 'web',
            // @ts-expect-error there is no $hots
            proxySetHeader: { Host: '$hots' },
          },
          '/b': {
            // @ts-expect-error there is no $tennant
            return: [200, 'of $tennant'],
          },
          // @ts-expect-error there is no ${nothing}
          '/c': { addHeader: ['X-A', 'b${nothing}'] },
        },
      },
    ],
  })
  const found = problems(config).join('\n')
  for (const name of ['hots', 'tennant', 'nothing']) assert.ok(found.includes(`unknown "${name}" variable`), found)
})

test('modules, methods, times and sizes', () => {
  const config = defineConfig({
    upstreams: {
      mine: { servers: ['127.0.0.1:1'], balance: './mine.ts' },
      keyed: { servers: ['127.0.0.1:1'], balance: ['./mine.ts#best', '$uri'] },
      // @ts-expect-error a module has an ending
      other: { servers: ['127.0.0.1:1'], balance: 'mine' },
      // @ts-expect-error there is no such method
      odd: { servers: ['127.0.0.1:1'], leastCon: true },
    },
    servers: [
      {
        listen: 80,
        step: ['./a.ts', ['./b.ts#c', 'timeout=1s', 'failure=skip']],
        responseStep: './stamp.ts',
        // @ts-expect-error a time
        sendTimeout: '5x',
        // @ts-expect-error a size
        clientMaxBodySize: '5q',
        locations: {
          // @ts-expect-error failure is error or skip
          '/': { step: ['./a.ts', 'failure=perhaps'] },
        },
      },
    ],
  })
  assert.equal(problems(config).length, 5)
})

test('texts that are made while it runs are checked when it is read', () => {
  const host: string = '$hots'
  const config = defineConfig({
    servers: [{ listen: 80, locations: { '/': { return: [200, host] } } }],
  })
  assert.match(problems(config).join(), /unknown "hots" variable/)
})
