import assert from 'node:assert/strict'
import { it } from 'node:test'
import { describedPaths, openApi } from './openapi.ts'
import { matchPath, resourcePaths } from './resources.ts'

it('describes what is answered, all of it and nothing else', () => {
  assert.deepEqual(describedPaths.toSorted(), resourcePaths.toSorted())
})

it('refers to nothing that it does not define', () => {
  const document = openApi() as { components: { schemas: Record<string, unknown> } }
  const used = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(match => match[1]!)
  assert.deepEqual([...new Set(used)].toSorted(), Object.keys(document.components.schemas).toSorted())
})

it('finds what a path is of', () => {
  assert.deepEqual(matchPath('http/upstreams/a b/servers/3', resourcePaths), {
    pattern: 'http/upstreams/*/servers/*',
    names: ['a b', '3'],
  })
  assert.equal(matchPath('http/upstreams/a/servers/3/4', resourcePaths), null)
})
