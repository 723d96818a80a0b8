/**
 * When this worker sheds: the main thread says of the process (descriptors, memory), and the worker sees of itself (its
 * event loop, its heap). Looked at ten times a second; what is found is one flag for requests to read. A single stall is no
 * overload: the loop has to be late turn after turn.
 */
import { getHeapStatistics } from 'node:v8'
import { ALERT, ERROR, NOTICE, WARN } from '../exchange/log-level.ts'
import { overloadDefaults, type OverloadModel } from '../model/overload.ts'
import type { ProcessModel } from '../model/model.ts'
import type { Admission } from '../net/admission.ts'
import type { Strain } from '../proxy/strain.ts'
import { Lateness } from './lateness.ts'
import { StrainBit } from '../shared/beats.ts'

export interface OverloadParts {
  readonly strain: Strain
  readonly admission: Admission
  /** What the main thread says of the process. */
  readonly told: () => number
  readonly log: (level: number, text: string) => void
  /** Ends the connections that are idle longest; answers how many. */
  readonly endIdle: (most: number) => number
}

export class Overload {
  readonly #parts: OverloadParts
  readonly #timer: NodeJS.Timeout
  readonly #lateness = new Lateness()
  #model: OverloadModel | null = overloadDefaults
  #dueMs = performance.now() + LOOK_MS
  #turn = 0
  #heapFull = false
  /** Since the last line of the log. */
  #saidMs = -Infinity
  #saidShed = 0
  #begunShed = 0
  #ended = 0

  constructor(parts: OverloadParts) {
    this.#parts = parts
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref()
    parts.admission.makeRoom = () => this.#makeRoom()
  }

  configure({ overload, workerConnections }: ProcessModel): void {
    this.#model = overload === undefined ? overloadDefaults : overload
    this.#parts.admission.most = workerConnections ?? Infinity
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const { strain, told, admission } = this.#parts
    // Those that were told to end a turn ago have.
    admission.leaving = 0
    const nowMs = performance.now()
    const lagMs = Math.max(0, nowMs - this.#dueMs)
    this.#dueMs = nowMs + LOOK_MS
    const model = this.#model
    const late = this.#lateness.look(lagMs, model?.lagMs ?? Infinity)
    if (this.#turn++ % HEAP_TURNS === 0) this.#heapFull = model !== null && isHeapFull(model.memory)
    const bits = model === null ? 0 : told()
    const why = [
      ...((bits & StrainBit.descriptors) === 0 ? [] : ['descriptors run out']),
      ...((bits & StrainBit.memory) === 0 ? [] : ['memory runs out']),
      ...(this.#heapFull ? ['the heap of the worker is full'] : []),
      ...(late ? [`the event loop is ${Math.round(lagMs)} ms late`] : []),
    ]
    const before = strain.shedding
    strain.shedding = why.length > 0
    if (strain.shedding && !before) this.#begunShed = strain.shed
    // What keeps a connection open without asking for anything goes first.
    if (bits !== 0 || this.#heapFull) this.#ended += this.#parts.endIdle(BATCH)
    if (before && !strain.shedding) {
      this.#parts.log(NOTICE, `overload is over: ${strain.shed - this.#begunShed} requests were answered with 503`)
      this.#said(nowMs)
    }
    if (nowMs - this.#saidMs >= SAY_MS) this.#say(why, nowMs)
  }

  #say(why: readonly string[], nowMs: number): void {
    const { strain, admission, log } = this.#parts
    const shed = strain.shed - this.#saidShed
    const ended = this.#ended
    const { most } = admission
    if (why.length > 0) {
      const idle = ended > 0 ? `, ${ended} idle connections were closed` : ''
      log(ERROR, `overload: ${why.join(', ')}; ${shed} requests were answered with 503${idle}`)
    } else if (shed > 0)
      log(ALERT, `${most} worker_connections are not enough: ${shed} requests were answered with 503`)
    else if (ended > 0) log(WARN, `${most} worker_connections are not enough, ${ended} idle connections were closed`)
    else return
    this.#said(nowMs)
  }

  #said(nowMs: number): void {
    this.#saidMs = nowMs
    this.#saidShed = this.#parts.strain.shed
    this.#ended = 0
  }

  /** There are as many connections as there may be, and another one comes. */
  #makeRoom(): number {
    const ended = this.#parts.endIdle(BATCH)
    this.#ended += ended
    return ended
  }
}

function isHeapFull(percent: number): boolean {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
  return used >= (limit * percent) / 100
}

const LOOK_MS = 100
const HEAP_TURNS = 10
const SAY_MS = 1_000
/** Idle connections that are ended at once. */
const BATCH = 32
