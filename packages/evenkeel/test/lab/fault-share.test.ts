/** Faults turned up and down by the API, and by a script. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startProxy } from '../scenario/proxy.ts'

test('a named fault is turned up and down by the API, and one asks a script', async () => {
  await using proxy = await startProxy({
    workers: 2,
    files: {
      'chaos.ts': `
        /** Every third order of a client fails. */
        export default request => (Number(request.variable('arg_order')) % 3 === 0 ? '1' : '')`,
    },
    config: ports => `
      fault_allowed on;
      set_by $chaos ./chaos.ts;
      server {
        listen 127.0.0.1:${ports.main};
        location /named { fault abort=503 percent=0 name=shop; try_files /none =204; }
        location /script { fault abort=503 if=$chaos; try_files /none =204; }
        location /api/ { api write=on; }
      }`,
  })
  const base = `http://127.0.0.1:${proxy.port('main')}`
  const statuses = async (path: string, count: number): Promise<string> => {
    const list: number[] = []
    for (let at = 0; at < count; at++) list.push((await fetch(`${base}${path}`)).status)
    return list.join(' ')
  }
  const change = (name: string, body: string): Promise<Response> =>
    fetch(`${base}/api/9/faults/${name}`, { method: 'PATCH', body })
  assert.equal(await statuses('/named', 3), '204 204 204')
  assert.deepEqual(await (await change('shop', '{"percent": 100}')).json(), { percent: 100 })
  assert.equal(await statuses('/named', 6), '503 503 503 503 503 503')
  assert.deepEqual(await (await fetch(`${base}/api/9/faults`)).json(), { shop: { percent: 100 } })
  assert.deepEqual(await (await change('shop', '{"percent": null}')).json(), { percent: 0 })
  assert.equal(await statuses('/named', 3), '204 204 204')
  assert.equal((await change('nobody', '{"percent": 1}')).status, 404)
  assert.equal((await change('shop', '{"percent": 101}')).status, 400)
  for (let order = 1; order <= 6; order++) {
    assert.equal(await statuses(`/script?order=${order}`, 1), order % 3 === 0 ? '503' : '204')
  }
})
