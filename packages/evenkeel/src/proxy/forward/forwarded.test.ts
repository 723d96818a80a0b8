import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeExchange } from '../../filter/exchange.fixture.ts'
import { template } from '../../filter/exchange.fixture.ts'
import { compileForwarded } from './forwarded.ts'

const settings = { forwarded: true, forwardedTrusted: [] as string[], proxySetHeader: [] }
const spoofed = {
  'X-Forwarded-For': '198.51.100.1',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'bank.example',
  Forwarded: 'for=198.51.100.1',
}

function told(asked: Parameters<typeof makeExchange>[0], changed: Partial<typeof settings> = {}) {
  const pairs: string[] = []
  compileForwarded({ ...settings, ...changed })!.add(makeExchange(asked).exchange, pairs)
  return Object.fromEntries(pairs.flatMap((name, i) => (i % 2 === 0 ? [[name, pairs[i + 1]]] : [])))
}

test('the origin is told of the client, the scheme and the host', () => {
  assert.deepEqual(told({ secure: true, host: 'a.example:8443' }), {
    'X-Forwarded-For': '192.0.2.7',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'a.example:8443',
    Forwarded: 'for=192.0.2.7;host="a.example:8443";proto=https',
  })
  assert.equal(told({ remoteAddress: '2001:db8::1' })['Forwarded'], 'for="[2001:db8::1]";host=example.org;proto=http')
  assert.equal(told({ remoteAddress: 'unix:', host: '' })['Forwarded'], 'for=unknown;proto=http')
})

test('what a client says of itself is dropped', () => {
  assert.deepEqual(told({ fields: spoofed }), told({}))
  assert.deepEqual(told({ fields: spoofed }, { forwardedTrusted: ['198.51.100.0/24'] }), told({}))
})

test('what a trusted proxy says is kept, and the proxy is added to it', () => {
  assert.deepEqual(told({ fields: spoofed }, { forwardedTrusted: ['192.0.2.0/24'] }), {
    'X-Forwarded-For': '198.51.100.1, 192.0.2.7',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'bank.example',
    Forwarded: 'for=198.51.100.1, for=192.0.2.7;host=example.org;proto=http',
  })
  assert.equal(
    told({ fields: spoofed, remoteAddress: 'unix:' }, { forwardedTrusted: ['unix:'] })['X-Forwarded-Proto'],
    'https',
  )
})

test('a field that proxy_set_header names is left to it', () => {
  const proxySetHeader = [{ name: 'x-forwarded-for', value: template('$remote_addr') }]
  const compiled = compileForwarded({ ...settings, proxySetHeader })!
  assert.equal(compiled.hidden.includes('X-Forwarded-For'), false)
})
