import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Fields } from '../../exchange/fields.ts'
import { ResponseHead, UNKNOWN_LENGTH } from '../../exchange/head.ts'
import { settledSource } from '../../exchange/sink.ts'
import { bodyDefaults, type BodySettings } from '../../model/settings/body-settings.ts'
import { makeCompile, makeExchange, template } from '../exchange.fixture.ts'
import { compileSubstitution } from './substitution.ts'

type Pairs = readonly (readonly [string, string])[]

function run(pairs: Pairs, parts: readonly string[], settings: Partial<BodySettings> = {}, type = 'text/html') {
  const subFilter = pairs.map(([find, replacement]) => ({ find: template(find), replacement: template(replacement) }))
  const { exchange, sink } = makeExchange({ target: '/?a=Blue' })
  const substitution = compileSubstitution({ ...bodyDefaults, ...settings, subFilter }, makeCompile())!
  const filter = substitution.filter(exchange, sink)
  const fields = new Fields()
  fields.add('Content-Type', type)
  fields.add('Last-Modified', 'Sun, 22 Nov 2026 10:00:00 GMT')
  fields.add('ETag', '"x"')
  filter.head(new ResponseHead(200, fields, parts.join('').length), settledSource)
  for (const part of parts) filter.body(Buffer.from(part, 'latin1'))
  filter.end()
  return { text: sink.text, head: sink.response! }
}

/** All there is to it, for a text that is whole. */
function plainly(pairs: Pairs, text: string, once: boolean): string {
  const used = new Set<number>()
  let out = ''
  for (let at = 0; at < text.length;) {
    const found = pairs.findIndex(
      ([find], i) => !(once && used.has(i)) && text.slice(at, at + find.length).toLowerCase() === find.toLowerCase(),
    )
    if (found < 0) out += text[at++]
    else {
      used.add(found)
      out += pairs[found]![1]
      at += pairs[found]![0].length
    }
  }
  return out
}

test('a text is replaced where it is found first, in any case, and what replaces it is not searched', () => {
  assert.equal(run([['cat', 'CatCat']], ['a cAt, a cat']).text, 'a CatCat, a cat')
  assert.equal(run([['cat', 'CatCat']], ['a cAt, a cat'], { subFilterOnce: false }).text, 'a CatCat, a CatCat')
})

test('of several that fit at a place the one written first wins', () => {
  const both: Pairs = [
    ['ab', '1'],
    ['abc', '2'],
    ['bc', '3'],
  ]
  assert.equal(run(both, ['xabcx'], { subFilterOnce: false }).text, 'x1cx')
  assert.equal(run([...both].reverse(), ['xabcx'], { subFilterOnce: false }).text, 'x2x')
})

test('variables are those of the request, on both sides, and an empty one is never found', () => {
  const settings = { subFilterOnce: false }
  assert.equal(run([['$arg_a', '<$arg_a>']], ['red blue BLUE'], settings).text, 'red <Blue> <Blue>')
  assert.equal(
    run(
      [
        ['$arg_none', 'x'],
        ['red', 'y'],
      ],
      ['red blue'],
      settings,
    ).text,
    'y blue',
  )
})

test('what is changed loses its length and its validators; only the type asked for is changed', () => {
  const { head } = run([['a', 'b']], ['aaa'])
  assert.deepEqual(
    [head.length, head.fields.get('ETag'), head.fields.has('Last-Modified')],
    [UNKNOWN_LENGTH, undefined, false],
  )
  const kept = run([['a', 'b']], ['aaa'], { subFilterLastModified: true }).head
  assert.deepEqual([kept.fields.get('ETag'), kept.fields.has('Last-Modified')], ['W/"x"', true])
  const other = run([['a', 'b']], ['aaa'], {}, 'text/plain; charset=utf-8')
  assert.deepEqual([other.text, other.head.length, other.head.fields.get('ETag')], ['aaa', 3, '"x"'])
  assert.equal(run([['a', 'b']], ['aaa'], { subFilterTypes: ['*'] }, 'x/y').text, 'baa')
})

test('characters that mean something in a pattern mean themselves, and bytes above ASCII have no case', () => {
  const pairs: Pairs = [
    ['a.c|[x]$', 'dot'],
    ['\xc4', 'A'],
  ]
  const subFilterOnce = false
  const find = pairs.map(([text, to]) => [text.replace('$', ''), to] as const)
  assert.equal(run(find, ['abc|x A.C|[x] \xc4\xe4'], { subFilterOnce }).text, 'abc|x dot A\xe4')
})

test('however an answer is cut on its way, the same comes out', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '<'), minLength: 1, maxLength: 5 })
  const pairs = fc.array(fc.tuple(letters, fc.constantFrom('', '-', 'ab')), { minLength: 1, maxLength: 4 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', '<'), maxLength: 24 })
  const cuts = fc.array(fc.nat(24), { maxLength: 8 })
  fc.assert(
    fc.property(pairs, text, cuts, fc.boolean(), (which, whole, at, once) => {
      const places = [0, ...at.sort((a, b) => a - b), whole.length]
      const parts = places.slice(1).map((to, i) => whole.slice(places[i], to))
      if (parts.join('') !== whole) return
      assert.equal(run(which, parts, { subFilterOnce: once }).text, plainly(which, whole, once))
    }),
    { numRuns: 2000 },
  )
})

test('nothing waits that cannot be the start of a text', () => {
  const subFilter = [{ find: template('</body>'), replacement: template('!') }]
  const { exchange, sink } = makeExchange()
  const filter = compileSubstitution({ ...bodyDefaults, subFilter }, makeCompile())!.filter(exchange, sink)
  const fields = new Fields()
  fields.add('Content-Type', 'text/html')
  filter.head(new ResponseHead(200, fields, UNKNOWN_LENGTH), settledSource)
  filter.body(Buffer.from('event 1\n'))
  assert.equal(sink.text, 'event 1\n')
  filter.body(Buffer.from('event 2</bo'))
  assert.equal(sink.text, 'event 1\nevent 2')
})
