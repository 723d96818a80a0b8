import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { httpOrigin, type HttpOrigin } from '../scenario/origin.ts'
import { until } from '../scenario/wait.ts'
import { ingressConfiguration, type IngressHost } from './ingress.ts'
import { openSite, type Site } from './site.ts'

const HOSTS = 200

describe('an ingress with 200 hosts', () => {
  let site: Site
  let teams: HttpOrigin[]
  let upstreams: Record<string, string>
  const hosts: IngressHost[] = [
    { host: 'shop.example.com', upstream: 'shop-80', paths: { '/api/': 'team-1-80', '/api/v2/': 'team-2-80' } },
    { host: '*.preview.example.com', upstream: 'team-3-80' },
    ...Array.from({ length: HOSTS - 2 }, (_, i) => ({ host: `app-${i}.example.com`, upstream: `team-${i % 20}-80` })),
  ]

  before(async () => {
    teams = []
    for (let team = 0; team < 22; team++) {
      teams.push(
        await httpOrigin(({ target, get }) => {
          const told = ['host', 'x-request-id', 'x-forwarded-for', 'x-forwarded-proto', 'proxy'].map(get)
          return { body: `${team} ${target} ${told.join(' ')}` }
        }),
      )
    }
    upstreams = Object.fromEntries(teams.slice(0, 20).map((team, i) => [`team-${i}-80`, team.address]))
    upstreams['shop-80'] = teams[20]!.address
    upstreams['shop-canary-80'] = teams[21]!.address
    site = await openSite(ingressConfiguration(hosts, upstreams), { origins: {}, workers: 2 })
  })
  after(async () => {
    await site?.[Symbol.asyncDispose]()
    for (const team of teams) await team[Symbol.asyncDispose]()
  })

  test('each host goes to its own team', async () => {
    for (let i = 0; i < HOSTS - 2; i += 7) {
      const answer = await site.ask(
        `app-${i}.example.com`,
        '/x',
        'X-Request-ID: r1',
        'Proxy: evil',
        'X-Forwarded-For: 1.1.1.1',
      )
      assert.equal(answer.text, `${i % 20} /x app-${i}.example.com r1 127.0.0.1 http `)
    }
  })

  test('the longest path wins, and a name below a wildcard is found', async () => {
    const team = async (host: string, path: string): Promise<string> => (await site.ask(host, path)).text.split(' ')[0]!
    assert.equal(await team('shop.example.com', '/api/users'), '1')
    assert.equal(await team('shop.example.com', '/api/v2/users'), '2')
    assert.equal(await team('shop.example.com', '/apifoo'), '20')
    assert.equal(await team('PR-17.preview.example.com:80', '/'), '3')
  })

  test('the canary is only for who asks for it', async () => {
    assert.match((await site.ask('shop.example.com', '/', 'X-Canary: always')).text, /^21 /)
    assert.match((await site.ask('shop.example.com', '/', 'X-Canary: maybe')).text, /^20 /)
  })

  test('a host that nobody declared is not found, and the controller can ask whether it lives', async () => {
    assert.equal((await site.ask('other.example.com', '/')).status, 404)
    assert.equal((await site.ask('10.0.0.1', '/healthz')).status, 200)
  })

  test('the log says which team answered', async () => {
    await site.ask('app-3.example.com', '/logged', 'X-Request-ID: find-me')
    const line = await until(
      () => 'the line',
      async () => (await site.proxy.accessLog()).find(one => one.endsWith('find-me')),
    )
    assert.match(
      line,
      /"GET \/logged HTTP\/1.1" 200 .* \[team-3-80\] \[\] 127\.0\.0\.1:\d+ \d+ \d+\.\d{3} 200 find-me$/,
    )
  })

  test('a host more is there after a reload, and nobody notices', async () => {
    const more = [...hosts, { host: 'new.example.com', upstream: 'team-5-80' }]
    const text = ingressConfiguration(more, upstreams)
    site.proxy.configure(ports => text.replaceAll('{{http}}', String(ports['http'])))
    site.proxy.signal('HUP')
    await until(
      () => 'the new host',
      async () => {
        assert.equal((await site.ask('app-9.example.com', '/')).status, 200)
        const answer = await site.ask('new.example.com', '/')
        return answer.status === 200 ? answer : undefined
      },
    )
  })
})
