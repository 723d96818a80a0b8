import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtInLogFormats } from '../model/names.ts'
import type { LogFormatModel } from '../model/model.ts'
import { exchange, table, template, type Asked } from '../route/exchange.fixture.ts'
import { noScope } from '../route/ports.ts'
import { escapeControls, escapeDefault, escapeJson } from './escape.ts'
import { compileLine } from './log-line.ts'

const line = (text: string, escape: LogFormatModel['escape'], asked: Asked): string =>
  compileLine({ name: 'f', escape, template: template(text) }, table(), noScope)(exchange(asked))

test('by default quotes, backslashes, controls and all above ASCII are written as \\xHH', () => {
  assert.equal(escapeDefault('"q\\\x7f\t\xc3\xa9"\n ~'), '\\x22q\\x5C\\x7F\\x09\\xC3\\xA9\\x22\\x0A ~')
})

test('for JSON, what JSON asks for, and bytes above ASCII stay', () => {
  assert.equal(escapeJson('"\\/\n\r\t\b\f\x01\x1f\x7f\xc3\xa9'), '\\"\\\\/\\n\\r\\t\\b\\f\\u0001\\u001F\x7f\xc3\xa9')
  assert.deepEqual(JSON.parse(`["${escapeJson('a"\\\n\0b')}"]`), ['a"\\\n\0b'])
})

test('a message for people only loses what would break its line', () => {
  assert.equal(escapeControls('a "b"\r\n\xe9'), 'a "b"\\x0D\\x0A\xe9')
})

test('what is missing is a dash by default and nothing otherwise; what is empty is empty', () => {
  const asked: Asked = { fields: ['Empty: ', 'Q: "'] }
  assert.equal(line('[$http_none|$http_empty|$http_q]', 'default', asked), '[-||\\x22]')
  assert.equal(line('["$http_none","$http_q"]', 'json', asked), '["","\\""]')
  assert.equal(line('[$http_none|$http_q]', 'none', asked), '[|"]')
})

test('literals of a format are never escaped', () => {
  assert.equal(line('"é\\" $status', 'default', {}), '"\xc3\xa9\\" 000')
})

test('the combined format is there without being defined', () => {
  const asked: Asked = { target: '/a?b=1', fields: ['User-Agent: curl/8 "x"', 'Authorization: Basic dXNlcjpwdw=='] }
  const made = exchange(asked)
  made.status = 200
  made.bodyBytesSent = 5
  assert.equal(
    compileLine(builtInLogFormats[0]!, table(), noScope)(made),
    '192.0.2.9 - user [22/Nov/2026:11:08:32 +0100] "GET /a?b=1 HTTP/1.1" 200 5 "-" "curl/8 \\x22x\\x22"',
  )
})
