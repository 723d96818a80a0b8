/**
 * What the cases of conformance stand on: a server that answers by itself and one behind it, and the three ways in which a
 * case may come out. An error of the connection is a GOAWAY and the end of it; an error of a stream a RST_STREAM (an answer
 * may come before it).
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { frameTypes as types } from '../../src/wire/http2/codes.ts'
import { headersFrames } from '../../src/wire/http2/frame-writer.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { block, Http2Client, request, type Fields } from './client.ts'

export const proxy: Proxied = await startProxy({
  config: ports => `
server {
  listen 127.0.0.1:${ports['main']};
  http2 on;
  http2_max_concurrent_streams 10;
  location / { return 200 "0123456789"; }
  location /body { client_max_body_size 10m; proxy_pass http://127.0.0.1:${ports['main']}; }
}`,
})
after(() => proxy[Symbol.asyncDispose]())

export const open = (settings?: readonly (readonly [number, number])[]): Promise<Http2Client> =>
  Http2Client.open(proxy.port('main'), settings)

export const END_STREAM = 1
export const END_HEADERS = 4
export const PADDED = 8
export const PRIORITY = 32

/** Header blocks: a GET that is answered here, and a POST that somebody else answers. */
export const get: string = block(request())
export const post = (more: Fields = []): string => block(request('/body', 'POST', more))

/** HEADERS, that is all of the request unless told otherwise. */
export const headers = (stream: number, end = true, fields: string = get): string =>
  headersFrames(fields, stream, end, 16_384)

/** Frames that are taken, and answered where they are a request on stream 1. */
export function allowed(rows: readonly (readonly [section: string, what: string, frames: string])[]): void {
  for (const [section, what, frames] of rows) {
    void test(`${section}: ${what} is fine`, async () => {
      const client = (await open()).send(frames)
      await client.ping()
      const stream = 101
      client.send(headers(stream))
      assert.equal((await client.answer(stream)).body, '0123456789')
      if (client.frames.some(({ stream: of, type }) => of === 1 && type === types.headers)) await client.answer(1)
      client.connection.close()
    })
  }
}

type Wrong = readonly (readonly [section: string, what: string, frames: string, code: number])[]

export function connectionErrors(rows: Wrong): void {
  for (const [section, what, frames, code] of rows) {
    void test(`${section}: ${what} ends the connection`, async () => {
      const client = (await open()).send(frames)
      assert.equal((await client.goaway()).code, code)
      await client.ended()
      client.connection.close()
    })
  }
}

export function streamErrors(rows: Wrong): void {
  for (const [section, what, frames, code] of rows) {
    void test(`${section}: ${what} costs the stream`, async () => {
      const client = (await open()).send(frames)
      assert.equal(await client.reset(1), code)
      await client.ping()
      client.connection.close()
    })

    void test(`${section}: ${what} costs the stream, byte by byte as well`, async () => {
      const client = await open()
      for (let at = 0; at < frames.length; at += 5) {
        client.send(frames.slice(at, at + 5))
        await new Promise(resolve => setImmediate(resolve))
      }
      assert.equal(await client.reset(1), code)
      client.connection.close()
    })
  }
}

/** Frames on a stream whose request was answered. */
export async function answered(): Promise<Http2Client> {
  const client = (await open()).send(headers(1))
  await client.answer(1)
  return client
}
