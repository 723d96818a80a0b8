/**
 * What an explained request stands on: the things a worker has, without its sockets, files and neighbours. All rows
 * are new, so nobody has failed and nobody is busy, as in a process that has just started.
 */
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { readKeys } from '../../filter/access/jwt.ts'
import { KeptFiles } from '../../filter/files/kept-files.ts'
import { HashQueue } from '../../filter/access/password/hash-queue.ts'
import { readUsers } from '../../filter/access/password/user-files.ts'
import type { dialAny } from '../../net/dial.ts'
import { LRU } from '../../net/lru.ts'
import { ReadBuffers } from '../../net/read-buffers.ts'
import { TimerWheel } from '../../net/timer-wheel.ts'
import { ClockCell, createClock } from '../../shared/clock.ts'
import { Strain } from '../../proxy/strain.ts'
import { PeerCounters } from '../../shared/peer-counters.ts'
import { Rows } from '../../shared/rows.ts'
import type { Ground } from '../../worker/compile/compile-runtime.ts'
import { RecordingLogs, type Recorder } from './recorder.ts'

export interface ExplainedPlaces {
  readonly prefix: string
  readonly confPrefix: string
  readonly version: string
}

const none = { active: 0, accepted: 0, handled: 0, requests: 0, reading: 0, writing: 0, waiting: 0 }

export function explainGround(
  places: ExplainedPlaces,
  rows: SharedArrayBuffer,
  recorder: Recorder,
  dial: typeof dialAny,
  onBug: (error: unknown) => void,
): Ground {
  const { prefix, confPrefix, version } = places
  const logs = new RecordingLogs(recorder, { now: Date.now, hostname: 'localhost', pid: process.pid, tid: 0, prefix })
  return {
    ports: {
      wheel: new TimerWheel(Date.now, { onBug }),
      buffers: new ReadBuffers({ onBug }),
      counters: { accepted() {}, handshake() {}, closed() {}, request() {}, moved() {} },
      attempted() {},
      sessionAttempted() {},
      dateLine: () => '',
      nextSerial: () => 1,
      errorLog: logs.main,
      dial,
    },
    variables: {
      now: Date.now,
      random32: () => Math.floor(Math.random() * 0x1_0000_0000),
      md5: text => createHash('md5').update(text, 'latin1').digest('latin1'),
      hostname: 'localhost',
      pid: process.pid,
      prefix,
      date: ms => new Date(ms),
      realPath(path) {
        try {
          return realpathSync(path)
        } catch {
          return undefined
        }
      },
      connections: () => none,
    },
    rows: new Rows(rows, 0),
    clock: new ClockCell(createClock()),
    strain: new Strain(),
    logs,
    prefix,
    confPrefix,
    passwords: {
      files: new KeptFiles(Date.now, readUsers),
      keys: new KeptFiles(Date.now, readKeys),
      hashes: new HashQueue(new LRU(16)),
      folder: confPrefix,
    },
    version,
    // What is explained asks nobody for the state of a balancer.
    ask: () => Promise.resolve(null),
    spans: { offer() {} },
    peerCounters: new PeerCounters(0),
    stories: () => null,
    watch: recorder,
    counts: () => none,
  }
}
