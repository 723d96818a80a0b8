/** Rules for heads of responses (RFC 9113, 8.2 and 8.3.2). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ResponseHead } from '../../exchange/head.ts'
import { HeaderField } from './header-field.ts'
import { ResponseFields } from './response-fields.ts'

const limits = { totalSize: 1000, maxFields: 10 }

function read(
  fields: readonly (readonly [string, string])[],
  { method = 'GET', endStream = false } = {},
): { head: ResponseHead; problem: string | null } {
  const reader = new ResponseFields()
  reader.begin(limits)
  for (const [name, value] of fields) reader.field(new HeaderField(name, value))
  const head = reader.finish(method, endStream)
  const { problem } = reader
  return { head, problem: problem === null ? null : `${problem.code} ${problem.cause ?? ''}`.trim() }
}

test('a response has its status, its length and its fields as lines', () => {
  const { head, problem } = read([
    [':status', '200'],
    ['content-type', 'text/plain'],
    ['content-length', '5'],
    ['x_y', 'a'],
  ])
  assert.equal(problem, null)
  assert.deepEqual([head.status, head.length, head.fields.render()], [200, 5, 'content-type: text/plain\r\nx_y: a\r\n'])
})

test('what breaks a rule is malformed', () => {
  const ok = [':status', '200'] as const
  const cases: readonly (readonly [string, readonly (readonly [string, string])[], boolean?])[] = [
    ['no :status', [['a', 'b']]],
    ['duplicate :status', [ok, ok]],
    ['invalid :status "20"', [[':status', '20']]],
    ['invalid :status "600"', [[':status', '600']]],
    ['status 101', [[':status', '101']]],
    ['pseudo-header out of order', [['a', 'b'], ok]],
    ['pseudo-header ":path"', [ok, [':path', '/']]],
    ['invalid field name', [ok, ['A', 'b']]],
    ['invalid field name', [ok, ['a b', 'b']]],
    ['control in the value of "a"', [ok, ['a', 'b\r\nc: d']]],
    ['"connection" field', [ok, ['connection', 'close']]],
    ['"transfer-encoding" field', [ok, ['transfer-encoding', 'chunked']]],
    ['duplicate "content-length"', [ok, ['content-length', '1'], ['content-length', '1']]],
    ['invalid "content-length"', [ok, ['content-length', '+1']]],
    ['stream ended before its response', [[':status', '103']], true],
    ['stream ended before its body', [ok, ['content-length', '1']], true],
  ]
  for (const [why, fields, endStream] of cases) {
    assert.equal(read(fields, { endStream: endStream ?? false }).problem, `malformed_response ${why}`)
  }
})

test('a HEAD may announce a body that does not come', () => {
  const fields = [
    [':status', '200'],
    ['content-length', '1'],
  ] as const
  assert.equal(read(fields, { method: 'HEAD', endStream: true }).problem, null)
})

test('a head over its limits is too large', () => {
  assert.equal(
    read([
      [':status', '200'],
      ['a', 'b'.repeat(1000)],
    ]).problem,
    'response_head_too_large',
  )
  const many = Array.from({ length: 11 }, (_, i): readonly [string, string] => [`a${i}`, ''])
  assert.equal(read([[':status', '200'], ...many]).problem, 'response_head_too_large too many fields')
})
