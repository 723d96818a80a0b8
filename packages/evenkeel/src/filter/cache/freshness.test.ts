import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields } from '../../exchange/fields.ts'
import { formatHttpDate } from '../fields/http-date.ts'
import { lifetimeOf, type Lifetime, type Received, type StoreSettings } from './freshness.ts'

const NOW = 1_800_000_000

type Lines = Readonly<Record<string, string>>

function lifetime(lines: Lines, more: Partial<Received> = {}, settings: Partial<StoreSettings> = {}): Lifetime | null {
  const fields = new Fields()
  for (const [name, value] of Object.entries(lines)) fields.add(name, value)
  return lifetimeOf(
    { status: 200, fields, now: NOW, authorized: false, ...more },
    { ignored: new Set(), valid: [], revalidates: false, sharesAuthorized: false, keyedByRange: false, ...settings },
  )
}

const fresh = (...args: Parameters<typeof lifetime>): number | null => {
  const found = lifetime(...args)
  return found === null ? null : found.freshUntil - NOW
}

test('without a word about freshness nothing is stored', () => {
  assert.equal(fresh({}), null)
  assert.equal(fresh({ 'Last-Modified': formatHttpDate(NOW - 1000) }), null)
})

test('max-age counts, s-maxage before it, and both before Expires', () => {
  const Expires = formatHttpDate(NOW + 7)
  assert.equal(fresh({ 'Cache-Control': 'max-age=60', Expires }), 60)
  assert.equal(fresh({ 'Cache-Control': 'max-age=60, s-maxage=10', Expires }), 10)
  assert.equal(fresh({ Expires }), 7)
})

test('the age a response has when it comes is taken off', () => {
  assert.equal(fresh({ 'Cache-Control': 'max-age=60', Age: '20' }), 40)
  assert.equal(fresh({ 'Cache-Control': 'max-age=60', Age: '60' }), null)
  assert.equal(fresh({ 'Cache-Control': 'max-age=60', Date: formatHttpDate(NOW - 30) }), 30)
  assert.equal(fresh({ Expires: formatHttpDate(NOW + 60), Date: formatHttpDate(NOW - 30) }), 60)
  assert.equal(fresh({ Expires: formatHttpDate(NOW + 60), Age: '20' }), 40)
})

test('an age that is none is ignored, of a list the first counts', () => {
  for (const Age of ['x', '-5', '1.5', '20x']) assert.equal(fresh({ 'Cache-Control': 'max-age=60', Age }), 60, Age)
  assert.equal(fresh({ 'Cache-Control': 'max-age=60', Age: '20, 0' }), 40)
})

test('a date of the same second, or the one before, makes nothing older', () => {
  assert.equal(fresh({ 'Cache-Control': 'max-age=1', Date: formatHttpDate(NOW - 1) }), 1)
  assert.equal(fresh({ 'Cache-Control': 'max-age=1', Date: formatHttpDate(NOW + 300) }), 1)
})

test('an Expires that is past or no date is not fresh', () => {
  assert.equal(fresh({ Expires: formatHttpDate(NOW - 1) }), null)
  assert.equal(fresh({ Expires: '0' }), null)
})

test('what must not be stored is not', () => {
  for (const value of ['no-store, max-age=60', 'private, max-age=60', 'no-cache, max-age=60', 'max-age=0'])
    assert.equal(fresh({ 'Cache-Control': value }), null, value)
  assert.equal(fresh({ 'Cache-Control': 'max-age=60', 'Set-Cookie': 'a=b' }), null)
  assert.equal(fresh({ 'Cache-Control': 'max-age=60', Vary: 'Accept, *' }), null)
  for (const status of [101, 304, 206]) assert.equal(fresh({ 'Cache-Control': 'max-age=60' }, { status }), null)
})

test('fields named by no-cache and private are left out, and so is their say', () => {
  const found = lifetime({ 'Cache-Control': 'max-age=60, private="set-cookie"', 'Set-Cookie': 'a=b' })
  assert.deepEqual(found?.without, ['set-cookie'])
})

test('X-Accel-Expires comes before all of that, but for Set-Cookie', () => {
  assert.equal(fresh({ 'X-Accel-Expires': '5', 'Cache-Control': 'no-store' }), 5)
  assert.equal(fresh({ 'X-Accel-Expires': `@${NOW + 9}`, Age: '100' }), 9)
  assert.equal(fresh({ 'X-Accel-Expires': '0', 'Cache-Control': 'max-age=60' }), null)
  assert.equal(fresh({ 'X-Accel-Expires': 'x', 'Cache-Control': 'max-age=60' }), 60)
  assert.equal(fresh({ 'X-Accel-Expires': '5', 'Set-Cookie': 'a=b' }), null)
})

test('proxy_cache_valid is for what says nothing itself, by status', () => {
  const valid = [
    { statuses: [200, 404], seconds: 30 },
    { statuses: [], seconds: 3 },
  ]
  assert.equal(fresh({}, {}, { valid }), 30)
  assert.equal(fresh({}, { status: 500 }, { valid }), 3)
  assert.equal(fresh({ 'Cache-Control': 'max-age=60' }, {}, { valid }), 60)
  assert.equal(fresh({ 'Cache-Control': 'no-store' }, {}, { valid }), null)
  assert.equal(fresh({ Expires: '0' }, {}, { valid }), null)
})

test('ignored fields have no say', () => {
  const ignored = new Set(['cache-control', 'expires', 'set-cookie', 'vary', 'x-accel-expires'])
  const valid = [{ statuses: [], seconds: 30 }]
  const lines = { 'Cache-Control': 'no-store', Expires: '0', 'Set-Cookie': 'a', Vary: '*', 'X-Accel-Expires': '0' }
  assert.equal(fresh(lines, {}, { ignored, valid }), 30)
})

test('the answer to somebody with credentials is stored only where that is allowed', () => {
  const authorized = { authorized: true }
  assert.equal(fresh({ 'Cache-Control': 'max-age=60' }, authorized), null)
  for (const word of ['public', 'must-revalidate', 's-maxage=60'])
    assert.equal(fresh({ 'Cache-Control': `max-age=60, ${word}` }, authorized), 60, word)
  assert.equal(fresh({ 'Cache-Control': 'max-age=60' }, authorized, { sharesAuthorized: true }), 60)
})

test('where the origin can be asked, what has to be asked about is stored', () => {
  const revalidates = { revalidates: true }
  assert.equal(fresh({ 'Cache-Control': 'no-cache', ETag: '"a"' }, {}, revalidates), 0)
  assert.equal(lifetime({ 'Cache-Control': 'no-cache', ETag: '"a"' }, {}, revalidates)?.neverStale, true)
  assert.equal(fresh({ 'Cache-Control': 'no-cache' }, {}, revalidates), null)
  assert.equal(fresh({ 'Cache-Control': 'no-cache, no-store', ETag: '"a"' }, {}, revalidates), null)
})

test('must-revalidate and its like forbid what is stale; the origin may allow it', () => {
  const never = (value: string): boolean | undefined => lifetime({ 'Cache-Control': value })?.neverStale
  assert.deepEqual(
    ['max-age=5', 'max-age=5, must-revalidate', 'max-age=5, proxy-revalidate', 's-maxage=5'].map(never),
    [false, true, true, true],
  )
  const found = lifetime({ 'Cache-Control': 's-maxage=5, stale-while-revalidate=10, stale-if-error=20' })
  assert.deepEqual([found?.neverStale, found?.staleWhileRevalidate, found?.staleIfError], [false, 10, 20])
})

test('CDN-Cache-Control takes the place of Cache-Control and Expires, if it is well-formed', () => {
  const lines = { 'Cache-Control': 'no-store', Expires: formatHttpDate(NOW + 99) }
  assert.equal(fresh({ ...lines, 'CDN-Cache-Control': 'max-age=10' }), 10)
  assert.equal(fresh({ ...lines, 'CDN-Cache-Control': 'MAX-AGE=10' }), null)
  assert.equal(fresh({ 'Cache-Control': 'max-age=60', 'CDN-Cache-Control': 'no-store' }), null)
  assert.equal(fresh({ Expires: lines.Expires, 'CDN-Cache-Control': 'must-revalidate' }), null)
})

test('must-understand lets no-store count only for statuses nobody here knows', () => {
  assert.equal(fresh({ 'Cache-Control': 'no-store, must-understand, max-age=60' }), 60)
  assert.equal(fresh({ 'Cache-Control': 'no-store, must-understand, max-age=60' }, { status: 299 }), null)
})
