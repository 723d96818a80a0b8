import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainProblem, formatProblem, Problems } from './problems.ts'

const position = { file: '/etc/a.conf', line: 2, column: 3 }

test('a problem is one line as nginx writes it', () => {
  const problem = { level: 'emerg' as const, message: 'unknown directive "foo"', position }
  assert.equal(formatProblem(problem), 'evenkeel: [emerg] unknown directive "foo" in /etc/a.conf:2')
  const command = { ...problem, position: { file: 'command line', line: 0, column: 1 } }
  assert.equal(formatProblem(command), 'evenkeel: [emerg] unknown directive "foo" in command line')
})

test('people are shown the line, a caret and what to do', () => {
  const files = [{ path: '/etc/a.conf', text: 'x;\n\t foo bar;\r\n' }]
  const problem = { level: 'warn' as const, message: 'm', position, remedy: 'did you mean "root"?' }
  assert.equal(
    explainProblem(problem, files),
    ['evenkeel: [warn] m in /etc/a.conf:2', '  2 |   foo bar;', '        ^', '  did you mean "root"?'].join('\n'),
  )
})

test('bytes read one a character are told as the UTF-8 they were, without control characters', () => {
  const message = Buffer.from('unknown directive "fü\x1b[31m"', 'utf8').toString('latin1')
  assert.equal(
    formatProblem({ level: 'emerg', message, position }),
    'evenkeel: [emerg] unknown directive "fü?[31m" in /etc/a.conf:2',
  )
})

test('an error is kept behind any number of warnings', () => {
  const problems = new Problems()
  for (let index = 0; index < 1000; index++) problems.warn(position, 'w')
  problems.error(position, 'e')
  assert.ok(problems.failed)
  assert.equal(problems.list.at(-1)?.message, 'e')
})
