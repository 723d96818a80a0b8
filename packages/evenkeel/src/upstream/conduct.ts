/**
 * How peers behave, as traffic tells it: who stands out among the others is ejected for a while (outlier detection),
 * and a peer that fails too much gets nothing, then probes only (circuit breaker). For upstreams that ask for it.
 *
 * What is counted stands in the shared rows, under the upstream's lock, so that all workers see one truth. Nobody has to
 * come by when a time is up: until when somebody is out stands in the row, and whoever chooses reads it.
 */
import type { CircuitModel, OutlierModel } from '../model/passive.ts'
import type { GroupRow } from '../shared/group-row.ts'
import { conduct } from '../shared/layout.ts'
import { DownReason, type Rows } from '../shared/rows.ts'

export class Conduct {
  readonly #outlier: OutlierModel | null
  readonly #circuit: CircuitModel | null
  readonly #rows: Rows
  readonly #group: GroupRow
  readonly #words: Int32Array
  readonly #floats: Float64Array
  /** Rows of all peers of the upstream. */
  readonly #all: readonly number[]

  constructor(
    outlier: OutlierModel | null,
    circuit: CircuitModel | null,
    rows: Rows,
    group: GroupRow,
    all: readonly number[],
  ) {
    this.#outlier = outlier
    this.#circuit = circuit
    this.#rows = rows
    this.#group = group
    this.#words = rows.layout.words
    this.#floats = rows.layout.floats
    this.#all = all
  }

  /** An attempt has ended. `headerMs` -1: not known. Answers whether the peer is out by it. */
  record(row: number, good: boolean, headerMs: number, now: number): boolean {
    this.#group.lock()
    const out = this.#circuit !== null && this.#count(this.#circuit, row, good, now)
    const ejected = this.#outlier !== null && this.#compare(this.#outlier, row, good, headerMs, now)
    this.#group.unlock()
    return out || ejected
  }

  /** An ejection that is over is forgotten. Under the upstream's lock. */
  settle(row: number, now: number): void {
    if ((this.#rows.down(row) & DownReason.outlier) === 0) return
    if (now < this.#words[this.#rows.layout.conduct(row) + conduct.until]!) return
    this.#rows.putDown(row, DownReason.outlier, false, now)
  }

  /** It is half open: an attempt at it is a probe, which changes who may be chosen. */
  isProbed(row: number): boolean {
    return (this.#rows.down(row) & DownReason.circuit) !== 0
  }

  #count(circuit: CircuitModel, row: number, good: boolean, now: number): boolean {
    const words = this.#words
    const at = this.#rows.layout.conduct(row)
    if (this.isProbed(row)) {
      // An answer to what was asked before it opened proves nothing.
      if (now < words[at + conduct.open]!) return false
      this.#group.trouble()
      if (!good) return this.#open(circuit, row, now)
      if (++words[at + conduct.proven]! < circuit.probes) return false
      words[at + conduct.windowFrom] = now
      words[at + conduct.bad] = words[at + conduct.seen] = 0
      this.#rows.putDown(row, DownReason.circuit, false, now)
      return false
    }
    if (now - words[at + conduct.windowFrom]! >= circuit.windowSeconds) {
      words[at + conduct.windowFrom] = now
      words[at + conduct.bad] = words[at + conduct.seen] = 0
    }
    const seen = ++words[at + conduct.seen]!
    if (good) return false
    const bad = ++words[at + conduct.bad]!
    if (seen < circuit.minimumRequests || bad * 100 < seen * circuit.failurePercent) return false
    this.#rows.putDown(row, DownReason.circuit, true, now)
    return this.#open(circuit, row, now)
  }

  #open(circuit: CircuitModel, row: number, now: number): true {
    const at = this.#rows.layout.conduct(row)
    this.#words[at + conduct.open] = now + circuit.openSeconds
    this.#words[at + conduct.proven] = 0
    this.#group.trouble()
    return true
  }

  #compare(outlier: OutlierModel, row: number, good: boolean, headerMs: number, now: number): boolean {
    const words = this.#words
    const at = this.#rows.layout.conduct(row)
    words[at + conduct.all]!++
    if (good) {
      words[at + conduct.run] = 0
      words[at + conduct.good]!++
      if (headerMs > 0) this.#floats[(at + conduct.sumMs) >> 1]! += headerMs
    } else words[at + conduct.run]!++
    let ejected = false
    if (outlier.consecutive > 0 && words[at + conduct.run]! >= outlier.consecutive) {
      words[at + conduct.run] = 0
      ejected = this.#eject(outlier, row, now)
    }
    if (this.#group.sweepDue(now, outlier.intervalSeconds)) this.#sweep(outlier, now)
    return ejected
  }

  /** False: as many are ejected as may be. */
  #eject(outlier: OutlierModel, row: number, now: number): boolean {
    if (this.#isEjected(row, now)) return false
    const ejected = this.#all.filter(one => this.#isEjected(one, now)).length
    const most = Math.max(1, Math.floor((this.#all.length * outlier.maxEjectionPercent) / 100))
    if (this.#all.length < 2 || ejected + 1 > most) return false
    const at = this.#rows.layout.conduct(row)
    const times = ++this.#words[at + conduct.times]!
    const seconds = Math.min(outlier.baseEjectionSeconds * times, outlier.maxEjectionSeconds)
    this.#words[at + conduct.until] = now + seconds
    this.#rows.putDown(row, DownReason.outlier, true, now)
    this.#group.trouble()
    return true
  }

  #isEjected(row: number, now: number): boolean {
    const until = this.#words[this.#rows.layout.conduct(row) + conduct.until]!
    return (this.#rows.down(row) & DownReason.outlier) !== 0 && now < until
  }

  /** The end of an interval: everybody is held against the others, and the next one begins. */
  #sweep(outlier: OutlierModel, now: number): void {
    const words = this.#words
    const busy = this.#all.filter(row => {
      return words[this.#rows.layout.conduct(row) + conduct.all]! >= outlier.minimumRequests
    })
    if (busy.length >= outlier.minimumPeers)
      for (const row of this.#strange(outlier, busy)) this.#eject(outlier, row, now)
    for (const row of this.#all) {
      const at = this.#rows.layout.conduct(row)
      if (!this.#isEjected(row, now) && words[at + conduct.times]! > 0) words[at + conduct.times]!--
      words[at + conduct.all] = words[at + conduct.good] = 0
      this.#floats[(at + conduct.sumMs) >> 1] = 0
    }
  }

  #strange(outlier: OutlierModel, busy: readonly number[]): Set<number> {
    const found = new Set<number>()
    const places = busy.map(row => this.#rows.layout.conduct(row))
    if (outlier.successRate > 0) {
      const rates = places.map(at => this.#words[at + conduct.good]! / this.#words[at + conduct.all]!)
      const mean = average(rates)
      const deviation = Math.sqrt(average(rates.map(rate => (rate - mean) ** 2)))
      const least = mean - deviation * outlier.successRate
      rates.forEach((rate, index) => void (rate < least && found.add(busy[index]!)))
    }
    if (outlier.latency > 0) {
      const times = places.map(at => {
        return this.#floats[(at + conduct.sumMs) >> 1]! / Math.max(1, this.#words[at + conduct.good]!)
      })
      const most = Math.max(1, median(times)) * outlier.latency
      times.forEach((ms, index) => void (ms > most && found.add(busy[index]!)))
    }
    return found
  }
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The lower one of two in the middle: half of a group that is slow does not make the other half strange. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1]!
}
