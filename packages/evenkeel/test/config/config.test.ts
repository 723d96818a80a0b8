/**
 * Golden cases: a configuration, a dashed line, then what comes of it.
 *
 *     === sentence about behaviour
 *     text of the main file
 *     --- file conf.d/a.conf            (any number of further files, relative to the main one)
 *     ---
 *     http.servers.0.listens = […]      a part of the model as JSON
 *     [emerg] message in FILE:LINE      problems: all of them, in order
 *     ? remedy of the problem above
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { formatProblem } from '../../src/config/nginx/problems.ts'
import { readConfiguration } from '../../src/config/nginx/read.ts'
import { memoryFiles } from './memory-files.ts'

for (const file of readdirSync(import.meta.dirname).filter(name => name.endsWith('.case'))) {
  const cases = readFileSync(`${import.meta.dirname}/${file}`, 'latin1')
    .split(/^=== /m)
    .slice(1)
  for (const one of cases) {
    const [, name = '', input = '', expected = ''] = /^(.*)\n([^]*?)^---\n([^]*)$/m.exec(one) ?? []
    assert.notEqual(name, '', `${file}: a case without a dashed line:\n${one}`)
    test(`${file.replace('.case', '')}: ${name}`, () => check(input, expected))
  }
}

function check(input: string, expected: string): void {
  const [text = '', ...others] = input.split(/^--- file /m)
  const files = Object.fromEntries(
    others.map(other => {
      const end = other.indexOf('\n')
      return [`/etc/${other.slice(0, end).trim()}`, other.slice(end + 1)]
    }),
  )
  const { model, problems } = readConfiguration({
    path: '/etc/nginx.conf',
    text,
    prefix: '/srv/',
    files: memoryFiles(files),
    hostname: 'box',
  })
  const told: string[] = []
  const wanted: string[] = []
  for (const line of expected.split('\n').filter(line => line.trim() !== '')) {
    const part = /^([\w.]+) = (.*)$/.exec(line)
    if (part === null || line.startsWith('[')) wanted.push(line)
    else {
      const [, path = '', json = ''] = part
      assert.ok(model !== null, `no model: ${problems.map(formatProblem).join('\n')}`)
      assert.deepEqual(at(structuredClone(model), path), json === 'undefined' ? undefined : JSON.parse(json), path)
    }
  }
  for (const problem of problems) {
    told.push(formatProblem(problem).replace('evenkeel: ', '').replaceAll('/etc/', ''))
    // A remedy is compared where the case tells one.
    const remedy = `? ${problem.remedy}`
    if (wanted[told.length]?.startsWith('? ') === true) told.push(remedy)
  }
  assert.deepEqual(told, wanted)
}

function at(model: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
      model,
    )
}
