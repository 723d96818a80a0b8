import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { compileTypes } from './type-set.ts'

function head(type?: string): ResponseHead {
  const fields = new Fields()
  if (type !== undefined) fields.set('Content-Type', type)
  return { fields } as ResponseHead
}

test('a type counts without its parameters and whatever its case; a response without one is of no type', () => {
  const isText = compileTypes(['text/html'])
  assert.equal(isText(head('Text/HTML; charset=utf-8')), true)
  assert.equal(isText(head('text/plain')), false)
  assert.equal(isText(head()), false)
})

test('* is every response', () => {
  const any = compileTypes(['text/html', '*'])
  assert.equal(any(head('image/png')), true)
  assert.equal(any(head()), true)
})
