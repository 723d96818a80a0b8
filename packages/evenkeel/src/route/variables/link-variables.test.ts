import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { ReferersModel } from '../../model/settings/link-settings.ts'
import { defaults, type Settings } from '../../model/settings.ts'
import { exchange, NOW, pattern, table, template, type Asked } from '../exchange.fixture.ts'
import { noScope } from '../ports.ts'
import { compileTemplate } from '../template.ts'

function evaluate(name: string, settings: Partial<Settings>, asked: Asked): string {
  const scope = { ...noScope, settings: { ...defaults, ...settings } }
  return compileTemplate(template(`$${name}`), table(), scope)(exchange(asked))
}

const md5 = (text: string, form: 'base64url' | 'hex'): string => createHash('md5').update(text).digest(form)
const linked = { secureLink: template('$arg_hash,$arg_until'), secureLinkMd5: template('word$uri$arg_until') }
const later = Math.floor(NOW / 1000) + 10

function link(until: number, hash = md5(`word/a${until}`, 'base64url')): Asked {
  return { target: `/a?hash=${hash}&until=${until}` }
}

test('a link with the right hash is 1, one that has expired 0, any other nothing', () => {
  assert.equal(evaluate('secure_link', linked, link(later)), '1')
  assert.equal(evaluate('secure_link', linked, link(1000)), '0')
  assert.equal(evaluate('secure_link', linked, link(later, md5('other', 'base64url'))), '')
  assert.equal(evaluate('secure_link', linked, link(later, 'short')), '')
  assert.equal(evaluate('secure_link', linked, { target: `/a?hash=${md5('word/a', 'base64url')}` }), '')
  assert.equal(evaluate('secure_link_expires', linked, link(later)), String(later))
  assert.equal(evaluate('secure_link', {}, link(later)), '')
})

test('the older form: the hash stands in the path before what it is of', () => {
  const ask = (path: string): string => evaluate('secure_link', { secureLinkSecret: 'word' }, { target: path })
  assert.equal(ask(`/p/${md5('top/a.htmlword', 'hex')}/top/a.html`), 'top/a.html')
  assert.equal(ask(`/p/${md5('top/b.htmlword', 'hex')}/top/a.html`), '')
  assert.equal(ask('/p/top/a.html'), '')
})

const nobody: ReferersModel = { none: false, blocked: false, names: [], patterns: [], serverNames: [] }

function invalid(model: Partial<ReferersModel>, referer?: string): string {
  const fields = referer === undefined ? [] : [`Referer: ${referer}`]
  return evaluate('invalid_referer', { validReferers: { ...nobody, ...model } }, { fields })
}

test('pages of the hosts named may link here', () => {
  const names = [
    { host: '*.example.org', path: '' },
    { host: 'other.example', path: '/in/' },
    { host: 'www.test.*', path: '' },
  ]
  assert.equal(invalid({ names }, 'http://www.example.org/x'), '')
  assert.equal(invalid({ names }, 'HTTPS://A.EXAMPLE.ORG:8080/x'), '')
  assert.equal(invalid({ names }, 'http://example.org.evil.example/'), '1')
  assert.equal(invalid({ names }, 'http://other.example:81/in/a'), '')
  assert.equal(invalid({ names }, 'http://other.example/out'), '1')
  assert.equal(invalid({ names }, 'http://www.test.net'), '')
})

test('no field, and one without a scheme, will do where it is said', () => {
  const names = [{ host: 'a.example', path: '' }]
  assert.deepEqual([invalid({ names }), invalid({ names, none: true })], ['1', ''])
  assert.deepEqual([invalid({ names }, 'XXXX'), invalid({ names, blocked: true }, 'XXXX')], ['1', ''])
  assert.equal(invalid({ none: true }, 'http://anywhere.example/'), '')
})

test('patterns see what is behind the scheme, and the names of the server count where they are asked for', () => {
  const patterns = [pattern('\\.google\\.', true)]
  assert.deepEqual(
    [invalid({ patterns }, 'http://www.Google.com/q'), invalid({ patterns }, 'http://x.com/')],
    ['', '1'],
  )
  const serverNames = [{ kind: 'wildcard-start', text: 'own.example' } as const]
  assert.deepEqual(
    ['http://a.own.example/', 'http://own.example/'].map(page => invalid({ serverNames }, page)),
    ['', '1'],
  )
})
