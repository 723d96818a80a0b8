import assert from 'node:assert/strict'
import { existsSync, mkdirSync, openSync, renameSync } from 'node:fs'
import { test } from 'node:test'
import { LogWriter } from '../../src/log/writer.ts'
import { logFolder } from './log-folder.fixture.ts'

function writer(value: LogWriter | string): LogWriter {
  assert.ok(value instanceof LogWriter, String(value))
  return value
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** Without timers, which some of these tests hold still. */
async function turnsWhile(waiting: () => boolean): Promise<void> {
  const expires = Date.now() + 40_000
  while (waiting() && Date.now() < expires) await turn()
}

test('the file is there once it is opened, and lines stand in it in their order', async t => {
  const { files, path, read } = logFolder(t)
  const log = writer(files.writer(path('a.log')))
  assert.equal(read('a.log'), '')
  log.write('one')
  log.write('two \xe9')
  await files.flush()
  assert.equal(read('a.log'), 'one\ntwo \xe9\n')
})

test('while lines are few each stands in the file at once', t => {
  const { files, path, read } = logFolder(t)
  const log = writer(files.writer(path('a.log')))
  log.write('one')
  log.write('two')
  assert.equal(read('a.log'), 'one\ntwo\n')
})

test('many lines at a time gather, and nobody has to ask for them to be written', async t => {
  const { files, path, read } = logFolder(t)
  const log = writer(files.writer(path('a.log')))
  const lines = Array.from({ length: 100 }, (_, i) => `line ${i}\n`)
  for (const line of lines) log.write(line.trimEnd())
  const atOnce = read('a.log')
  assert.ok(atOnce.length < lines.join('').length / 2, atOnce)
  await turnsWhile(() => read('a.log').length < lines.join('').length)
  assert.equal(read('a.log'), lines.join(''))
})

test('lines written while others are on their way follow in order', async t => {
  const { files, path, read } = logFolder(t)
  const log = writer(files.writer(path('a.log')))
  const expected: string[] = []
  for (let i = 0; i < 50; i++) {
    log.write('line ' + i)
    expected.push('line ' + i + '\n')
    if (i % 7 === 0) await turn()
  }
  await files.flush()
  assert.equal(read('a.log'), expected.join(''))
})

test('two logs to one file share a writer', t => {
  const { files, path } = logFolder(t)
  assert.equal(files.writer(path('a.log')), files.writer(path('a.log')))
  assert.notEqual(files.writer(path('a.log')), files.writer(path('b.log')))
})

test('what cannot be opened is told as nginx tells it', t => {
  const { files, path } = logFolder(t)
  assert.equal(files.writer(path('none/a.log')), `open() "${path('none/a.log')}" failed (2: No such file or directory)`)
  mkdirSync(path('folder'))
  assert.equal(files.writer(path('folder')), `open() "${path('folder')}" failed (21: Is a directory)`)
})

test('a buffered log writes when its buffer is full, not before', async t => {
  const { files, path, read } = logFolder(t)
  const log = writer(files.writer(path('a.log'), 20))
  log.write('123456789')
  for (let i = 0; i < 5; i++) await turn()
  assert.equal(read('a.log'), '')
  log.write('123456789')
  await turnsWhile(() => read('a.log') === '')
  assert.equal(read('a.log'), '123456789\n123456789\n')
})

test('a buffered log is written after its time', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { files, path, read } = logFolder(t)
  const log = writer(files.writer(path('a.log'), 1000, 5000))
  log.write('early')
  t.mock.timers.tick(4999)
  for (let i = 0; i < 5; i++) await turn()
  assert.equal(read('a.log'), '')
  t.mock.timers.tick(1)
  await turnsWhile(() => read('a.log') === '')
  assert.equal(read('a.log'), 'early\n')
})

test('of two logs to one file the one without a buffer decides', async t => {
  const { files, path, read } = logFolder(t)
  const log = writer(files.writer(path('a.log'), 1000))
  writer(files.writer(path('a.log')))
  writer(files.writer(path('a.log'), 500))
  log.write('now')
  await turnsWhile(() => read('a.log') === '')
  assert.equal(read('a.log'), 'now\n')
})

test('a file moved away is made anew by reopening; what was held goes to the old one', async t => {
  const { files, path, read } = logFolder(t)
  const log = writer(files.writer(path('a.log'), 1000))
  log.write('old')
  renameSync(path('a.log'), path('a.log.1'))
  assert.deepEqual(files.reopenAll(), [])
  assert.equal(existsSync(path('a.log')), true)
  log.write('new')
  await files.flush()
  assert.equal(read('a.log.1'), 'old\n')
  assert.equal(read('a.log'), 'new\n')
})

test('a file that cannot be opened anew goes on where it was', async t => {
  const { files, path, read } = logFolder(t)
  mkdirSync(path('d'))
  const log = writer(files.writer(path('d/a.log')))
  renameSync(path('d'), path('e'))
  assert.deepEqual(files.reopenAll(), [`open() "${path('d/a.log')}" failed (2: No such file or directory)`])
  log.write('still')
  await files.flush()
  assert.equal(read('e/a.log'), 'still\n')
})

test('the last words are written without waiting for a turn', t => {
  const { files, path, read } = logFolder(t)
  writer(files.writer(path('a.log'), 1000)).write('bye')
  files.flushSync()
  assert.equal(read('a.log'), 'bye\n')
})

test('a full disk loses lines, counts them and says so once', { skip: !existsSync('/dev/full') }, async t => {
  const { options, troubles } = logFolder(t)
  const log = new LogWriter('/dev/full', openSync('/dev/full', 'a'), options)
  t.after(() => log.close())
  log.write('one')
  log.write('two')
  await log.flush()
  log.write('three')
  await log.flush()
  assert.equal(log.lost, 3)
  assert.deepEqual(troubles, ['write() to "/dev/full" failed (28: No space left on device), 2 lines lost so far'])
})

test('no more than the limit is held in memory', async t => {
  const { options, path, read, troubles } = logFolder(t)
  const log = new LogWriter(path('a.log'), openSync(path('a.log'), 'a'), { ...options, limitBytes: 100 })
  log.buffer(1000, 0)
  t.after(() => log.close())
  for (let i = 0; i < 30; i++) log.write('123456789')
  assert.equal(log.lost, 20)
  assert.equal(troubles.length, 1)
  await log.flush()
  assert.equal(read('a.log'), '123456789\n'.repeat(10))
  log.write('after')
  await log.flush()
  assert.equal(log.lost, 20)
})

test('closing writes what is held and takes no more', async t => {
  const { options, path, read } = logFolder(t)
  const log = new LogWriter(path('a.log'), openSync(path('a.log'), 'a'), options)
  log.write('in time')
  await log.close()
  log.write('too late')
  assert.equal(read('a.log'), 'in time\n')
  assert.equal(log.lost, 1)
})

test('a configuration that asks for a file no more lets go of it, and keeps the others', async t => {
  const { files, path, read } = logFolder(t)
  const old = writer(files.writer(path('old.log')))
  const kept = writer(files.writer(path('kept.log'), 1000))
  old.write('last')
  files.begin()
  assert.equal(files.writer(path('kept.log')), kept)
  files.sweep()
  assert.equal(old.closed, true)
  assert.equal(kept.closed, false)
  await old.close()
  kept.write('on')
  await files.flush()
  assert.equal(read('kept.log'), 'on\n')
})
