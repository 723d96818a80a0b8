import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lexer } from './lexer.ts'

function words(text: string): string[] {
  const lexer = new Lexer(text)
  const found: string[] = []
  for (;;) {
    const token = lexer.next()
    if (token.kind === 'end') return found
    found.push(token.kind === 'word' ? token.text : token.kind === 'error' ? `!${token.message}` : token.kind)
    if (token.kind === 'error') return found
  }
}

test('words end at blanks, semicolons and braces', () => {
  assert.deepEqual(words('a b\tc\r\nd;e{f}g'), ['a', 'b', 'c', 'd', ';', 'e', '{', 'f}g'])
})

test('a brace behind a dollar belongs to the word', () => {
  assert.deepEqual(words('a${b}c {'), ['a${b}c', '{'])
})

test('a quoted word ends where its quote does, and something must separate it from the next', () => {
  assert.deepEqual(words(`"a b" 'c;d';`), ['a b', 'c;d', ';'])
  assert.deepEqual(words('"a"b'), ['a', '!unexpected "b"'])
  assert.deepEqual(words('("a")'), ['("a")'])
  assert.deepEqual(words('( "a")'), ['(', 'a', ')'])
})

test('quotes and hashes inside a word are text', () => {
  assert.deepEqual(words(`a"b c'd e#f #g`), ['a"b', "c'd", 'e#f'])
})

test('backslashes disappear before quotes and themselves, and make tab, return and newline', () => {
  assert.deepEqual(words('\\"a\\t\\\\b\\; \\d;'), ['"a\t\\b\\;', '\\d', ';'])
})

test('a word of 4096 bytes is too long, one byte less is not', () => {
  assert.equal(words(`${'a'.repeat(4095)};`)[0]?.length, 4095)
  assert.deepEqual(words(`${'a'.repeat(4096)};`), ['!too long parameter "aaaaaaaaaa..." started'])
  assert.deepEqual(words(`"${'a'.repeat(4096)}";`), ['!too long parameter, probably missing terminating """ character'])
})

test('positions count lines and columns from 1, across quoted newlines, too', () => {
  const lexer = new Lexer('a "b\nc"\n  d;')
  const places = Array.from({ length: 4 }, () => lexer.next()).map(({ line, column }) => [line, column])
  assert.deepEqual(places, [
    [1, 1],
    [1, 3],
    [3, 3],
    [3, 4],
  ])
})

test('a byte order mark is skipped', () => {
  assert.deepEqual(words('\xef\xbb\xbfa;'), ['a', ';'])
})
