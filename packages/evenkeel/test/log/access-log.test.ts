import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { compileAccessLogs } from '../../src/log/access-log.ts'
import type { LogFiles } from '../../src/log/files.ts'
import type { ExchangeLog } from '../../src/exchange/route.ts'
import type { LogFormatModel } from '../../src/model/model.ts'
import type { AccessLogModel } from '../../src/model/settings.ts'
import { exchange, table, template } from '../../src/route/exchange.fixture.ts'
import { noScope } from '../../src/route/ports.ts'
import { logFolder } from './log-folder.fixture.ts'

const short: LogFormatModel = { name: 'short', escape: 'default', template: template('$uri $status') }

const log = (target: string, more: Partial<AccessLogModel> = {}): AccessLogModel => ({
  target: template(target),
  format: 'short',
  bufferBytes: 0,
  flushMs: 0,
  condition: null,
  ...more,
})

function compile(models: AccessLogModel[], files: LogFiles, prefix = '/none/'): ExchangeLog[] {
  const logs = compileAccessLogs(models, [short], table({ prefix }), noScope, files)
  if (typeof logs === 'string') assert.fail(logs)
  return logs
}

test('each log gets its line; relative paths stand under the prefix', async t => {
  const { files, path, read } = logFolder(t)
  const logs = compile([log('a.log'), log(path('b.log'), { format: 'combined' })], files, path(''))
  assert.equal(existsSync(path('a.log')), true)
  for (const write of logs) write(exchange({ target: '/x' }))
  await files.flush()
  assert.equal(read('a.log'), '/x 000\n')
  assert.match(
    read('b.log'),
    /^192\.0\.2\.9 - - \[22\/Nov\/2026:11:08:32 \+0100\] "GET \/x HTTP\/1\.1" 000 0 "-" "-"\n$/,
  )
})

test('no logs, no lines', t => {
  assert.deepEqual(compile([], logFolder(t).files), [])
})

test('a condition decides whether there is a line', async t => {
  const { files, path, read } = logFolder(t)
  const [write] = compile([log(path('a.log'), { condition: template('$arg_log') })], files)
  for (const target of ['/0?log=0', '/1?log=1', '/2?log=', '/3', '/4?log=yes']) write!(exchange({ target }))
  await files.flush()
  assert.equal(read('a.log'), '/1 000\n/4 000\n')
})

test('an unknown format and a file that cannot be opened are told', t => {
  const { files, path } = logFolder(t)
  const refused = (model: AccessLogModel): unknown => compileAccessLogs([model], [short], table(), noScope, files)
  assert.equal(refused(log(path('a'), { format: 'none' })), 'unknown log format "none", define it with log_format')
  assert.match(String(refused(log(path('d/a')))), /^open\(\) ".*d\/a" failed \(2: No such file or directory\)$/)
  assert.match(String(refused(log('syslog:server=unix:/dev/log'))), /Unix datagram/)
})

test('a name with variables is made by each request, and never leads upwards', async t => {
  const { files, path, read } = logFolder(t)
  const [write] = compile([log('$arg_a/../$arg_b.log'), log('$arg_f.log')], files, path('')).slice(1)
  write!(exchange({ target: '/1?f=x' }))
  write!(exchange({ target: '/2?f=y' }))
  write!(exchange({ target: '/3?f=x' }))
  write!(exchange({ target: '/4?f=sub/../../x' }))
  write!(exchange({ target: '/5?f=../x' }))
  await files.flush()
  assert.equal(read('x.log'), '/1 000\n/3 000\n')
  assert.equal(read('y.log'), '/2 000\n')
})

test('a made-up name in a folder that does not exist costs its line, and is complained about', async t => {
  const { files, path, troubles } = logFolder(t)
  const [write] = compile([log('$arg_f.log')], files, path(''))
  write!(exchange({ target: '/?f=none/x' }))
  await files.flush()
  assert.equal(files.lost, 1)
  assert.match(troubles[0]!, /^open\(\) ".*none\/x\.log" failed \(2: No such file or directory\)$/)
})

test('any number of made-up names keeps few files open, and loses nothing', async t => {
  const { files, path, read } = logFolder(t)
  const [write] = compile([log('$arg_f.log')], files, path(''))
  for (let i = 0; i < 300; i++) write!(exchange({ target: `/${i}?f=${i}` }))
  for (let i = 0; i < 300; i++) write!(exchange({ target: `/${i}?f=${i}` }))
  await files.closeAll()
  assert.equal(read('0.log'), '/0 000\n/0 000\n')
  assert.equal(read('299.log'), '/299 000\n/299 000\n')
  assert.equal(files.lost, 0)
})

test('lines go to a syslog server as RFC 3164 has them', async t => {
  const { files } = logFolder(t)
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const [write] = compile([log(`syslog:server=127.0.0.1:${port},tag=web`)], files)
  write!(exchange({ target: '/s' }))
  const [datagram] = (await once(server, 'message')) as [Buffer]
  assert.equal(datagram.toString('latin1'), '<190>Nov 22 11:08:32 box web: /s 000')
})
