import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Attempt } from '../../src/exchange/attempt.ts'
import { DEBUG, ERROR, INFO, WARN } from '../../src/exchange/log-level.ts'
import type { ErrorLog } from '../../src/exchange/route.ts'
import { openErrorLog, silentErrorLog } from '../../src/log/error-log.ts'
import { connectionMessage, exchangeMessage, exchangeSuffix } from '../../src/log/exchange-suffix.ts'
import type { LogFiles } from '../../src/log/files.ts'
import type { ErrorLogModel } from '../../src/model/model.ts'
import { exchange, NOW, table } from '../../src/route/exchange.fixture.ts'
import { logFolder } from './log-folder.fixture.ts'

function open(models: ErrorLogModel[], files: LogFiles, prefix = '/none/'): ErrorLog {
  const log = openErrorLog(models, files, { time: table().time, pid: 42, tid: 3, prefix })
  if (typeof log === 'string') assert.fail(log)
  return log
}

test('each target takes lines of its level and graver, in the form of nginx', async t => {
  const { files, path, read } = logFolder(t)
  const log = open(
    [
      { target: path('error.log'), level: 'error' },
      { target: 'info.log', level: 'info' },
    ],
    files,
    path(''),
  )
  assert.equal(log.level, INFO)
  log.write(ERROR, 'bad')
  log.write(WARN, 'odd')
  log.write(DEBUG, 'detail')
  await files.flush()
  assert.equal(read('error.log'), '2026/11/22 11:08:32 [error] 42#3: bad\n')
  assert.equal(read('info.log'), '2026/11/22 11:08:32 [error] 42#3: bad\n2026/11/22 11:08:32 [warn] 42#3: odd\n')
})

test('a message never becomes two lines, and is cut where nginx cuts it', async t => {
  const { files, path, read } = logFolder(t)
  const log = open([{ target: path('e.log'), level: 'error' }], files)
  log.write(ERROR, 'a\nb')
  log.write(ERROR, 'x'.repeat(5000))
  await files.flush()
  const lines = read('e.log').split('\n')
  assert.match(lines[0]!, /a\\x0Ab$/)
  assert.equal(lines[1]!.length, 2048)
  assert.equal(lines.length, 3)
})

test('without a target nothing is taken; what cannot be opened is told', t => {
  const { files, path } = logFolder(t)
  assert.equal(open([], files), silentErrorLog)
  assert.equal(silentErrorLog.level, 0)
  const ports = { time: table().time, pid: 1, tid: 0, prefix: '/' }
  assert.match(
    String(openErrorLog([{ target: path('d/e'), level: 'error' }], files, ports)),
    /^open\(\) .*\(2: No such/,
  )
})

test('a syslog server gets the whole line with the severity of its level', async t => {
  const { files } = logFolder(t)
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const log = open([{ target: `syslog:server=127.0.0.1:${port},nohostname`, level: 'error' }], files)
  log.write(ERROR, 'bad')
  const [datagram] = (await once(server, 'message')) as [Buffer]
  assert.equal(datagram.toString('latin1'), '<187>Nov 22 11:08:32 nginx: 2026/11/22 11:08:32 [error] 42#3: bad')
})

test('messages say whom they are about', () => {
  const made = exchange({ target: '/a?b', fields: ['Host: h.example:80', 'Referer: http://r/'] })
  assert.equal(
    exchangeMessage(made, 'text'),
    '*7 text, client: 192.0.2.9, server: first.example, request: "GET /a?b HTTP/1.1", host: "h.example:80", referrer: "http://r/"',
  )
  made.attempts = [new Attempt('127.0.0.1:1', NOW), new Attempt('127.0.0.1:2', NOW)]
  assert.match(exchangeSuffix(made), /, upstream: "http:\/\/127\.0\.0\.1:2\/a\?b", host: /)
  assert.match(exchangeSuffix(made, 'https://10.0.0.1:443/c'), /, upstream: "https:\/\/10\.0\.0\.1:443\/c", host: /)
  made.attempts = [new Attempt('unix:/run/app', NOW)]
  assert.match(exchangeSuffix(made), /, upstream: "http:\/\/unix:\/run\/app:\/a\?b", /)
  assert.equal(exchangeSuffix(exchange({ method: '', target: '', serverName: '' })), ', client: 192.0.2.9, server: ')
})

test('a connection without a request names the address it came to', () => {
  assert.equal(connectionMessage(exchange().connection, 'text'), '*7 text, client: 192.0.2.9, server: 192.0.2.1:8080')
})
