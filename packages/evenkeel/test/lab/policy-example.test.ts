/** The example of a tested policy runs, and its tests pass, with nothing but what programs may import. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

const root = resolve(import.meta.dirname, '../../../..')

test('the example tests a policy', () => {
  const index = pathToFileURL(resolve(root, 'packages/evenkeel/src/index.ts')).href
  // What an installed package would be found by.
  const hook = `import { registerHooks } from 'node:module'
registerHooks({ resolve: (name, parent, next) => name === 'evenkeel' ? { url: '${index}', shortCircuit: true } : next(name, parent) })`
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(hook)}`,
      resolve(root, 'examples/policy-test/freest.test.ts'),
    ],
    { encoding: 'utf8', env },
  )
  assert.equal(status, 0, stdout)
  assert.match(stdout, /pass 4/)
})
