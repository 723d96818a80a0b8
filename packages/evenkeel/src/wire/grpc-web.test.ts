import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Fields } from '../exchange/fields.ts'
import { Base64Reader, Base64Writer, readWebType, trailersFrame, webTypeOf } from './grpc-web.ts'

test('types are told apart', () => {
  assert.deepEqual(readWebType('application/grpc-web'), { text: false, rest: '' })
  assert.deepEqual(readWebType('application/grpc-web+proto'), { text: false, rest: '+proto' })
  assert.deepEqual(readWebType('Application/gRPC-Web-Text+proto; charset=x'), { text: true, rest: '+proto; charset=x' })
  for (const type of [
    undefined,
    '',
    'application/grpc',
    'application/grpc-webby',
    'application/grpc-web-texts',
    'text/html',
  ])
    assert.equal(readWebType(type), null)
  assert.equal(webTypeOf('application/grpc+proto', false), 'application/grpc-web+proto')
  assert.equal(webTypeOf('application/grpc', true), 'application/grpc-web-text')
  assert.equal(webTypeOf('text/html', true), null)
})

test('trailers are a frame', () => {
  const fields = new Fields()
  fields.add('Grpc-Status', '0')
  fields.add('grpc-message', '')
  const text = 'grpc-status: 0\r\ngrpc-message: \r\n'
  assert.equal(trailersFrame(fields).toString('latin1'), `\x80\0\0\0${String.fromCharCode(text.length)}${text}`)
})

test('bytes come through base64 as they were, however they are cut and wherever they are padded', () => {
  const part = fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.boolean())
  fc.assert(
    fc.property(fc.array(part), fc.integer({ min: 1, max: 9 }), (parts, cut) => {
      const writer = new Base64Writer()
      let text = ''
      for (const [bytes, flush] of parts) {
        text += writer.write(bytes).toString()
        if (flush) text += writer.rest().toString()
      }
      text += writer.rest().toString()
      const reader = new Base64Reader()
      const read: Buffer[] = []
      for (let at = 0; at < text.length; at += cut) read.push(reader.read(Buffer.from(text.slice(at, at + cut)))!)
      assert.ok(reader.whole)
      assert.deepEqual(Buffer.concat(read), Buffer.concat(parts.map(([bytes]) => bytes)))
    }),
  )
})

for (const text of ['a-b_', 'ab c', '====', 'a===', 'ab=c', 'AAAA=AAA']) {
  test(`"${text}" is no base64`, () => assert.equal(new Base64Reader().read(Buffer.from(text)), null))
}
