import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ResponseHead } from '../exchange/head.ts'
import type { HeaderRule, MatchModel } from '../model/health.ts'
import type { Pattern } from '../model/pattern.ts'
import { ResponseReader } from '../wire/http1/response-reader.ts'
import { compileMatch } from './match.ts'

const pattern = (source: string, caseless = false): Pattern => ({ written: source, source, caseless, groups: [] })
const match = (parts: Partial<MatchModel>): ReturnType<typeof compileMatch> =>
  compileMatch({ name: 'x', status: [], headers: [], body: [], ...parts })

function response(status: number, ...lines: string[]): ResponseHead {
  const bytes = Buffer.from([`HTTP/1.1 ${status} X`, ...lines, '', ''].join('\r\n'), 'latin1')
  const head = new ResponseReader({ totalSize: 10_000, maxFields: 100 }).read(bytes, 0, bytes.length, 0)
  assert.ok(head instanceof ResponseHead)
  return head
}

function wrong(rule: HeaderRule, ...lines: string[]): string | null {
  return match({ headers: [rule] }).head(response(200, ...lines))
}

test('without a match a status from 200 to 399 passes', () => {
  const plain = compileMatch(null)
  const told = [199, 200, 204, 302, 399, 400, 404, 503].map(status => plain.head(response(status)))
  assert.deepEqual(told, ['status 199', null, null, null, null, 'status 400', 'status 404', 'status 503'])
})

test('a match without a status takes any', () => {
  assert.equal(match({}).head(response(503)), null)
})

test('a status is in one of the ranges, or in none', () => {
  const within = match({
    status: [
      {
        negated: false,
        ranges: [
          { from: 200, to: 204 },
          { from: 301, to: 301 },
        ],
      },
    ],
  })
  assert.equal(within.head(response(204)), null)
  assert.equal(within.head(response(301)), null)
  assert.equal(within.head(response(205)), 'match "x" failed: status 205')
  const outside = match({ status: [{ negated: true, ranges: [{ from: 500, to: 599 }] }] })
  assert.equal(outside.head(response(404)), null)
  assert.equal(outside.head(response(503)), 'match "x" failed: status 503')
})

test('a header equals a text, or is there with another', () => {
  const equals: HeaderRule = { kind: 'equals', name: 'Content-Type', text: 'text/html', negated: false }
  assert.equal(wrong(equals, 'content-type:  text/html '), null)
  assert.equal(wrong(equals, 'Content-Type: text/plain'), 'match "x" failed: header "Content-Type" is "text/plain"')
  assert.equal(wrong(equals), 'match "x" failed: header "Content-Type" is missing')
  const differs = { ...equals, negated: true }
  assert.equal(wrong(differs, 'Content-Type: text/plain'), null)
  assert.equal(wrong(differs, 'Content-Type: text/html'), 'match "x" failed: header "Content-Type" is "text/html"')
  assert.equal(wrong(differs), 'match "x" failed: header "Content-Type" is missing')
})

test('a header matches a pattern, fields about the connection too', () => {
  const closes: HeaderRule = { kind: 'matches', name: 'Connection', pattern: pattern('CLOSE', true), negated: false }
  assert.equal(wrong(closes, 'Connection: close'), null)
  assert.equal(wrong(closes, 'Connection: keep-alive'), 'match "x" failed: header "Connection" is "keep-alive"')
  assert.equal(wrong({ ...closes, negated: true }, 'Connection: keep-alive'), null)
})

test('a header is there, or not', () => {
  const there: HeaderRule = { kind: 'present', name: 'X-A', negated: false }
  assert.equal(wrong(there, 'X-A:'), null)
  assert.equal(wrong(there), 'match "x" failed: header "X-A" is missing')
  assert.equal(wrong({ ...there, negated: true }), null)
  assert.equal(wrong({ ...there, negated: true }, 'x-a: 1'), 'match "x" failed: header "X-A" is there')
})

test('of several fields of a name one that holds is enough', () => {
  const equals: HeaderRule = { kind: 'equals', name: 'X', text: 'b', negated: false }
  assert.equal(wrong(equals, 'X: a', 'X: b'), null)
  assert.equal(wrong({ ...equals, negated: true }, 'X: a', 'X: b'), 'match "x" failed: header "X" is "a, b"')
})

test('what an origin sent is told in one short line', () => {
  const equals: HeaderRule = { kind: 'equals', name: 'X', text: 'b', negated: false }
  assert.equal(wrong(equals, 'X: \xff\tz'), 'match "x" failed: header "X" is "??z"')
  assert.ok((wrong(equals, `X: ${'y'.repeat(5000)}`) ?? '').length < 200)
})

test('a body matches a pattern, or does not', () => {
  const welcome = match({ body: [{ pattern: pattern('well(come)?'), negated: false }] })
  assert.equal(welcome.wantsBody, true)
  assert.equal(welcome.body('all well'), null)
  assert.equal(welcome.body('ill'), 'match "x" failed: body does not match "well(come)?"')
  const clean = match({ body: [{ pattern: pattern('error', true), negated: true }] })
  assert.equal(clean.body('fine'), null)
  assert.equal(clean.body('an ERROR'), 'match "x" failed: body matches "error"')
})

test('all rules have to hold', () => {
  const both = match({
    status: [{ negated: false, ranges: [{ from: 200, to: 200 }] }],
    headers: [{ kind: 'present', name: 'A', negated: false }],
  })
  assert.equal(both.head(response(200, 'A: 1')), null)
  assert.equal(both.head(response(201, 'A: 1')), 'match "x" failed: status 201')
  assert.equal(both.head(response(200)), 'match "x" failed: header "A" is missing')
})
