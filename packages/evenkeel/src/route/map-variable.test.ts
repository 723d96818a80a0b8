import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MapModel } from '../model/model.ts'
import { exchange, pattern, table, template } from './exchange.fixture.ts'
import { noScope } from './ports.ts'
import type { VariableTable } from './variables/variable-table.ts'
import { compileVariable } from './variables/variables.ts'

/** Keys with a `~` are patterns, `~*` caseless ones. */
function declare(
  own: VariableTable,
  variable: string,
  input: string,
  rows: Record<string, string>,
  more: Partial<MapModel> = {},
): void {
  const entries = Object.entries(rows)
  own.declareMap({
    variable,
    input: template(input),
    hostnames: false,
    volatile: false,
    default: template(rows['default'] ?? ''),
    exact: entries
      .filter(([key]) => key !== 'default' && !key.startsWith('~'))
      .map(([text, value]) => ({ text: text.toLowerCase(), value: template(value) })),
    patterns: entries
      .filter(([key]) => key.startsWith('~'))
      .map(([key, value]) => ({
        pattern: key.startsWith('~*') ? pattern(key.slice(2), true) : pattern(key.slice(1)),
        value: template(value),
      })),
    ...more,
  })
}

test('exact texts compare caselessly, then patterns in order, then the default', () => {
  const own = table()
  declare(own, 'm', '$arg_m', {
    default: 'd',
    '': 'empty',
    Foo: 'foo-$arg_m',
    '~^x(?<tail>.*)$': 'r:$tail:$1',
    '~*^Y': 'y',
    é: 'acute',
  })
  const m = compileVariable('m', own)
  const of = (text: string): string | undefined => m(exchange({ target: '/?m=' + text }))
  assert.equal(of(''), 'empty')
  assert.equal(of('FOO'), 'foo-FOO')
  assert.equal(of('xYZ'), 'r:YZ:YZ')
  assert.equal(of('yo'), 'y')
  assert.equal(of('\xc3\xa9'), 'acute')
  assert.equal(of('other'), 'd')
})

test('host masks are looked up as those of servers', () => {
  const own = table()
  const rows = {
    default: 'none',
    '.example.com': 'dot',
    '*.example.org': 'star',
    'mail.*': 'mail',
    'www.example.org': 'exact',
  }
  declare(own, 'm', '$http_host', rows, { hostnames: true })
  const m = compileVariable('m', own)
  const of = (host: string): string | undefined => m(exchange({ fields: ['Host: ' + host] }))
  assert.equal(of('example.com'), 'dot')
  assert.equal(of('a.b.Example.com.'), 'dot')
  assert.equal(of('www.example.org'), 'exact')
  assert.equal(of('x.example.org'), 'star')
  assert.equal(of('mail.z'), 'mail')
  assert.equal(of('example.org'), 'none')
})

test('without hostnames a mask is plain text', () => {
  const own = table()
  declare(own, 'm', '$arg_m', { '*.a': 'text', default: 'no' })
  assert.equal(compileVariable('m', own)(exchange({ target: '/?m=x.a' })), 'no')
  assert.equal(compileVariable('m', own)(exchange({ target: '/?m=*.a' })), 'text')
})

test('a value is kept for the exchange, unless the map is volatile', () => {
  for (const volatile of [false, true]) {
    const own = table()
    declare(own, 'm', '$uri', { '/a': 'A', '/b': 'B' }, { volatile })
    const m = compileVariable('m', own)
    const made = exchange({ target: '/a' })
    assert.equal(m(made), 'A')
    made.uri = '/b'
    assert.equal(m(made), volatile ? 'B' : 'A')
  }
})

test('maps may use each other, whatever their order', () => {
  const own = table()
  declare(own, 'outer', '$inner', { default: '[$inner]' })
  declare(own, 'inner', '$uri', { '/a': 'A' })
  assert.equal(compileVariable('outer', own)(exchange({ target: '/a' })), '[A]')
})

test('maps that lead back to themselves end', () => {
  const own = table()
  declare(own, 'a', '$b', { default: 'a$b' })
  declare(own, 'b', '$a', { default: 'b$a' })
  assert.equal(typeof compileVariable('a', own)(exchange()), 'string')
})

test('a map that shows settings of a location shows those of each', () => {
  const own = table()
  declare(own, 'm', '$uri', { default: '<$inner>' }, { volatile: true })
  declare(own, 'inner', '$uri', { default: '$proxy_host' }, { volatile: true })
  const one = compileVariable('m', own, { ...noScope, proxyHost: 'one' })
  const two = compileVariable('m', own, { ...noScope, proxyHost: 'two' })
  assert.deepEqual([one(exchange()), two(exchange())], ['<one>', '<two>'])
})
