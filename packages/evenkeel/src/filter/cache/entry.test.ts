import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noNames } from '../../exchange/name-set.ts'
import { decodeEntry, encodeEntry, FIXED_BYTES, headOf, readLines, type Entry } from './entry.ts'
import { mergeHead } from './make-entry.ts'

const entry: Entry = {
  key: 'http://x/\xe4',
  method: 'GET',
  status: 200,
  reason: 'Fine',
  fields: readLines('Content-Type: text/plain\r\nX-Colon: a: b\r\nX-Empty: \r\n'),
  storedAt: 1000.5,
  lifetime: {
    freshUntil: 2000,
    initialAge: 3,
    staleWhileRevalidate: 0,
    staleIfError: 0,
    neverStale: false,
    vary: '',
    without: [],
  },
  variant: '',
  family: '1',
  lastModified: '',
  etag: '"a"',
  length: 5,
}

function decoded(bytes: Buffer): Entry | null {
  const read = decodeEntry(bytes)
  assert.ok(typeof read !== 'number')
  return read === null ? null : read.entry
}

test('what is written is read again', () => {
  const bytes = encodeEntry(entry, null)!
  const read = decoded(bytes)!
  assert.equal(read.fields.render(), entry.fields.render())
  assert.equal(read.fields.get('x-colon'), 'a: b')
  assert.equal(read.fields.get('x-empty'), '')
  assert.deepEqual({ ...read, fields: null }, { ...entry, fields: null })
  assert.equal((decodeEntry(bytes) as { bodyStart: number }).bodyStart, bytes.length)
})

test('cut anywhere, it asks for more or is none', () => {
  const bytes = encodeEntry(entry, null)!
  const needed = decodeEntry(bytes.subarray(0, FIXED_BYTES))
  assert.equal(typeof needed, 'number')
  for (let end = 0; end < Number(needed); end++) assert.equal(typeof decodeEntry(bytes.subarray(0, end)), 'number')
})

test('a bit that fell over makes it none', () => {
  const bytes = encodeEntry(entry, null)!
  const used = decodeEntry(bytes.subarray(0, FIXED_BYTES)) as number
  for (let at = 0; at < used; at += 3) {
    const broken = Buffer.from(bytes)
    broken[at]! ^= 4
    // The spare word belongs to nobody, but its sum is checked as well.
    assert.equal(decodeEntry(broken), null, `byte ${at}`)
  }
  assert.equal(decodeEntry(Buffer.alloc(bytes.length)), null)
})

test('a longer head fits into the room of the first, up to a point', () => {
  const room = encodeEntry(entry, null)!.length - FIXED_BYTES
  const longer = (bytes: number): Entry => ({ ...entry, fields: readLines(`X: ${'x'.repeat(bytes)}\r\n`) })
  assert.equal(encodeEntry(longer(200), room)?.length, room + FIXED_BYTES)
  assert.equal(encodeEntry(longer(2000), room), null)
})

test('what is done to a head on its way leaves the entry as it is', () => {
  const head = headOf(entry, noNames)
  head.fields.remove('x-colon')
  head.fields.set('Content-Type', 'other')
  assert.equal(entry.fields.get('x-colon'), 'a: b')
  assert.equal(headOf(entry, noNames).fields.get('content-type'), 'text/plain')
})

test('a 304 changes fields, but not what they say of the content', () => {
  const merged = mergeHead(
    readLines('Content-Type: a\r\nX-Old: 1\r\nAge: 9\r\nX-Two: 1\r\nX-Two: 2\r\n'),
    readLines('Content-Type: b\r\nX-Two: 3\r\nCache-Control: max-age=1\r\nContent-Length: 7\r\nSet-Cookie: x\r\n'),
  )
  assert.equal(merged.render(), 'Content-Type: a\r\nX-Old: 1\r\nX-Two: 3\r\nCache-Control: max-age=1\r\n')
})
