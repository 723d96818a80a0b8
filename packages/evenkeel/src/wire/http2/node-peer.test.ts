/** Held against Node's own HTTP/2 (nghttp2) as the other side: what it writes we read as it meant it, and the reverse. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type ClientHttp2Session } from 'node:http2'
import { type Duplex, duplexPair } from 'node:stream'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { NO_ERROR, type ErrorCode } from './codes.ts'
import { FrameReader, type FrameTaker } from './frame-reader.ts'
import { clientPreface, frameHead, headersFrames, settingsFrame, SETTINGS_ACK } from './frame-writer.ts'
import { HpackDecoder, HuffmanScratch } from './hpack-decoder.ts'
import { encodeField, statusField } from './hpack-encoder.ts'

type Pair = [name: string, value: string]

/** Takes messages, and tells their fields and bodies. */
class Messages implements FrameTaker {
  readonly fields = new Map<number, Pair[]>()
  readonly bodies = new Map<number, string>()
  readonly ended: number[] = []
  readonly #decoder = new HpackDecoder(4096, new HuffmanScratch())
  #stream = 0
  #ends = false

  headers(stream: number, endStream: boolean, bytes: Buffer, start: number, end: number): ErrorCode {
    const fields: Pair[] = []
    this.fields.set(stream, fields)
    if (endStream) this.ended.push(stream)
    return this.#decoder.decode(bytes, start, end, { field: ({ name, value }) => fields.push([name, value]) })
  }
  dataBegins(stream: number, _size: number, _padding: number, endStream: boolean): ErrorCode {
    this.#stream = stream
    this.#ends = endStream
    return NO_ERROR
  }
  dataPart(bytes: Buffer, start: number, end: number): ErrorCode {
    this.bodies.set(this.#stream, (this.bodies.get(this.#stream) ?? '') + bytes.toString('latin1', start, end))
    return NO_ERROR
  }
  dataEnds(): ErrorCode {
    if (this.#ends) this.ended.push(this.#stream)
    return NO_ERROR
  }
  reset(): ErrorCode {
    return NO_ERROR
  }
  settings(): ErrorCode {
    return NO_ERROR
  }
  settingsTaken(): ErrorCode {
    return NO_ERROR
  }
  ping(): ErrorCode {
    return NO_ERROR
  }
  pingAnswered(): ErrorCode {
    return NO_ERROR
  }
  goaway(): ErrorCode {
    return NO_ERROR
  }
  windowUpdate(): ErrorCode {
    return NO_ERROR
  }
  ignored(): ErrorCode {
    return NO_ERROR
  }
  streamError(_stream: number, code: ErrorCode): ErrorCode {
    return code
  }
}

const limits = { maxBlockSize: 65_536, maxFrameSize: 16_384 }
const name = fc.stringMatching(/^x-[a-z0-9-]{1,20}$/)
const value = fc.stringMatching(/^[\x21-\x7e][\x20-\x7e]{0,60}[\x21-\x7e]$/)
const someFields = fc.dictionary(name, value, { maxKeys: 12 })

async function arrive(messages: Messages, streams: number): Promise<void> {
  while (messages.ended.length < streams) await new Promise(resolve => setImmediate(resolve))
}

test('requests of a Node client are read as it meant them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(someFields, { minLength: 1, maxLength: 8 }), async requests => {
      const [ours, theirs] = duplexPair()
      const messages = new Messages()
      const reader = new FrameReader(messages, { preface: true, ...limits })
      let error = NO_ERROR
      ours.on('data', (part: Buffer) => (error ||= reader.read(part, 0, part.length)))
      ours.write(settingsFrame([]) + SETTINGS_ACK, 'latin1')
      const client: ClientHttp2Session = connect('http://localhost', { createConnection: () => theirs as Duplex })
      client.on('error', () => {})
      for (const fields of requests) {
        const stream = client.request({ ':path': '/', ...fields })
        stream.on('error', () => {})
        stream.end()
      }
      await arrive(messages, requests.length)
      assert.equal(error, NO_ERROR)
      for (const [i, fields] of requests.entries()) {
        const got = messages.fields.get(i * 2 + 1)!.filter(pair => !pair[0].startsWith(':'))
        assert.deepEqual(Object.fromEntries(got), { ...fields })
      }
      client.destroy()
      ours.destroy()
    }),
    { numRuns: 30 },
  )
})

test('requests and responses that we write are understood by a Node server and client', async () => {
  await fc.assert(
    fc.asyncProperty(someFields, fc.string({ maxLength: 40_000 }), async (fields, body) => {
      const [ours, theirs] = duplexPair()
      const seen: Record<string, unknown> = {}
      const server = createServer((request, response) => {
        Object.assign(seen, request.headers)
        response.writeHead(200, fields)
        response.end(body)
      })
      server.emit('connection', theirs)
      const messages = new Messages()
      const reader = new FrameReader(messages, { preface: false, ...limits })
      let error = NO_ERROR
      ours.on('data', (part: Buffer) => (error ||= reader.read(part, 0, part.length)))
      const block = Object.entries({ ':method': 'GET', ':scheme': 'http', ':path': '/', ':authority': 'a', ...fields })
      const coded = block.map(([field, text]) => encodeField(field, text)).join('')
      ours.write(clientPreface([[4, 1 << 20]]) + SETTINGS_ACK + headersFrames(coded, 1, true, 16_384), 'latin1')
      await arrive(messages, 1)
      assert.equal(error, NO_ERROR)
      for (const [field, text] of Object.entries(fields)) assert.equal(seen[field], text)
      const got = Object.fromEntries(messages.fields.get(1)!)
      assert.equal(got[':status'], '200')
      for (const [field, text] of Object.entries(fields)) assert.equal(got[field], text)
      assert.equal(Buffer.from(messages.bodies.get(1) ?? '', 'latin1').toString(), body)
      theirs.destroy()
      ours.destroy()
    }),
    { numRuns: 30 },
  )
})

test('a response that we write is understood by a Node client', async () => {
  const [ours, theirs] = duplexPair()
  const client = connect('http://localhost', { createConnection: () => theirs as Duplex })
  const stream = client.request({ ':path': '/' })
  const messages = new Messages()
  const reader = new FrameReader(messages, { preface: true, ...limits })
  ours.on('data', (part: Buffer) => void reader.read(part, 0, part.length))
  await arrive(messages, 1)
  const interim = headersFrames(statusField(103) + encodeField('link', '</a>'), 1, false, 16_384)
  const head = headersFrames(statusField(200) + encodeField('x-long', 'y'.repeat(40_000)), 1, false, 16_384)
  const end = headersFrames(encodeField('x-trailer', 'z'), 1, true, 16_384)
  ours.write(settingsFrame([]) + SETTINGS_ACK + interim + head + frameHead(4, 0, 0, 1) + 'body' + end, 'latin1')
  let body = ''
  stream.on('data', (part: Buffer) => (body += part.toString()))
  const trailers = once(stream, 'trailers')
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
  assert.deepEqual([headers[':status'], headers['x-long']], [200, 'y'.repeat(40_000)])
  assert.equal(((await trailers) as Record<string, unknown>[])[0]!['x-trailer'], 'z')
  assert.equal(body, 'body')
  client.destroy()
  ours.destroy()
})
