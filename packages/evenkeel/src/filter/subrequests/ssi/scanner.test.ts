import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SsiScanner, type SsiCommand, type SsiProblem } from './scanner.ts'

/** Text and commands in order; neighbouring texts are one. */
function scan(page: string, cuts: readonly number[] = [], longest = 16): unknown[] {
  const found: (string | SsiCommand | SsiProblem)[] = []
  const target = {
    text(part: Uint8Array) {
      const text = Buffer.from(part).toString('latin1')
      assert.notEqual(text, '', 'no empty text')
      if (typeof found.at(-1) === 'string') found[found.length - 1] += text
      else found.push(text)
    },
  }
  const scanner = new SsiScanner(target, longest)
  const bytes = Buffer.from(page, 'latin1')
  for (const [index, cut] of [0, ...cuts].entries()) {
    const part = bytes.subarray(cut, cuts[index] ?? bytes.length)
    for (let at = 0; at < part.length;) {
      at = scanner.read(part, at)
      if (scanner.found !== null) found.push(scanner.found)
    }
  }
  scanner.end()
  return found
}

const command = (name: string, ...params: string[]): SsiCommand => ({ name, params })
const problem = (text: string): SsiProblem => ({ problem: text })

const pages: readonly (readonly [string, readonly unknown[]])[] = [
  ['plain text', ['plain text']],
  ['', []],
  ['a<!--#echo var="x" -->b', ['a', command('echo', 'var', 'x'), 'b']],
  ['<!--# echo var="x"-->', [command('echo', 'var', 'x')]],
  ['<!--#\r\n\techo\nvar = \'x"y\' default="" -->', [command('echo', 'var', 'x"y', 'default', '')]],
  ['<!--#else-->x<!--#endif -->', [command('else'), 'x', command('endif')]],
  ['a<!-- comment -->b<!-x<<!--#else-->', ['a<!-- comment -->b<!-x<', command('else')]],
  ['<<!--#else--><', ['<', command('else'), '<']],
  ['<!-<!--#else-->', ['<!-', command('else')]],
  ['<!--<!--#else-->', ['<!--', command('else')]],
  ['a<!--', ['a<!--']],
  ['a<!', ['a<!']],
  ['a<!--#echo var="x', ['a']],
  ['<!--#set var="a" value="1\\"2" -->', [command('set', 'var', 'a', 'value', '1\\"2')]],
  [
    '<!--#set value="01234567890123456789" -->b',
    [problem('too long "01234567890123456..." value of "value" parameter in "set" SSI command'), 'b'],
  ],
  [
    '<!--#set value=x -->b',
    [problem('unexpected "x" symbol before value of "value" parameter in "set" SSI command'), 'b'],
  ],
  ['<!--#set value-->b', [problem('unexpected "-" symbol after "value" parameter in "set" SSI command'), 'b']],
  ['<!--#set -x -->b', [problem('unexpected "x" symbol in "set" SSI command'), 'b']],
  [
    '<!--#set value="x"y - --->b',
    [problem('unexpected "y" symbol after value of "value" parameter in "set" SSI command'), 'b'],
  ],
  [`<!--#${'x'.repeat(33)} -->b`, [problem(`the "${'x'.repeat(32)}..." SSI command is too long`), 'b']],
]

for (const [page, expected] of pages) {
  test(`read whole, and cut at any two bytes: ${JSON.stringify(page.slice(0, 50))}`, () => {
    assert.deepEqual(scan(page), expected)
    for (let first = 1; first < page.length; first++) {
      for (let second = first; second < page.length; second++) assert.deepEqual(scan(page, [first, second]), expected)
    }
    assert.deepEqual(
      scan(
        page,
        [...Array(Math.max(0, page.length - 1)).keys()].map(at => at + 1),
      ),
      expected,
    )
  })
}

test('a command without end keeps no more than a command may be long', () => {
  const found = scan(`<!--#set value="${'x'.repeat(1_000_000)}`)
  assert.deepEqual(found, [])
})
