import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSyslogTarget } from './syslog-target.ts'

test('what a target does not say has the defaults of nginx', () => {
  assert.deepEqual(readSyslogTarget('syslog:server=192.0.2.1'), {
    host: '192.0.2.1',
    port: 514,
    facility: 23,
    severity: 6,
    tag: 'nginx',
    withHostname: true,
  })
})

test('everything a target can say', () => {
  assert.deepEqual(readSyslogTarget('syslog:server=[::1]:1514,facility=user,severity=crit,tag=web_1,nohostname'), {
    host: '::1',
    port: 1514,
    facility: 1,
    severity: 2,
    tag: 'web_1',
    withHostname: false,
  })
})

const wrong: Readonly<Record<string, RegExp>> = {
  'syslog:tag=a': /no syslog server/,
  'syslog:server=a,server=b': /duplicate syslog "server"/,
  'syslog:server=a,facility=x': /unknown syslog facility "x"/,
  'syslog:server=a,severity=x': /unknown syslog severity "x"/,
  'syslog:server=a,tag=a-b': /only allows alphanumeric/,
  ['syslog:server=a,tag=' + 'a'.repeat(33)]: /exceeds 32/,
  'syslog:server=a,color=red': /unknown syslog parameter "color=red"/,
  'syslog:server=a:99999': /invalid address/,
  'syslog:server=[x]': /invalid address/,
  'syslog:server=unix:/dev/log': /Unix datagram sockets.*server=127\.0\.0\.1/,
}

for (const [target, message] of Object.entries(wrong)) {
  test(`${target.slice(0, 40)} is refused`, () => {
    const read = readSyslogTarget(target)
    assert.equal(typeof read, 'string')
    assert.match(read as string, message)
  })
}
