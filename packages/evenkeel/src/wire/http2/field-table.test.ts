import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { NO_ERROR } from './codes.ts'
import { CodeRoom, FieldTable } from './field-table.ts'
import { HpackDecoder, HuffmanScratch } from './hpack-decoder.ts'
import { FieldEncoder } from './hpack-encoder.ts'

type Said = readonly (readonly [name: string, value: string])[]

/** Both ends of a connection: what is written is read again by a decoder that remembers as it is told. */
class Ends {
  readonly encoder = new FieldEncoder()
  readonly table = new FieldTable(new CodeRoom())
  readonly #decoder: HpackDecoder

  constructor(tableSize = 4096) {
    this.#decoder = new HpackDecoder(tableSize, new HuffmanScratch())
  }

  /** The block as it went out; it has to be read as it was meant. */
  send(fields: Said): string {
    const block =
      this.table.begin() + fields.map(([name, value]) => this.table.field(this.encoder.name(name), value)).join('')
    const read: [string, string][] = []
    const bytes = Buffer.from(block, 'latin1')
    const code = this.#decoder.decode(bytes, 0, bytes.length, {
      field: ({ name, value }) => read.push([name, value]),
    })
    assert.equal(code, NO_ERROR)
    assert.deepEqual(read, fields)
    return block
  }
}

test('a field said again is one byte', () => {
  const ends = new Ends()
  const first = ends.send([['content-type', 'text/html']])
  assert.ok(first.length < 'text/html'.length + 2, 'coded')
  assert.equal(ends.send([['content-type', 'text/html']]).length, 1)
  assert.ok(ends.send([['content-type', 'text/css']]).length > 1)
})

test('what is about one person or one response is never remembered', () => {
  const ends = new Ends()
  for (const name of ['set-cookie', 'etag', 'content-range', 'Authorization']) {
    const said: Said = [[name.toLowerCase(), 'abcdefgh']]
    assert.equal(ends.send(said).length, ends.send(said).length, name)
  }
  assert.equal(ends.send([['x', 'y'.repeat(300)]]).length, ends.send([['x', 'y'.repeat(300)]]).length)
})

test('a name whose values keep changing is not tried for ever', () => {
  const ends = new Ends()
  ends.send([['server', 'evenkeel']])
  for (let i = 0; i < 1000; i++) ends.send([['x-request-id', `request ${i}`]])
  assert.equal(ends.send([['server', 'evenkeel']]).length, 1, 'it was not pushed out')
})

test('a table that is made smaller is told so, and one that was in between', () => {
  const ends = new Ends()
  ends.send([['a', 'value']])
  ends.table.allow(0, 0)
  assert.equal(ends.send([['a', 'value']]).charCodeAt(0), 0x20)
  ends.table.allow(4096, 4096)
  ends.send([['a', 'value']])
  assert.equal(ends.send([['a', 'value']]).length, 1)
  ends.table.allow(2000, 0)
  assert.ok(ends.send([['a', 'value']]).startsWith('\x20\x3f'))
  ends.table.allow(2000, Infinity)
  ends.table.allow(1e9, 1e9)
  ends.send([['a', 'value']])
})

test('fields of any sort are read as they were meant, however small the table', () => {
  const name = fc.constantFrom(
    'a',
    'b',
    'content-type',
    'set-cookie',
    'x-long',
    'date',
    ':status',
    'vary',
    'x-1',
    'x-2',
  )
  const value = fc.oneof(
    fc.constantFrom('', '1', 'same', 'text/html'),
    fc.stringMatching(/^[\x21-\x7e\x80-\xff]{0,300}$/),
  )
  const block = fc.array(fc.tuple(name, value), { maxLength: 12 })
  const size = fc.option(fc.integer({ min: 0, max: 5000 }), { nil: null, freq: 4 })
  fc.assert(
    fc.property(fc.array(fc.tuple(size, block), { maxLength: 30 }), blocks => {
      const ends = new Ends()
      for (const [limit, fields] of blocks) {
        if (limit !== null) ends.table.allow(limit, limit)
        ends.send(fields)
      }
    }),
  )
})
