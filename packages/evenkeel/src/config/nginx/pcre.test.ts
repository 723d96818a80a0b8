import assert from 'node:assert/strict'
import { test } from 'node:test'
import { translatePattern } from './pcre.ts'

function matches(written: string, text: string): boolean {
  const pattern = translatePattern(written, false)
  if (typeof pattern === 'string') assert.fail(pattern)
  return new RegExp(pattern.source, pattern.caseless ? 'i' : '').test(text)
}

function problem(written: string): string {
  const pattern = translatePattern(written, false)
  return typeof pattern === 'string' ? pattern : `no problem: ${pattern.source}`
}

test('what both write alike stays', () => {
  for (const [written, text] of [
    ['^/a(b|c)*?d{2,3}$', '/abcdd'],
    ['\\.(?:png|jpe?g)$', 'x.jpeg'],
    ['^(?!/no)', '/yes'],
    ['(?<=a)b', 'ab'],
    ['[^a-c\\d]', 'x'],
  ] as const) {
    assert.ok(matches(written, text), written)
  }
})

test('options stand for the group they are in, and what follows them', () => {
  assert.ok(matches('(?i)abc', 'ABC'))
  assert.ok(matches('a(?i)b|c', 'C'))
  assert.ok(!matches('a(?i)b|c', 'AB'))
  assert.ok(matches('(a(?i)b)c', 'aBc'))
  assert.ok(!matches('(a(?i)b)c', 'aBC'))
  assert.ok(matches('(?s)a.b', 'a\nb'))
  assert.ok(matches('(?x) a b # c', 'ab'))
  assert.ok(matches('(?i:a)b', 'Ab'))
})

test('a dot is any byte but a newline', () => {
  assert.ok(matches('a.b', 'a\rb'))
  assert.ok(!matches('a.b', 'a\nb'))
})

test('PCRE-only writing is rewritten', () => {
  for (const [written, text] of [
    ['(?P<x>a)(?P=x)', 'aa'],
    ["(?'x'a)\\k{x}", 'aa'],
    ['(a)\\g{-1}', 'aa'],
    ['\\Aab\\z', 'ab'],
    ['\\Qa.b\\E+', 'a.bb'],
    ['[[:alpha:]_]+\\x{41}', 'a_A'],
    ['[]a]', ']'],
    ['a{', 'a{'],
    ['a{,2}', 'a{,2}'],
    ['\\h\\R', '\t\r\n'],
    ['(?#note)a', 'a'],
    ['a/b', 'a/b'],
    ['\\101', 'A'],
  ] as const) {
    assert.ok(matches(written, text), written)
  }
  assert.ok(!matches('\\s', '\xa0'))
})

test('groups are told by name', () => {
  const pattern = translatePattern('(?<a>x)(y)(?P<b>z)', false)
  assert.deepEqual(typeof pattern === 'string' ? pattern : pattern.groups, ['a', 'b'])
})

test('errors are in the words of the library nginx uses', () => {
  assert.equal(problem('('), 'pcre2_compile() failed: missing closing parenthesis in "("')
  assert.equal(problem('a)b'), 'pcre2_compile() failed: unmatched closing parenthesis in "a)b" at ")b"')
  assert.equal(problem('*a'), 'pcre2_compile() failed: quantifier does not follow a repeatable item in "*a" at "*a"')
  assert.equal(problem('[a'), 'pcre2_compile() failed: missing terminating ] for character class in "[a"')
})

test('a Unicode property is the set of bytes that have it', () => {
  assert.equal(matches('^\\p{N}+$', '0189\xb2'), true)
  assert.equal(matches('^\\pN$', 'x'), false)
  assert.equal(matches('^\\P{Lu}$', 'A'), false)
  assert.equal(matches('^[\\p{Lu}-]+$', 'A-B'), true)
  assert.equal(matches('^\\p{^Lu}$', 'a'), true)
  assert.match(String(translatePattern('\\p{Nothing}', false)), /unknown property/)
})

test('what JavaScript cannot match is refused by name', () => {
  for (const [written, what] of [
    ['a++', 'a possessive quantifier'],
    ['(?>a)', 'an atomic group'],
    ['(?R)', 'recursion'],
    ['(?1)', 'recursion'],
    ['(?(1)a|b)', 'a condition'],
    ['(?|a|b)', 'a branch reset group'],
    ['(*ANY)a', 'a verb'],
    ['a\\Kb', '\\K'],
  ] as const) {
    assert.equal(problem(written), `regular expression "${written}" has ${what}, which evenkeel does not support`)
  }
})
