import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Fields } from '../../exchange/fields.ts'
import { ResponseHead, UNKNOWN_LENGTH } from '../../exchange/head.ts'
import { settledSource } from '../../exchange/sink.ts'
import { defaults, type Settings } from '../../model/settings.ts'
import { compileCharset } from './charset.ts'
import { compileCharsetTables } from './charset-tables.ts'
import { makeCompile, makeExchange, template } from '../exchange.fixture.ts'

const tables = compileCharsetTables([
  {
    from: 'koi8-r',
    to: 'utf-8',
    pairs: [
      { byte: 0xc1, bytes: [0xd0, 0xb0] },
      { byte: 0xc2, bytes: [0xd0, 0xb1] },
    ],
  },
  { from: 'koi8-r', to: 'windows-1251', pairs: [{ byte: 0xc1, bytes: [0xe0] }] },
])

function run(settings: Partial<Settings>, type: string, parts: readonly string[], status = 200) {
  const { exchange, sink, log } = makeExchange()
  const charset = compileCharset({ ...defaults, ...settings }, makeCompile(), tables, false)!
  const filter = charset.filter(exchange, sink)
  const fields = new Fields()
  if (type !== '') fields.add('Content-Type', type)
  filter.head(new ResponseHead(status, fields, parts.join('').length), settledSource)
  for (const part of parts) filter.body(Buffer.from(part, 'latin1'))
  filter.end()
  return { text: sink.text, head: sink.response!, type: sink.response!.fields.get('Content-Type'), log }
}

const utf8 = { charset: template('utf-8') }
const fromKoi = { ...utf8, sourceCharset: template('koi8-r') }

test('a text that does not name its charset is given one, and others are left alone', () => {
  assert.equal(run(utf8, 'text/html', []).type, 'text/html; charset=utf-8')
  assert.equal(run(utf8, 'image/png', []).type, 'image/png')
  assert.equal(run(utf8, 'text/html; charset=koi8-r', []).type, 'text/html; charset=koi8-r')
  assert.equal(run(utf8, '', []).type, undefined)
  assert.equal(run(utf8, 'text/html', [], 302).type, 'text/html')
})

test('a text is recoded where a table joins its charset with the one wanted', () => {
  const { text, type, head } = run(fromKoi, 'text/html', ['a\xc1\xc2\xff'])
  assert.deepEqual([text, type, head.length], ['a\xd0\xb0\xd0\xb1?', 'text/html; charset=utf-8', UNKNOWN_LENGTH])
  const named = run({ ...utf8, overrideCharset: true }, 'text/html; charset="KOI8-R"; x=y', ['\xc1'])
  assert.deepEqual([named.text, named.type], ['\xd0\xb0', 'text/html; x=y; charset=utf-8'])
})

test('a byte for a byte keeps the length', () => {
  const { text, head } = run({ charset: template('windows-1251'), sourceCharset: template('koi8-r') }, 'text/html', [
    '\xc1x',
  ])
  assert.deepEqual([text, head.length], ['\xe0x', 2])
})

test('without a table it stays as it is, and that is told', () => {
  const { text, type, log } = run({ charset: template('utf-8'), sourceCharset: template('big5') }, 'text/html', [
    '\xc1',
  ])
  assert.deepEqual([text, type], ['\xc1', 'text/html'])
  assert.match(log.join(''), /no "charset_map" between the charsets "big5" and "utf-8"/)
})

test('what the other charset lacks becomes a reference; what is no character, a question mark', () => {
  const settings = { charset: template('koi8-r'), sourceCharset: template('utf-8') }
  assert.equal(run(settings, 'text/html', ['\xd0\xb0 \xe2\x82\xac']).text, '\xc1 &#8364;')
  assert.equal(run(settings, 'text/html', ['\xff\xd0x\xc0\x80\xed\xa0\x80\xe2\x82']).text, '??x????')
})

test('characters may be cut anywhere', () => {
  const settings = { charset: template('koi8-r'), sourceCharset: template('utf-8') }
  const bytes = fc.array(fc.constantFrom('\xd0', '\xb0', 'a', '\xe2', '\x82', '\xac', '\xf0', '\x9f'), {
    maxLength: 16,
  })
  fc.assert(
    fc.property(bytes, parts => {
      assert.equal(run(settings, 'text/html', parts).text, run(settings, 'text/html', [parts.join('')]).text)
    }),
  )
})
