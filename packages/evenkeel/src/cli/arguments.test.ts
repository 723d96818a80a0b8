import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readArguments, type Arguments } from './arguments.ts'

test('values stand apart or glued to their flag', () => {
  assert.equal(good('-c', 'a.conf').file, 'a.conf')
  assert.equal(good('-ca.conf').file, 'a.conf')
  assert.equal(good('-p/srv/', '-e', 'stderr').prefix, '/srv/')
  assert.equal(good('-g', 'daemon off;').globals, 'daemon off;')
})

test('flags combine, and a flag with a value ends its word', () => {
  const { test: wantsTest, quiet, file } = good('-tqc', 'a.conf')
  assert.deepEqual([wantsTest, quiet, file], [true, true, 'a.conf'])
  assert.equal(good('-tcq').file, 'q')
})

test('-T tests too, -V and -? and the long names are known', () => {
  const dump = good('-T')
  assert.ok(dump.test && dump.dump)
  assert.ok(good('-V').build)
  assert.ok(good('-?').help && good('-h').help && good('--help').help)
  assert.ok(good('-v').version && good('--version').version)
})

test('what is wrong is said in the words of nginx', () => {
  assert.equal(readArguments(['foo']), 'invalid option: "foo"')
  assert.equal(readArguments(['-x']), 'invalid option: "x"')
  assert.equal(readArguments(['-tx']), 'invalid option: "x"')
  assert.equal(readArguments(['-c']), 'option "-c" requires file name')
  assert.equal(readArguments(['-p']), 'option "-p" requires directory name')
  assert.equal(readArguments(['-g']), 'option "-g" requires parameter')
  assert.equal(readArguments(['-s', 'bad']), 'invalid option: "-s bad"')
})

test('the four signals are known, apart or glued', () => {
  for (const name of ['stop', 'quit', 'reopen', 'reload']) {
    assert.equal(good('-s', name).signal, name)
    assert.equal(good(`-s${name}`).signal, name)
  }
})

test('a value may look like a flag, as nginx takes it', () => {
  assert.equal(good('-c', '-t').file, '-t')
})

function good(...list: string[]): Arguments {
  const read = readArguments(list)
  assert.notEqual(typeof read, 'string', String(read))
  return read as Arguments
}
