/** `evenkeel -c evenkeel.config.ts`: the same interface as for a file in nginx's language. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { readCodeFile } from '../../src/config/code/read.ts'
import { diskFiles } from '../../src/config/nginx/disk.ts'

async function problemsOf(source: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-'))
  try {
    const path = join(folder, 'evenkeel.config.ts')
    writeFileSync(path, source)
    const { problems } = await readCodeFile(path, diskFiles)
    return problems.map(({ message, position: { line, column } }) => `${line}:${column} ${message}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('the example is read', async () => {
  const path = resolve(import.meta.dirname, '../../../../examples/typed/evenkeel.config.ts')
  const { model, problems } = await readCodeFile(path, diskFiles)
  assert.deepEqual(problems, [])
  assert.equal(model?.http?.upstreams[0]?.servers[2]?.weight, 2)
})

test('a problem has the line and column of the key it is about', async () => {
  const source =
    "import { defineConfig } from 'evenkeel'\nexport default defineConfig({\n  servers: [\n    { listen: 80, bogus: 1 },\n  ],\n})\n"
  assert.deepEqual(await problemsOf(source), ['4:19 unknown directive "bogus"'])
})

test('a module that cannot be used says why', async () => {
  const said: readonly (readonly [string, RegExp])[] = [
    ['export const a = 1', /the module has no default export/],
    ['export default () => ({})', /exports a function, where data is expected/],
    ['export default { servers: [{ root: () => 1 }] }', /exports a function as "servers\.0\.root"/],
    ['throw new Error("no database")', /could not be loaded: no database/],
    ['export default {', /could not be loaded/],
    ['process.exit(3)', /ended the process it ran in/],
  ]
  for (const [source, wanted] of said) assert.match((await problemsOf(source)).join(), wanted)
})
