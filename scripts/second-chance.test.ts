/** The command for tests, run on files that fail once, always, or in odd ways. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

const command = join(import.meta.dirname, 'test')

/** Files by what they do the first time they are run (`always`: each time); answers what the command says of them. */
function run(t: TestContext, files: Readonly<Record<string, string>>, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'second-chance-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, act] of Object.entries(files)) {
    writeFileSync(
      join(folder, `${name}.test.mjs`),
      `import { appendFileSync, readFileSync } from 'node:fs'
       import { describe, test } from 'node:test'
       const runs = ${JSON.stringify(join(folder, `${name}.runs`))}
       appendFileSync(runs, '.')
       const first = readFileSync(runs, 'latin1') === '.'
       const always = true
       test('another', () => {})
       ${act}`,
    )
  }
  const { NODE_TEST_CONTEXT: _, EVENKEEL_TESTS_ONCE: _once, ...clean } = process.env
  const list = Object.keys(files).map(name => join(folder, `${name}.test.mjs`))
  const { status, stdout } = spawnSync('sh', [command, ...list], { env: { ...clean, ...env }, encoding: 'utf8' })
  const runsOf = (name: string): number => readFileSync(join(folder, `${name}.runs`), 'latin1').length
  return { status, stdout, runsOf }
}

const once = (name: string): string => `test('${name}', () => { if (first) throw new Error('only once') })`
const always = `test('fails', () => { if (always) throw new Error('each time') })`

test('what fails beside others and passes alone is a success that says what to mend, last of all', t => {
  const { status, stdout, runsOf } = run(t, {
    good: '',
    shaky: `describe('a group', () => { ${once('in a group')} })\n${once('two  words')}`,
    dying: 'if (first) process.exit(3)',
    killed: `test('and its process', () => { if (first) process.kill(process.pid, 'SIGKILL') })`,
    loading: `if (first) throw new Error('not today')`,
    todo: `test('some day', { todo: true }, () => { throw new Error('still to do') })`,
  })
  assert.equal(status, 0, stdout)
  const box = stdout.trimEnd().split('\n').slice(-7)
  assert.match(box[0]!, /^!{70}/)
  assert.match(box[1]!, /^!! FLAKY, MEND THEM\. /)
  assert.match(box[6]!, /^!{70}/)
  const told = box.slice(2, 6).toSorted().join('\n')
  assert.match(told, /^!! {3}\S*dying\.test\.mjs: the file as a whole$/m)
  assert.match(told, /^!! {3}\S*killed\.test\.mjs: .*the file as a whole$/m)
  assert.match(told, /^!! {3}\S*loading\.test\.mjs: the file as a whole$/m)
  assert.match(told, /^!! {3}\S*shaky\.test\.mjs: in a group; two words$/m)
  assert.deepEqual(
    ['good', 'shaky', 'dying', 'killed', 'loading', 'todo'].map(name => runsOf(name)),
    [1, 2, 2, 2, 2, 1],
  )
  assert.match(stdout, /only once/)
  assert.equal(stdout.match(/^ℹ tests /gm)?.length, 1, 'the counts are those of the whole run')
})

test('what fails again is a failure, and what it said the second time is shown', t => {
  const { status, stdout } = run(t, { shaky: once('once'), broken: always })
  assert.equal(status, 1, stdout)
  assert.equal(stdout.match(/^ℹ tests /gm)?.length, 2)
  assert.match(stdout, /FLAKY[^]*shaky\.test\.mjs: once\n!+\n$/)
  assert.doesNotMatch(stdout, /^!!.*broken/m)
})

test('with EVENKEEL_TESTS_ONCE=1 there is no second time', t => {
  const { status, stdout, runsOf } = run(t, { shaky: once('once') }, { EVENKEEL_TESTS_ONCE: '1' })
  assert.deepEqual([status, runsOf('shaky')], [1, 1], stdout)
  assert.doesNotMatch(stdout, /FLAKY/)
})

test('nor when more than five files failed', t => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const { status, stdout, runsOf } = run(t, Object.fromEntries(names.map(name => [name, once(name)])))
  assert.equal(status, 1, stdout)
  assert.match(stdout, /6 files failed: too many to be flaky/)
  assert.deepEqual(
    names.map(name => runsOf(name)),
    [1, 1, 1, 1, 1, 1],
  )
})

test('a run without a failure says nothing of it', t => {
  const { status, stdout } = run(t, { good: '' })
  assert.equal(status, 0, stdout)
  assert.doesNotMatch(stdout, /FLAKY|once more/)
})
