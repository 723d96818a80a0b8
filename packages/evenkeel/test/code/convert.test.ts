/** A configuration written as a typed one yields the same model: held for every golden case that has one. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { runInThisContext } from 'node:vm'
import { printConfig } from '../../src/config/code/print.ts'
import { readCode } from '../../src/config/code/read.ts'
import { diskFiles } from '../../src/config/nginx/disk.ts'
import { parseConfiguration, readConfiguration } from '../../src/config/nginx/read.ts'
import type { Model } from '../../src/model/model.ts'
import { memoryFiles } from '../config/memory-files.ts'

const cases = resolve(import.meta.dirname, '../config')

function meaning(model: Model): unknown {
  // Where things were said differs, and what is ignored is told in another order.
  return { ...model, positions: null, ignored: model.ignored.map(({ name }) => name).toSorted() }
}

function evaluate(text: string): unknown {
  return runInThisContext(text.replace(/^import .*\n/, '').replace('export default defineConfig', ''))
}

let converted = 0
for (const file of readdirSync(cases).filter(name => name.endsWith('.case'))) {
  for (const one of readFileSync(`${cases}/${file}`, 'latin1').split(/^=== /m).slice(1)) {
    const [, name = '', input = ''] = /^(.*)\n([^]*?)^---\n/m.exec(one) ?? []
    const [text = '', ...others] = input.split(/^--- file /m)
    const files = Object.fromEntries(
      others.map(other => [`/etc/${other.slice(0, other.indexOf('\n')).trim()}`, other.slice(other.indexOf('\n') + 1)]),
    )
    const options = { path: '/etc/nginx.conf', text, prefix: '/srv/', files: memoryFiles(files) }
    const { model } = readConfiguration(options)
    if (model === null) continue
    converted++
    test(`${file.replace('.case', '')}: ${name}`, () => {
      const typed = printConfig(parseConfiguration(options).statements)
      const again = readCode(evaluate(typed), { path: 'x.ts' })
      assert.ok(again.model !== null, `${JSON.stringify(again.problems, null, 1)}\n${typed}`)
      assert.deepEqual(meaning(again.model), meaning(model), typed)
    })
  }
}

test('there were cases to convert', () => assert.ok(converted > 30, String(converted)))

test('the tutorial reads as one would write it', () => {
  const path = resolve(import.meta.dirname, '../../../../examples/tutorial/nginx.conf')
  const { statements } = parseConfiguration({ path, prefix: '/', files: diskFiles })
  assert.equal(
    printConfig(statements),
    `import { defineConfig } from 'evenkeel'

export default defineConfig({
  upstreams: { backend: { servers: ['localhost:8000', 'localhost:8001', 'localhost:8002'] } },
  servers: [{ listen: '8080', locations: { '/': { proxyPass: 'backend' } } }],
})
`,
  )
})
