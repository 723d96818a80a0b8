/**
 * What a worker stands on, made at its birth from what the main thread gave it: clock and timers, shared counters,
 * read buffers, logs.
 */
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { hostname } from 'node:os'
import { ERROR } from '../exchange/log-level.ts'
import { Admission, descriptorLimit } from '../net/admission.ts'
import { readKeys } from '../filter/access/jwt.ts'
import { KeptFiles } from '../filter/files/kept-files.ts'
import { HashQueue } from '../filter/access/password/hash-queue.ts'
import { readUsers } from '../filter/access/password/user-files.ts'
import { LRU } from '../net/lru.ts'
import { ReadBuffers } from '../net/read-buffers.ts'
import { TimerWheel } from '../net/timer-wheel.ts'
import type { ConnectionState, Ports, TrafficCounters } from '../proxy/ports.ts'
import type { VariablePorts } from '../route/ports.ts'
import { Strain } from '../proxy/strain.ts'
import { Beats } from '../shared/beats.ts'
import { PeerCounters } from '../shared/peer-counters.ts'
import { ClockCell } from '../shared/clock.ts'
import { Rows } from '../shared/rows.ts'
import { StoryRing } from '../shared/story-ring.ts'
import { Total, Totals, type TotalNumber } from '../shared/totals.ts'
import { httpDate } from '../wire/http1/date.ts'
import { AcmeChallenges } from './acme-challenges.ts'
import type { CodeGround } from './code/code-units.ts'
import type { Ground } from './compile/compile-runtime.ts'
import { Logs } from './logs.ts'
import type { FromWorker, WorkerBirth } from './messages.ts'
import { SpanBatches } from './span-batches.ts'
import { Overload } from './overload.ts'
import { Questions } from './questions.ts'

/** Descriptors left for origins, files and logs when clients have taken theirs. */
const RESERVED = 64
/** More often than the main thread looks. */
const BEAT_MS = 400
const HEAP_BEATS = 10

/** Right passwords remembered by each worker, with 100 bytes or so each. */
const PASSWORDS = 4096

export interface WorkerGround extends Ground {
  readonly ports: Ports
  readonly admission: Admission
  readonly questions: Questions
  readonly spans: SpanBatches
  readonly overload: Overload
  /** Where the requests of the next configuration are written down; null: nowhere. */
  room(stories: SharedArrayBuffer | null): void
  /** What guards of the user's code stand on. */
  readonly code: CodeGround
  /** The last thing: timers end, logs are written. */
  close(): void
}

export function layGround(
  birth: WorkerBirth,
  tell: (message: FromWorker) => void,
  endIdle: (most: number) => number,
): WorkerGround {
  const questions = new Questions(tell)
  const peerCounters = new PeerCounters(birth.index)
  const prefix = birth.prefix.endsWith('/') ? birth.prefix : birth.prefix + '/'
  const logs = new Logs({ now: Date.now, hostname: hostname(), pid: birth.pid, tid: birth.index, prefix })
  const onBug = (error: unknown): void => logs.bug(error)
  const wheel = new TimerWheel(Date.now, { onBug })
  const totals = new Totals(birth.totals, birth.index)
  const beating = beat(birth, totals)
  const counts = (): ReturnType<Ground['counts']> => countsOf(totals)
  let serial = birth.index
  const admission = new Admission(descriptorRoom())
  const strain = new Strain()
  const beats = new Beats(birth.beats)
  const log = (level: number, text: string): void => logs.main.write(level, text)
  const overload = new Overload({ strain, admission, told: () => beats.told, log, endIdle })
  let stories: { buffer: SharedArrayBuffer | null; ring: StoryRing | null } = { buffer: null, ring: null }
  const ports: Ports = {
    wheel,
    buffers: new ReadBuffers({ onBug }),
    counters: trafficCounters(totals),
    attempted: (row, attempt, unavailable) => peerCounters.count(row, attempt, unavailable),
    sessionAttempted: (row, attempt, unavailable) => peerCounters.countSession(row, attempt, unavailable),
    dateLine: dateLines(wheel),
    // Workers count in steps of their number, so that no two connections of the process have one serial.
    nextSerial: () => (serial += birth.workers),
    get errorLog() {
      return logs.main
    },
  }
  return {
    ports,
    questions,
    code: {
      now: () => performance.now(),
      running: number => totals.set(Total.code, number),
      log: text => logs.main.write(ERROR, text),
      column: birth.index,
    },
    ask: questions.ask,
    peerCounters,
    spans: new SpanBatches(batch => tell({ kind: 'spans', batch })),
    challenges: new AcmeChallenges(birth.challenges),
    admission,
    strain,
    overload,
    stories: () => stories.ring,
    room(buffer) {
      if (buffer !== stories.buffer)
        stories = { buffer, ring: buffer === null ? null : new StoryRing(buffer, birth.index) }
    },
    variables: variablePorts(birth, prefix, totals),
    rows: new Rows(birth.rows, birth.index),
    clock: new ClockCell(birth.clock),
    logs,
    prefix,
    confPrefix: birth.confPrefix.endsWith('/') ? birth.confPrefix : birth.confPrefix + '/',
    passwords: {
      files: new KeptFiles(Date.now, readUsers),
      keys: new KeptFiles(Date.now, readKeys),
      hashes: new HashQueue(new LRU(PASSWORDS)),
      folder: birth.confPrefix,
    },
    version: birth.version,
    counts,
    close() {
      clearInterval(beating)
      overload.close()
      wheel.stop()
      logs.close()
    },
  }
}

/** From its first turn on: while it only waits for the main thread, the loop turns as well. */
function beat({ beats, index }: WorkerBirth, totals: Totals): NodeJS.Timeout {
  const cells = new Beats(beats)
  let dueMs = performance.now() + BEAT_MS
  let turn = 0
  return setInterval(() => {
    const nowMs = performance.now()
    cells.beat(index)
    totals.set(Total.lagMs, Math.max(0, nowMs - dueMs))
    // Asking for the heap costs some tens of microseconds.
    if (turn++ % HEAP_BEATS === 0) totals.set(Total.heapUsed, process.memoryUsage().heapUsed)
    dueMs = nowMs + BEAT_MS
  }, BEAT_MS).unref()
}

/** Connections that the process may hold; asked anew for each configuration, which may change the limit. */
export function descriptorRoom(): number {
  return descriptorLimit() - RESERVED
}

function variablePorts(birth: WorkerBirth, prefix: string, totals: Totals): VariablePorts {
  return {
    now: Date.now,
    random32: () => Math.floor(Math.random() * 0x1_0000_0000),
    md5: text => createHash('md5').update(text, 'latin1').digest('latin1'),
    hostname: hostname(),
    pid: birth.pid,
    prefix,
    date: ms => new Date(ms),
    realPath(path) {
      try {
        return realpathSync(path)
      } catch {
        return undefined
      }
    },
    connections: () => countsOf(totals),
  }
}

/** One string a second, whatever the number of answers. */
function dateLines(wheel: TimerWheel): () => string {
  let second = 0
  let line = ''
  return () => {
    const now = Math.floor(wheel.now / 1000)
    if (now !== second) {
      second = now
      line = `Date: ${httpDate(now * 1000)}\r\n`
    }
    return line
  }
}

function trafficCounters(totals: Totals): TrafficCounters {
  return {
    accepted() {
      totals.add(Total.accepted, 1)
      totals.add(Total.handled, 1)
      totals.add(Total.active, 1)
    },
    closed: () => totals.add(Total.active, -1),
    request: () => totals.add(Total.requests, 1),
    handshake(how) {
      totals.add(how === 'failed' ? Total.handshakesFailed : Total.handshakes, 1)
      if (how === 'resumed') totals.add(Total.sessionReuses, 1)
    },
    moved(from, to) {
      if (from !== null) totals.add(totalOf(from), -1)
      if (to !== null) totals.add(totalOf(to), 1)
    },
  }
}

/** Comparisons rather than a look-up by name: it is asked twice a request. */
function totalOf(state: ConnectionState): TotalNumber {
  return state === 'writing' ? Total.writing : state === 'reading' ? Total.reading : Total.waiting
}

function countsOf(totals: Totals): ReturnType<Ground['counts']> {
  return {
    active: totals.sum(Total.active),
    accepted: totals.sum(Total.accepted),
    handled: totals.sum(Total.handled),
    requests: totals.sum(Total.requests),
    reading: totals.sum(Total.reading),
    writing: totals.sum(Total.writing),
    waiting: totals.sum(Total.waiting),
  }
}
