/** What is answered is what is described: a member that one of them has and the other lacks is found here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describedPaths, schemaOf, schemas } from '../../src/control/api/openapi.ts'
import { start } from '../../src/index.ts'
import { httpOrigin } from '../scenario/origin.ts'

type Schema = Readonly<Record<string, unknown>>

/** Where a value is not as its schema says; members that no schema names are mistakes as well. */
function mistakes(value: unknown, schema: Schema, at: string): string[] {
  const { $ref, type, items, properties, additionalProperties } = schema
  if (typeof $ref === 'string') return mistakes(value, schemas[$ref.replace('#/components/schemas/', '')]!, at)
  const actual = Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value
  if (actual !== type) return [`${at} is ${actual}, not ${String(type)}`]
  if (actual === 'array')
    return (value as unknown[]).flatMap((one, index) => mistakes(one, items as Schema, `${at}/${index}`))
  if (actual !== 'object') return []
  return Object.entries(value as object).flatMap(([name, one]) => {
    const member =
      (properties as Record<string, Schema> | undefined)?.[name] ?? (additionalProperties as Schema | undefined)
    return member === undefined ? [`${at}/${name} is not described`] : mistakes(one, member, `${at}/${name}`)
  })
}

test('each path answers what its description says', async () => {
  await using origin = await httpOrigin('one')
  await using balancer = await start({
    upstreams: { web: { servers: [`${origin.address} max_conns=3 slow_start=3s route=a`, `${origin.address} down`] } },
    servers: [
      {
        listen: '127.0.0.1:0',
        statusZone: 'site',
        locations: { '/': { proxyPass: 'web', statusZone: 'pages', healthCheck: true } },
      },
    ],
  })
  await (await fetch(balancer.listeners[0]!.url)).text()
  const names: Readonly<Record<string, readonly string[]>> = {
    'workers/*': ['0'],
    'http/server_zones/*': ['site'],
    'http/location_zones/*': ['pages'],
    'http/upstreams/*': ['web'],
    'http/upstreams/*/servers': ['web'],
    'http/upstreams/*/servers/*': ['web', '0'],
  }
  for (const path of describedPaths) {
    if (path.includes('*') && names[path] === undefined) continue
    let at = 0
    const real = path.replace(/\*/g, () => names[path]![at++]!)
    assert.deepEqual(mistakes(await balancer.api('GET', `/9/${real}`), schemaOf(path), path), [])
  }
  const document = (await balancer.api('GET', '/9/openapi.json')) as { readonly openapi: string }
  assert.equal(document.openapi, '3.1.0')
})
