import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeExchange } from '../exchange.fixture.ts'
import { compileRealip } from './realip.ts'

interface Case {
  readonly from?: readonly string[]
  readonly header?: string
  readonly recursive?: boolean
  readonly fields?: Readonly<Record<string, string>>
  readonly remoteAddress?: string
  readonly proxied?: string
}

function seen({ from = ['10.0.0.0/8'], header = 'x-forwarded-for', recursive = false, ...asked }: Case): string {
  const { exchange } = makeExchange({ remoteAddress: '10.0.0.1', ...asked })
  if (asked.proxied !== undefined) {
    const proxied = { remoteAddress: asked.proxied, remotePort: 4711, localAddress: '', localPort: 0 }
    Object.assign(exchange.connection, { proxied })
  }
  const step = compileRealip({ realIpFrom: from, realIpHeader: header, realIpRecursive: recursive })
  assert.equal(step?.(exchange), undefined)
  return `${exchange.remoteAddress} ${exchange.remotePort}`
}

test('nobody is believed who was not named', () => {
  assert.equal(compileRealip({ realIpFrom: [], realIpHeader: 'x-real-ip', realIpRecursive: false }), null)
  const fields = { 'X-Forwarded-For': '192.0.2.1' }
  assert.equal(seen({ fields, remoteAddress: '11.0.0.1' }), '11.0.0.1 40000')
  assert.equal(seen({ fields, remoteAddress: 'unix:' }), 'unix: 40000')
  assert.equal(seen({ fields, remoteAddress: 'unix:', from: ['unix:'] }), '192.0.2.1 0')
})

test('the address comes from the field that is named, with its port', () => {
  assert.equal(seen({ fields: { 'X-Real-IP': '192.0.2.1:99' }, header: 'x-real-ip' }), '192.0.2.1 99')
  assert.equal(seen({ fields: { 'X-Real-IP': '192.0.2.1' } }), '10.0.0.1 40000')
  assert.equal(seen({ header: 'proxy_protocol', proxied: '2001:db8::7' }), '2001:db8::7 4711')
  assert.equal(seen({ header: 'proxy_protocol' }), '10.0.0.1 40000')
})

test('a second run changes nothing that the first one found', () => {
  const { exchange } = makeExchange({ remoteAddress: '10.0.0.1', fields: { 'X-Real-IP': '10.0.0.2', B: '192.0.2.2' } })
  void compileRealip({ realIpFrom: ['10.0.0.0/8'], realIpHeader: 'x-real-ip', realIpRecursive: false })?.(exchange)
  void compileRealip({ realIpFrom: ['10.0.0.0/8'], realIpHeader: 'b', realIpRecursive: false })?.(exchange)
  assert.equal(exchange.remoteAddress, '10.0.0.2')
})
