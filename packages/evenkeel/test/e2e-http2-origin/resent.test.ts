/** Requests that are still coming when an origin says that it has not looked at them: sent again if all of it is here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CANCEL, frameTypes as types, INTERNAL_ERROR, NO_ERROR, REFUSED_STREAM } from '../../src/wire/http2/codes.ts'
import { goawayFrame, rstFrame } from '../../src/wire/http2/frame-writer.ts'
import { headersFrames } from '../../src/wire/http2/frame-writer.ts'
import { block, type Http2Client } from '../e2e-http2/client.ts'
import { connect, type Connection } from '../scenario/connection.ts'
import { until } from '../scenario/wait.ts'
import { next, noneCame, proxy } from './stage.ts'

const respond = (origin: Http2Client, stream: number): Http2Client =>
  origin.send(headersFrames(block([[':status', '201']]), stream, true, 16_384))

const textOf = (origin: Http2Client, stream: number): string =>
  origin.frames
    .filter(({ type, stream: of }) => type === types.data && of === stream)
    .map(({ payload }) => payload.toString('latin1'))
    .join('')

const came = (origin: Http2Client, stream: number, text: string): Promise<true> =>
  until(
    () => `"${text}"; there came "${textOf(origin, stream)}"`,
    () => textOf(origin, stream) === text || undefined,
    4000,
  )

/** A request whose body has begun, as an origin sees it that is good for two streams. */
async function begun(body: string): Promise<{ client: Connection; origin: Http2Client }> {
  const first = await connect(proxy.port('main'))
  first.send('GET /flow/first HTTP/1.1\r\nHost: a\r\n\r\n')
  const origin = await next()
  await origin.head(1)
  const client = await connect(proxy.port('main'))
  client.send(`POST /flow/call HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`)
  client.send(`${body.length.toString(16)}\r\n${body}\r\n`)
  await origin.head(3)
  await came(origin, 3, body)
  respond(origin, 1)
  assert.equal((await first.readResponse()).status, 201)
  first.close()
  return { client, origin }
}

for (const [how, frames] of [
  ['RST_STREAM', rstFrame(3, REFUSED_STREAM)],
  ['GOAWAY', goawayFrame(1, NO_ERROR)],
] as const) {
  test(`a body that is still coming is sent again from its beginning after ${how}, and then goes on`, async () => {
    const { client, origin } = await begun('beginning')
    origin.send(frames)
    const second = await next()
    assert.equal((await second.head(1)).get(':path'), '/flow/call')
    await came(second, 1, 'beginning')
    client.send('4\r\n, go\r\n')
    await came(second, 1, 'beginning, go')
    client.send('4\r\n, on\r\n0\r\n\r\n')
    await came(second, 1, 'beginning, go, on')
    respond(second, 1)
    assert.equal((await client.readResponse()).status, 201)
    client.close()
    second.connection.close()
    origin.connection.close()
  })
}

test('one that was sent whole is sent again whole', async () => {
  const { client, origin } = await begun('beginning')
  client.send('4\r\n end\r\n0\r\n\r\n')
  await came(origin, 3, 'beginning end')
  origin.send(rstFrame(3, REFUSED_STREAM))
  const second = await next()
  await second.head(1)
  await came(second, 1, 'beginning end')
  respond(second, 1)
  assert.equal((await client.readResponse()).status, 201)
  client.close()
  second.connection.close()
  origin.connection.close()
})

for (const [what, body, code] of [
  ['a body longer than what is kept of it', 'x'.repeat(2000), REFUSED_STREAM],
  ['one that the origin may have looked at', 'beginning', CANCEL],
  ['one that an error of the origin met', 'beginning', INTERNAL_ERROR],
] as const) {
  test(`${what} is not sent again`, async () => {
    const { client, origin } = await begun(body)
    origin.send(rstFrame(3, code))
    assert.equal((await client.readResponse()).status, 502)
    assert.ok(noneCame())
    client.close()
    origin.connection.close()
  })
}
