import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Board, createBoard } from './board.ts'

test('what one writes others read whole, and know it for another', () => {
  const buffer = createBoard(64)
  const writer = new Board(buffer)
  const reader = new Board(buffer)
  assert.equal(reader.read(), '')
  const before = reader.version
  assert.equal(writer.write('ärger'), true)
  assert.notEqual(reader.version, before)
  assert.equal(reader.read(), 'ärger')
})

test('what is too long is refused, and changes nothing', () => {
  const board = new Board(createBoard(8))
  board.write('12345678')
  const { version } = board
  assert.equal(board.write('123456789'), false)
  assert.equal(board.read(), '12345678')
  assert.equal(board.version, version)
})
