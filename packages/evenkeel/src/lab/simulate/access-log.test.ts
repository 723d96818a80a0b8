import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLogLine, Recording } from './access-log.ts'
import type { Arriving } from './load.ts'

const END = Date.UTC(2026, 9, 10, 11, 55, 36)

test('the combined format, with and without times behind it', () => {
  const plain =
    '192.0.2.1 - frank [10/Oct/2026:13:55:36 +0200] "GET /a?b=\\"c HTTP/1.1" 200 2326 "http://r/ 0.500" "Mozilla/5.0 rt=9"'
  assert.deepEqual(readLogLine(plain), { endMs: END, tookMs: -1, client: '192.0.2.1' })
  for (const [behind, tookMs] of [
    [' 0.250', 250],
    [' "0.250"', 250],
    [' rt=0.300 urt="0.250"', 250],
    [' request_time=0.300', 300],
    [' -', -1],
  ] as const) {
    assert.equal(readLogLine(plain + behind)?.tookMs, tookMs, behind)
  }
})

test('lines of JSON, by the names that nginx has for times', () => {
  const line = (fields: object): string => JSON.stringify({ remote_addr: '::1', ...fields })
  assert.deepEqual(readLogLine(line({ msec: '1791633336.250', request_time: 0.5 })), {
    endMs: 1_791_633_336_250,
    tookMs: 500,
    client: '::1',
  })
  const several = line({
    time_iso8601: '2026-10-10T13:55:36+02:00',
    request_time: '0.9',
    upstream_response_time: '0.100, 0.200',
  })
  assert.deepEqual(readLogLine(several), { endMs: END, tookMs: 200, client: '::1' })
  assert.equal(readLogLine(line({ time_local: '10/Oct/2026:13:55:36 +0200' }))?.endMs, END)
})

test('what is no line of a log is none', () => {
  for (const line of ['hello', '{"a":', '{"a":1}', '1.2.3.4 - - [99/Foo/2026:00:00:00 +0000] "x" 200 1']) {
    assert.equal(readLogLine(line), null, line)
  }
})

test('requests come when they began, in order, and those of one second are spread over it', () => {
  const recording = new Recording({ workMs: () => 7, faster: 2 })
  const line = (client: string, second: number, took: string): string =>
    `${client} - - [10/Oct/2026:13:55:${second} +0200] "GET / HTTP/1.1" 200 1 "-" "-"${took}`
  for (const one of [line('b', 12, ''), line('b', 12, ''), line('a', 12, ' 2.000'), 'junk', '']) recording.add(one)
  const { load, unread, untimed, peak } = recording.finish()
  assert.deepEqual([load.count, load.sessions, unread, untimed, peak], [3, 2, 1, 2, 2])
  const next = load.begin()
  const into: Arriving = { atMs: 0, workMs: 0, session: 0 }
  const told: unknown[] = []
  while (next(into)) told.push([Math.round(into.atMs), into.workMs, load.sessionName(into.session)])
  assert.deepEqual(told, [
    [0, 2000, 'a'],
    [667, 7, 'b'],
    [833, 7, 'b'],
  ])
})
