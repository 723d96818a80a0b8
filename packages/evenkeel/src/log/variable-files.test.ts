import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test, type TestContext } from 'node:test'
import type { LogFileCacheModel } from '../model/settings/log-settings.ts'
import { VariableFiles } from './variable-files.ts'
import type { LogWriter } from './writer.ts'

test('a file that was moved away is made anew after a second, and within it written to as it is', t => {
  const { files, clock, path, read } = stage(t, null)
  files.write(path('a'), 'one')
  renameSync(path('a'), path('moved'))
  clock.ms += 999
  files.write(path('a'), 'two')
  assert.equal(read('moved'), 'one\ntwo\n')
  clock.ms += 1
  files.write(path('a'), 'three')
  assert.equal(read('a'), 'three\n')
})

test('a file is kept open from its min_uses-th use on', t => {
  const { files, path, read } = stage(t, { max: 3, inactiveMs: 20_000, validMs: 60_000, minUses: 2 })
  files.write(path('once'), '1')
  files.write(path('twice'), '1')
  files.write(path('twice'), '2')
  for (const name of ['once', 'twice']) renameSync(path(name), path(`${name}.moved`))
  for (const name of ['once', 'twice']) files.write(path(name), 'late')
  assert.equal(read('twice.moved'), '1\n2\nlate\n')
  assert.equal(read('once'), 'late\n')
})

test('the one used longest ago makes room, and one that cannot be opened takes no place', t => {
  const { files, troubles, path, problems, read } = stage(t, {
    max: 2,
    inactiveMs: 20_000,
    validMs: 60_000,
    minUses: 1,
  })
  for (const name of ['a', 'b', 'none/c']) files.write(path(name), '1')
  assert.match(problems.join(), /^open\(\) ".*none\/c" failed \(2: No such file/)
  assert.equal(troubles.length, 0)
  for (const name of ['a', 'b']) renameSync(path(name), path(`${name}.moved`))
  files.write(path('a'), '2')
  assert.equal(read('a.moved'), '1\n2\n')
  files.write(path('c'), '1')
  files.write(path('b'), '2')
  assert.equal(read('b.moved'), '1\n')
  assert.equal(read('b'), '2\n')
})

test('a name not used for a while is forgotten, one used for long is checked again', t => {
  const { files, clock, path, read } = stage(t, { max: 2, inactiveMs: 2000, validMs: 5000, minUses: 1 })
  files.write(path('a'), '1')
  files.write(path('b'), '1')
  for (const name of ['a', 'b']) renameSync(path(name), path(`${name}.moved`))
  for (let second = 1; second <= 5; second++) {
    clock.ms += 1000
    files.write(path('b'), 'more')
  }
  files.write(path('a'), '2')
  assert.equal(read('a'), '2\n')
  assert.equal(read('b.moved'), '1\n' + 'more\n'.repeat(4))
  assert.equal(read('b'), 'more\n')
})

test('closing lets go of every file', async t => {
  const { files, closed, path } = stage(t, null)
  for (const name of ['a', 'b']) files.write(path(name), '1')
  files.closeAll()
  assert.equal(closed.length, 2)
  assert.equal(files.writers().length, 0)
  assert.ok(existsSync(path('a')))
})

interface Stage {
  readonly files: VariableFiles
  readonly clock: { ms: number }
  readonly closed: LogWriter[]
  readonly problems: string[]
  /** Complaints of the writers. */
  readonly troubles: string[]
  path(name: string): string
  read(name: string): string
}

function stage(t: TestContext, cache: LogFileCacheModel | null): Stage {
  const folder = mkdtempSync(`${tmpdir()}/keel-variable-`)
  const clock = { ms: 1_700_000_000_000 }
  const closed: LogWriter[] = []
  const problems: string[] = []
  const troubles: string[] = []
  const files = new VariableFiles(
    { now: () => clock.ms, onTrouble: text => void troubles.push(text) },
    cache,
    writer => {
      closed.push(writer)
      void writer.close()
    },
    text => void problems.push(text),
  )
  t.after(() => {
    files.closeAll()
    rmSync(folder, { recursive: true })
  })
  const path = (name: string): string => `${folder}/${name}`
  return { files, clock, closed, problems, troubles, path, read: name => readFileSync(path(name), 'latin1') }
}
