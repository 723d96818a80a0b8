import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib'
import * as fc from 'fast-check'
import { failure } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import { ResponseHead, UNKNOWN_LENGTH } from '../../exchange/head.ts'
import type { Source } from '../../exchange/sink.ts'
import { compressionDefaults, type CompressionSettings } from '../../model/settings/compression-settings.ts'
import { compileCompression } from './compression.ts'
import { makeCompile, makeExchange, pattern, type Asked, type TestExchange } from '../exchange.fixture.ts'
import { compileGunzip } from './gunzip.ts'

const everything: Partial<CompressionSettings> = { gzip: true, brotli: true, zstd: true }
const decoders: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
}

class CountingSource implements Source {
  paused = 0
  resumed = 0
  cancelled = 0
  onResume: () => void = () => {}
  pause(): void {
    this.paused++
  }
  resume(): void {
    this.resumed++
    this.onResume()
  }
  cancel(): void {
    this.cancelled++
  }
}

interface Answer {
  readonly status?: number
  readonly length?: number
  readonly fields?: Readonly<Record<string, string>>
}

function begin(settings: Partial<CompressionSettings>, asked: Asked, answer: Answer = {}) {
  const made: TestExchange = makeExchange({ ...asked, fields: { 'Accept-Encoding': 'gzip', ...asked.fields } })
  const compression = compileCompression({ ...compressionDefaults, ...settings }, makeCompile())!
  const filter = compression.filter(made.exchange, made.sink)
  const fields = new Fields()
  for (const [name, value] of Object.entries({ 'Content-Type': 'text/html', ETag: '"x"', ...answer.fields }))
    if (value !== '') fields.add(name, value)
  const source = new CountingSource()
  made.exchange.work = source
  filter.head(new ResponseHead(answer.status ?? 200, fields, answer.length ?? UNKNOWN_LENGTH), source)
  return { ...made, filter, source }
}

async function whole(settings: Partial<CompressionSettings>, asked: Asked, parts: readonly Uint8Array[]) {
  const { filter, sink } = begin(settings, asked)
  for (const part of parts) filter.body(part)
  filter.end()
  await sink.settled
  return { head: sink.response!, bytes: Buffer.concat(sink.parts) }
}

for (const [name, decode] of Object.entries(decoders)) {
  test(`${name}: what comes out decodes to what went in, however it was cut and flushed`, async () => {
    const piece = fc.tuple(fc.uint8Array({ maxLength: 20_000 }), fc.boolean())
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async pieces => {
        const { filter, sink } = begin(everything, { fields: { 'Accept-Encoding': name } })
        for (const [part, flushed] of pieces) {
          const given = Buffer.from(part)
          filter.body(given)
          // Bytes are the sender's again after the call.
          given.fill(0)
          if (flushed) filter.flush()
        }
        filter.end()
        await sink.settled
        const wanted = Buffer.concat(pieces.map(([part]) => part))
        assert.equal(decode(Buffer.concat(sink.parts)).equals(wanted), true)
        assert.equal(sink.response!.fields.get('Content-Encoding'), name)
      }),
      { numRuns: 40 },
    )
  })
}

test('a body that is here at once keeps a length; a longer one does not', async () => {
  const small = await whole({ gzip: true }, {}, [Buffer.from('a'.repeat(500))])
  assert.equal(small.head.length, small.bytes.length)
  const long = await whole({ gzip: true }, {}, [Buffer.from('a'.repeat(100_000))])
  assert.equal(long.head.length, UNKNOWN_LENGTH)
  assert.equal(gunzipSync(long.bytes).length, 100_000)
})

test('a coded answer has a weak tag, no ranges, and says what it depends on', async () => {
  const settings = { gzip: true, gzipVary: true }
  const { sink, filter } = begin(settings, {}, { fields: { 'Accept-Ranges': 'bytes', Vary: 'Cookie' } })
  filter.body(Buffer.from('text'))
  filter.end()
  await sink.settled
  const { fields } = sink.response!
  assert.deepEqual(
    [fields.get('ETag'), fields.get('Accept-Ranges'), fields.getAll('Vary')],
    ['W/"x"', undefined, ['Cookie', 'Accept-Encoding']],
  )
})

for (const [what, settings, asked, answer, vary] of [
  ['a client that does not take it', {}, { fields: { 'Accept-Encoding': 'br' } }, {}, true],
  ['HTTP/1.0', {}, { version: 10 }, {}, true],
  ['HEAD', {}, { method: 'HEAD' }, {}, false],
  ['another type', {}, {}, { fields: { 'Content-Type': 'text/plain' } }, false],
  ['no type', {}, {}, { fields: { 'Content-Type': '' } }, false],
  ['a short answer', {}, {}, { length: 19 }, false],
  ['an answer that is coded', {}, {}, { fields: { 'Content-Encoding': 'br' } }, false],
  ['a part', {}, {}, { status: 206 }, true],
  ['a redirect', {}, {}, { status: 302 }, false],
  ['an answer that must not be transformed', {}, {}, { fields: { 'Cache-Control': 'public, No-Transform' } }, false],
  ['a request that came through a proxy', {}, { fields: { Via: '1.1 x' } }, {}, true],
  ['an agent that is named', { gzipDisable: [pattern('^Old')] }, { fields: { 'User-Agent': 'Older' } }, {}, true],
  [
    'an old browser',
    { gzipDisable: ['msie6'] },
    { fields: { 'User-Agent': 'Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)' } },
    {},
    true,
  ],
  [
    'what a proxy may not be given',
    { gzipProxied: ['no-store'] },
    { fields: { Via: '1.1 x' } },
    { fields: { 'Cache-Control': 'max-age=1' } },
    true,
  ],
] as const) {
  test(`nothing is coded for ${what}`, () => {
    const all = { gzip: true, gzipVary: true, ...settings } as Partial<CompressionSettings>
    const { sink, filter } = begin(all, asked as Asked, answer)
    filter.body(Buffer.from('plain'))
    filter.end()
    const { fields } = sink.response!
    const coding = 'Content-Encoding' in ('fields' in answer ? answer.fields : {}) ? 'br' : undefined
    assert.deepEqual([sink.text, fields.get('Content-Encoding'), fields.get('ETag')], ['plain', coding, '"x"'])
    assert.equal(fields.has('Vary'), vary)
  })
}

for (const [rules, fields] of [
  [['any'], {}],
  [['no-store', 'private'], { 'Cache-Control': 'max-age=1, private="x"' }],
  [['expired'], { Expires: 'Thu, 01 Jan 1970 00:00:01 GMT' }],
  [['no_etag'], { ETag: '' }],
  [['no_last_modified'], { ETag: '' }],
] as const) {
  test(`gzip_proxied ${rules.join(' ')} lets an answer with ${JSON.stringify(fields)} be coded`, async () => {
    const asked = { fields: { Via: '1.1 x' } }
    const { sink, filter } = begin({ gzip: true, gzipProxied: rules }, asked, { fields })
    filter.end()
    await sink.settled
    assert.equal(sink.response!.fields.get('Content-Encoding'), 'gzip')
  })
}

test('each flush lets the client read all there is', async () => {
  const { filter, sink } = begin({ gzip: true }, {})
  let readable = ''
  for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
    const { promise, resolve } = Promise.withResolvers<void>()
    sink.flush = () => sink.parts.length > 0 && resolve()
    sink.onBody = () => true
    filter.body(Buffer.from(event))
    filter.flush()
    await promise
    readable += event
    const got = gunzipSync(Buffer.concat(sink.parts), { finishFlush: 2 }).toString()
    // The first flush tells of the head; what it brought may be in the next one.
    assert.equal(readable.startsWith(got), true)
  }
  filter.end()
  await sink.settled
  assert.equal(gunzipSync(Buffer.concat(sink.parts)).toString(), readable)
})

test('a client that does not take it stops the sender, and nothing is lost when it goes on', async () => {
  const { filter, sink, source } = begin({ gzip: true }, {})
  const noise = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 0xff))
  let given = 0
  const give = (): void => {
    while (given < 40) {
      given++
      if (!filter.body(noise)) return
    }
    if (given++ === 40) filter.end()
  }
  source.onResume = give
  let taken = 0
  // Every part is refused, and asked for again a turn later.
  sink.onBody = () => {
    taken++
    setImmediate(() => sink.source!.resume())
    return false
  }
  give()
  assert.equal(given < 40, true, 'the sender was never stopped')
  await sink.settled
  assert.equal(taken > 5, true, `${taken} parts`)
  assert.equal(gunzipSync(Buffer.concat(sink.parts)).length, 40 * noise.length)
})

test('a client that leaves takes the compressor along: the sender is told, and nothing comes any more', async () => {
  const { exchange, filter, sink, source } = begin({ gzip: true }, {}, { length: 1_000_000 })
  filter.body(Buffer.alloc(100_000, 'x'))
  exchange.work!.cancel(failure('client_gone'))
  assert.equal(source.cancelled, 1)
  const before = sink.parts.length
  assert.equal(filter.body(Buffer.alloc(10)), true)
  filter.flush()
  filter.end()
  await new Promise(done => setTimeout(done, 20))
  assert.deepEqual([sink.parts.length, sink.ended], [before, false])
})

test('an answer that breaks off is broken off for the client, too', () => {
  for (const length of [100, 1_000_000]) {
    const { filter, sink } = begin({ gzip: true }, {}, { length })
    filter.body(Buffer.from('start'))
    filter.abort(failure('truncated_response'))
    assert.deepEqual([sink.failure?.code, sink.ended], ['truncated_response', false])
  }
})

async function gunzipped(bytes: readonly Uint8Array[], accepted: string) {
  const { exchange, sink } = makeExchange({ fields: { 'Accept-Encoding': accepted } })
  const filter = compileGunzip({ ...compressionDefaults, gunzip: true }, makeCompile())!.filter(exchange, sink)
  const fields = new Fields()
  fields.add('Content-Encoding', 'gzip')
  filter.head(new ResponseHead(200, fields, UNKNOWN_LENGTH), new CountingSource())
  for (const part of bytes) filter.body(part)
  filter.end()
  await sink.settled
  return sink
}

test('gunzip decodes for clients that do not take gzip, wherever the bytes are cut', async () => {
  const text = 'hello, '.repeat(100)
  const coded = gzipSync(text)
  const sink = await gunzipped(
    Array.from(coded, (_, i) => coded.subarray(i, i + 1)),
    'br',
  )
  assert.deepEqual([sink.text, sink.response!.fields.has('Content-Encoding')], [text, false])
  const kept = await gunzipped([coded], 'gzip')
  assert.deepEqual([kept.parts[0]!.equals(coded), kept.response!.fields.get('Content-Encoding')], [true, 'gzip'])
})

test('what is not gzip, or not all of it, is seen to be broken', async () => {
  const coded = gzipSync('hello')
  for (const bytes of [[coded.subarray(0, 15)], [Buffer.from('no gzip at all')], [Buffer.alloc(0)]]) {
    const sink = await gunzipped(bytes, '')
    if (bytes[0]!.length > 0) assert.deepEqual([sink.failure?.code, sink.ended], ['undecodable_response', false])
  }
})
