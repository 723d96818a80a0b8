import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import type { Response } from '../scenario/connection.ts'
import { httpOrigin, type HttpOrigin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'

let proxy: Proxied
let origin: HttpOrigin
before(async () => {
  origin = await httpOrigin('hello')
  proxy = await startProxy({
    config: ({ main }) => `
      log_format ids '$uri got:$uid_got set:$uid_set';
      server {
        listen ${main};
        access_log access.log ids;
        userid on;
        userid_service 16909060;
        location / { return 200 ok; }
        location /all {
          userid_name who; userid_domain example.com; userid_path /all; userid_expires max;
          userid_flags secure httponly samesite=lax; userid_p3p "policyref=x"; userid_mark M;
        }
        location /day { userid_expires 1d; }
        location /log { userid log; return 200 "$uid_got"; }
        location /off { userid off; return 200 ok; }
        location /reset { set $uid_reset $arg_r; return 200 ok; }
        location /origin { proxy_set_header X-Uid $uid_set; proxy_pass http://${origin.address}; }
      }`,
  })
})
after(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})

function asked(target: string, ...lines: string[]): Promise<Response> {
  return ask(proxy.port('main'), get(target, 'Connection: close', ...lines))
}

/** What `$uid_set` shows for the value of a cookie. */
function shown(value: string): string {
  return Buffer.from(value, 'base64').swap32().toString('hex').toUpperCase()
}

test('a browser gets a cookie of 16 bytes: who gave it, when, and something that is like no other', async () => {
  const first = (await asked('/')).get('set-cookie')!
  const [, value = ''] = /^uid=([A-Za-z0-9+/]{22}==); path=\/$/.exec(first) ?? []
  const bytes = Buffer.from(value, 'base64')
  assert.deepEqual([...bytes.subarray(0, 4)], [1, 2, 3, 4])
  assert.ok(Math.abs(bytes.readUInt32BE(4) - Date.now() / 1000) < 60)
  assert.notEqual((await asked('/')).get('set-cookie'), first)
  const lines = await proxy.accessLog(1)
  assert.equal(lines[0], `/ got:- set:uid=${shown(value)}`)
})

test('one who has a cookie gets no other, unless it is to be reset or is none', async () => {
  const sent = 'Cookie: a=b; uid=AQIDBGWRBZwAAAAAAAABAg=='
  assert.equal((await asked('/', sent)).get('set-cookie'), undefined)
  assert.equal((await asked('/log', sent)).text, 'uid=040302019C0591650000000002010000')
  assert.equal((await asked('/reset?r=0', sent)).get('set-cookie'), undefined)
  assert.match((await asked('/reset?r=1', sent)).get('set-cookie') ?? '', /^uid=AQIDBG/)
  for (const wrong of ['uid=short', 'uid=!QIDBGWRBZwAAAAAAAABAg==', 'uid=' + 'A'.repeat(24), 'other=1']) {
    assert.match((await asked('/', `Cookie: ${wrong}`)).get('set-cookie') ?? '', /^uid=/, wrong)
  }
})

test('its attributes are as configured', async () => {
  const all = await asked('/all')
  const pattern =
    /^who=[A-Za-z0-9+/]{22}M=; expires=Thu, 31-Dec-37 23:55:55 GMT; domain=example\.com; path=\/all; secure; httponly; samesite=lax$/
  assert.match(all.get('set-cookie') ?? '', pattern)
  assert.equal(all.get('p3p'), 'policyref=x')
  assert.match(
    (await asked('/day')).get('set-cookie') ?? '',
    /; expires=\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT; path=\/$/,
  )
  const [id = ''] = /who=.{22}/.exec(all.get('set-cookie')!) ?? []
  assert.equal((await asked('/all', `Cookie: ${id}M=`)).get('set-cookie'), undefined)
  assert.ok((await asked('/all', `Cookie: ${id}==`)).get('set-cookie')?.startsWith(`${id}M=`))
})

test('off and log give none', async () => {
  assert.equal((await asked('/off')).get('set-cookie'), undefined)
  assert.equal((await asked('/log')).get('set-cookie'), undefined)
})

test('the origin is told the same as the browser', async () => {
  const [, value = ''] = /^uid=([^;]+)/.exec((await asked('/origin')).get('set-cookie') ?? '') ?? []
  assert.equal(origin.requests.at(-1)!.get('x-uid'), `uid=${shown(value)}`)
})
