import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LocationMatch } from '../model/model.ts'
import { exchange, pattern, table } from './exchange.fixture.ts'
import { LocationTree, type LocationEntry } from './location-choice.ts'

/** `= /x`, `^~ /x`, `~ x`, `@x`, `/x`; a `!` before it: it proxies. */
function location(written: string, ...locations: LocationEntry<string>[]): LocationEntry<string> {
  const autoRedirect = written.startsWith('!')
  const text = autoRedirect ? written.slice(1) : written
  return { match: matchOf(text), value: text, autoRedirect, locations }
}

function matchOf(text: string): LocationMatch {
  if (text.startsWith('= ')) return { kind: 'exact', text: text.slice(2) }
  if (text.startsWith('^~ ')) return { kind: 'prefix-final', text: text.slice(3) }
  if (text.startsWith('~ ')) return { kind: 'pattern', pattern: pattern(text.slice(2)) }
  return { kind: text.startsWith('@') ? 'named' : 'prefix', text }
}

function find(tree: LocationTree<string>, uri: string): string | undefined {
  const found = tree.find({ uri, captures: null, values: null })
  return found === undefined ? undefined : found.redirect === '' ? found.value : '301 ' + found.redirect
}

function expectAll(entries: LocationEntry<string>[], expected: Readonly<Record<string, string | undefined>>): void {
  const tree = new LocationTree(entries, table())
  for (const [uri, value] of Object.entries(expected)) assert.equal(find(tree, uri), value, uri)
}

test('exact beats all, then the longest prefix', () => {
  expectAll([location('/'), location('= /'), location('/a'), location('/ab'), location('/a/b'), location('= /a/b/c')], {
    '/': '= /',
    '/x': '/',
    '/a': '/a',
    '/a/': '/a',
    '/ab': '/ab',
    '/abc': '/ab',
    '/ac': '/a',
    '/a/b': '/a/b',
    '/a/bc': '/a/b',
    '/a/b/c': '= /a/b/c',
  })
})

test('patterns beat a prefix, even one that is the whole path, in the order written', () => {
  expectAll([location('/a.php'), location('~ \\.php$'), location('~ ^/a'), location('/')], {
    '/a.php': '~ \\.php$',
    '/a.txt': '~ ^/a',
    '/b': '/',
  })
})

test('^~ keeps patterns away only if it is the longest prefix', () => {
  expectAll([location('^~ /s/'), location('/s/t/'), location('~ \\.php$')], {
    '/s/a.php': '^~ /s/',
    '/s/t/a.php': '~ \\.php$',
    '/x.php': '~ \\.php$',
    '/x': undefined,
  })
})

test('what is nested is searched first, its patterns included', () => {
  expectAll([location('/a/', location('/a/b/'), location('~ \\.gif$')), location('~ \\.(gif|jpg)$')], {
    '/a/x.gif': '~ \\.gif$',
    '/a/x.jpg': '~ \\.(gif|jpg)$',
    '/a/b/x': '/a/b/',
    '/a/b/x.jpg': '~ \\.(gif|jpg)$',
    '/a/x': '/a/',
  })
})

test('a nested exact location ends the search; a nested ^~ only concerns its own level', () => {
  expectAll([location('/a/', location('= /a/x.php'), location('^~ /a/n/')), location('~ \\.php$')], {
    '/a/x.php': '= /a/x.php',
    '/a/n/y.php': '~ \\.php$',
    '/a/n/y': '^~ /a/n/',
  })
})

test('^~ outside does not keep nested patterns away', () => {
  expectAll([location('^~ /a/', location('~ x$')), location('~ y$')], { '/a/x': '~ x$', '/a/y': '^~ /a/' })
})

test('the nested locations of a pattern are searched', () => {
  expectAll([location('~ ^/a', location('~ \\.php$')), location('/')], { '/a.php': '~ \\.php$', '/a': '~ ^/a' })
})

test('a proxied prefix without its slash is redirected, without looking at patterns', () => {
  expectAll([location('!/x/'), location('!/y y/'), location('/z/'), location('~ x'), location('/')], {
    '/x': '301 /x/',
    '/x/': '~ x',
    '/y y': '301 /y%20y/',
    '/z': '/',
  })
})

test('a location for the path itself comes before that redirect', () => {
  expectAll([location('!/x/'), location('= /x'), location('!/y/'), location('/y')], { '/x': '= /x', '/y': '/y' })
})

test('nested locations redirect too, but not inside a pattern', () => {
  expectAll([location('/', location('!/x/'))], { '/x': '301 /x/' })
  expectAll([location('~ .', location('!/x/'))], { '/x': '/x/' })
})

test('groups of the pattern that matched become captures', () => {
  const tree = new LocationTree([location('~ ^/u/(?<user>\\w+)')], table())
  const asked = exchange({ target: '/u/ann' })
  tree.find(asked)
  assert.equal(asked.captures?.[1], 'ann')
})

test('named locations are found by name only', () => {
  const tree = new LocationTree([location('@back'), location('/')], table())
  assert.equal(tree.named('@back'), '@back')
  assert.equal(tree.named('@other'), undefined)
  assert.equal(find(tree, '@back'), undefined)
})

test('text of a location is compared as bytes', () => {
  const tree = new LocationTree([location('/é')], table())
  assert.equal(find(tree, '/\xc3\xa9'), '/é')
})

test('among a thousand prefixes the longest is found, as by looking at each', () => {
  const names = Array.from(
    { length: 1000 },
    (_, i) =>
      '/' +
      i
        .toString(3)
        .split('')
        .join(i % 2 ? '/' : ''),
  )
  const tree = new LocationTree(
    [...new Set(names)].map(text => location(text)),
    table(),
  )
  for (const uri of ['/1/0/2', '/102', '/2', '/3', '/11/1', '/1/1/1/1/1/1/1/1/x', '/222222x']) {
    const longest = names.filter(text => uri.startsWith(text)).sort((a, b) => b.length - a.length)[0]
    assert.equal(find(tree, uri), longest, uri)
  }
})
