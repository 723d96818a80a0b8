/** `server_tokens`: what answers say of who gave them, in the field and at the foot of a page. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { startProxy } from '../scenario/proxy.ts'

const proxy = await startProxy({
  config: ports => `
server {
  listen 127.0.0.1:${ports['main']};
  location = /on { return 404; }
  location = /off { server_tokens off; return 404; }
  location = /build { server_tokens build; return 404; }
  location = /named { server_tokens "Acme & Sons"; return 404; }
  location = /none { server_tokens ""; return 404; }
  location = /asked { server_tokens "shop $arg_name"; return 404; }
}`,
})
after(() => proxy[Symbol.asyncDispose]())

async function told(target: string): Promise<[string | undefined, string | undefined]> {
  const { status, text, get: field } = await ask(proxy.port('main'), get(target, 'Connection: close'))
  assert.equal(status, 404)
  return [field('server'), /<hr><center>(.*)<\/center>/.exec(text)?.[1]]
}

test('a version, or not', async () => {
  const [server, foot] = await told('/on')
  assert.match(server!, /^evenkeel\/\d/)
  assert.equal(foot, server)
  assert.deepEqual(await told('/build'), [server, server])
  assert.deepEqual(await told('/off'), ['evenkeel', 'evenkeel'])
})

test('a text of their own, or nothing at all', async () => {
  assert.deepEqual(await told('/named'), ['Acme & Sons', 'Acme &amp; Sons'])
  assert.deepEqual(await told('/none'), [undefined, undefined])
})

test('one with variables says nothing that would break out of the field or the page', async () => {
  assert.deepEqual(await told('/asked?name=a'), ['shop a', 'shop a'])
  assert.deepEqual(await told('/asked?name=<b>'), ['shop <b>', 'shop &lt;b&gt;'])
})
