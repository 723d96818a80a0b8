/** The tutorial's file, as printed but for its ports: 1-2-3, however many workers and whatever localhost means. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { httpOrigin, type HttpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'

const text = readFileSync(join(import.meta.dirname, '../../../../examples/tutorial/nginx.conf'), 'utf8')
const noIpv6 = await new Promise<string | false>(resolve => {
  const server = createServer()
  server.once('error', () => resolve('this machine has no IPv6 loopback'))
  server.listen(0, '::1', () => server.close(() => resolve(false)))
})

for (const workers of [1, 2, 8]) {
  test(`answers 1-2-3 with ${workers} workers, over new connections and over kept ones`, async () => {
    await using three = await servers(['127.0.0.1', '127.0.0.1', '127.0.0.1'])
    await using proxy = await startProxy({ workers, config: ports => tutorial(ports.main!, three.ports) })

    const fresh: string[] = []
    for (let count = 0; count < 12; count++) fresh.push((await ask(proxy.port(), get('/'))).text)
    assert.equal(fresh.join(' '), repeated('123', 4))

    await using client = await connect(proxy.port())
    await using other = await connect(proxy.port())
    const kept: string[] = []
    for (let count = 0; count < 12; count++) {
      const asking = count % 2 === 0 ? client : other
      kept.push((await asking.send(get('/')).readResponse()).text)
    }
    assert.equal(kept.join(' '), repeated('123', 4))
  })
}

describe('a peer on localhost', { skip: noIpv6 }, () => {
  for (const [hosts, where] of [
    [['::1', '::1', '::1'], 'on ::1 only'],
    [['127.0.0.1', '::1', '127.0.0.1'], 'on one loopback address each'],
  ] as const) {
    test(`is one peer, and found, with servers ${where}`, async () => {
      await using three = await servers(hosts)
      await using proxy = await startProxy({ workers: 2, config: ports => tutorial(ports.main!, three.ports) })
      const answers: string[] = []
      for (let count = 0; count < 9; count++) answers.push((await ask(proxy.port(), get('/'))).text)
      assert.equal(answers.join(' '), repeated('123', 3))
    })
  }
})

test('starts when every server is down or has no address, and answers once they are there', async () => {
  await using proxy = await startProxy({
    config: ports => `
      upstream gone { server 127.0.0.1:1; server no-such-host.invalid:80; }
      server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://gone; } }`,
  })
  assert.equal((await ask(proxy.port(), get('/'))).status, 502)
  await proxy.errorLog(/\[warn\] .*host not found in upstream "gone".*no-such-host/)
})

interface Three extends AsyncDisposable {
  readonly ports: readonly number[]
}

async function servers(hosts: readonly string[]): Promise<Three> {
  const list: HttpOrigin[] = []
  for (const [index, host] of hosts.entries()) list.push(await httpOrigin(`Server ${index + 1}`, host))
  return {
    ports: list.map(({ port }) => port),
    async [Symbol.asyncDispose]() {
      await Promise.all(list.map(origin => origin[Symbol.asyncDispose]()))
    },
  }
}

/** Only ports are replaced; that all four were there is checked. */
function tutorial(front: number, ports: readonly number[]): string {
  let changed = text
  for (const [from, to] of [
    ['listen 8080;', `listen ${front};`],
    ['localhost:8000;', `localhost:${ports[0]};`],
    ['localhost:8001;', `localhost:${ports[1]};`],
    ['localhost:8002;', `localhost:${ports[2]};`],
  ] as const) {
    assert.ok(changed.includes(from), from)
    changed = changed.replace(from, to)
  }
  return changed
}

function repeated(digits: string, times: number): string {
  return [...digits.repeat(times)].map(digit => `Server ${digit}`).join(' ')
}
