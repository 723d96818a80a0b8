import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect, type Connection } from '../scenario/connection.ts'
import { startOrigin, type Origin } from '../scenario/origin.ts'
import { until } from '../scenario/wait.ts'
import { openSite, type Site } from './site.ts'

const upgrade = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']
const accepted =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'

describe('a chat over WebSocket', () => {
  let site: Site
  let origins: Origin[]
  const taken = [0, 0]
  before(async () => {
    origins = [await startOrigin(), await startOrigin()]
    site = await openSite('websocket.conf', { origins: { one: origins[0]!.port, two: origins[1]!.port } })
  })
  after(async () => {
    await site?.[Symbol.asyncDispose]()
    for (const origin of origins) await origin[Symbol.asyncDispose]()
  })

  /** The origin's side of a request, whichever origin it went to. */
  async function arrival(): Promise<{ upstream: Connection; index: number }> {
    const index = await until(
      () => 'a connection to one of the origins',
      () => {
        const found = origins.findIndex((origin, at) => origin.accepted > taken[at]!)
        return found < 0 ? undefined : found
      },
    )
    taken[index]!++
    return { upstream: await origins[index]!.accept(), index }
  }

  test('a socket is opened, and messages pass both ways, also those sent with the handshake', async () => {
    await using client = await connect(site.proxy.port('http'))
    client.send(get('/socket?room=1', ...upgrade) + '\x81\x85abcdhello')
    const { upstream } = await arrival()
    const request = await upstream.receive()
    assert.equal(request.get('upgrade'), 'websocket')
    assert.equal(request.get('connection'), 'upgrade')
    assert.equal(request.get('x-forwarded-for'), '127.0.0.1')
    upstream.send(accepted + '\x81\x02hi')
    assert.equal((await client.readResponse()).status, 101)
    await client.expect('\x81\x02hi')
    await upstream.expect('\x81\x85abcdhello')
    client.send('\x81\x80more')
    await upstream.expect('\x81\x80more')
    upstream.send('\x88\x00').end()
    await client.expect('\x88\x00')
    await client.expectClose()
    client.end()
    assert.match((await site.proxy.accessLog(1)).at(-1)!, /"GET \/socket\?room=1 HTTP\/1.1" 101 \d+ 127/)
  })

  test('a server that refuses the socket is heard, and the connection goes on', async () => {
    await using client = await connect(site.proxy.port('http'))
    client.send(get('/socket', ...upgrade))
    const { upstream } = await arrival()
    await upstream.receive()
    upstream.send('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno').close()
    assert.equal((await client.readResponse()).status, 401)
    client.send(get('/'))
    const next = await arrival()
    const request = await next.upstream.receive()
    // Not an upgrade any more: the connection to the server may be kept.
    assert.equal(request.get('upgrade'), undefined)
    assert.equal(request.get('connection'), undefined)
    next.upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok').close()
    assert.equal((await client.readResponse()).text, 'ok')
  })

  test('events arrive one by one as they are sent', async () => {
    await using client = await connect(site.proxy.port('http'))
    client.send(get('/events', 'Accept: text/event-stream'))
    const { upstream } = await arrival()
    await upstream.receive()
    upstream.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n')
    await client.readHead()
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      upstream.send(event)
      await client.expect(new RegExp(event))
    }
    upstream.close()
    await client.expect(/0\r\n\r\n/)
  })

  test('a session stays with its server, and sessions are on both', async () => {
    const serverOf = async (session: string): Promise<number> => {
      const answer = ask(site.proxy.port('http'), get('/', `Cookie: sid=${session}`, 'Connection: close'))
      const { upstream, index } = await arrival()
      await upstream.receive()
      upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n').close()
      await answer
      return index
    }
    const seen = new Set<number>()
    // Where the hash puts them depends on the ports: of sixty some are with each.
    for (let session = 0; session < 60 && seen.size < 2; session++) {
      const first = await serverOf(`s${session}`)
      assert.equal(await serverOf(`s${session}`), first)
      seen.add(first)
    }
    assert.deepEqual([...seen].toSorted(), [0, 1])
  })
})
