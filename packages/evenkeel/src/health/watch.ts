/** One peer under one check: probes one after the other, never two at once, and what it is thought of. */
import type { LogLevel } from '../model/model.ts'
import type { Check } from './checks.ts'
import type { Clock, Prober } from './prober.ts'
import { afterProbe, type Standing } from './thresholds.ts'

export interface WatchPorts {
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  readonly log: (level: LogLevel, text: string) => void
}

export interface ProbeCounts {
  checks: number
  fails: number
  /** How often it became unhealthy. */
  unhealthy: number
  /** null: none has ended. */
  lastPassed: boolean | null
  /** What was wrong with the last one; null: nothing, or none has ended. */
  lastWrong: string | null
}

export class Watch {
  standing: Standing
  /** Since it is watched. */
  readonly counts: ProbeCounts = { checks: 0, fails: 0, unhealthy: 0, lastPassed: null, lastWrong: null }
  readonly #check: Check
  readonly #peer: string
  readonly #prober: Prober
  readonly #ports: WatchPorts
  /** Told when the peer's health has changed. */
  readonly #changed: () => void
  #stopClock: () => void = () => {}

  constructor(check: Check, peer: string, standing: Standing, prober: Prober, ports: WatchPorts, changed: () => void) {
    this.standing = standing
    this.#check = check
    this.#peer = peer
    this.#prober = prober
    this.#ports = ports
    this.#changed = changed
  }

  /** The first probe comes after that long, and then one each interval. */
  start(delayMs: number): void {
    const jitter = this.#check.model.jitterMs * this.#ports.random()
    this.#stopClock = this.#ports.clock.after(delayMs + jitter, () => this.#probe())
  }

  close(): void {
    this.#stopClock()
    this.#prober.close()
  }

  #probe(): void {
    const { clock } = this.#ports
    const beganMs = clock.nowMs()
    this.#prober.probe(wrong => {
      // Before it is judged: who is told may close this watch.
      this.start(Math.max(0, beganMs + this.#check.model.intervalMs - clock.nowMs()))
      this.#judge(wrong)
    })
  }

  #judge(wrong: string | null): void {
    const { model, upstream } = this.#check
    const before = this.standing
    const after = afterProbe(before, wrong === null, model)
    this.standing = after
    this.counts.checks++
    this.counts.lastPassed = wrong === null
    this.counts.lastWrong = wrong
    if (wrong !== null) this.counts.fails++
    if (after.health === 'unhealthy' && before.health !== 'unhealthy') this.counts.unhealthy++
    const asked = model.type === 'http' ? model.uri : (model.grpc?.service ?? model.type)
    const where = `health check "${asked}" of peer ${this.#peer} in upstream "${upstream.name}"`
    if (after.health !== before.health) {
      // First: whoever acts on the line finds it true.
      this.#changed()
      this.#ports.log('notice', wrong === null ? `peer is healthy, ${where}` : `peer is unhealthy: ${wrong}, ${where}`)
    } else if (wrong !== null && after.against > 0) {
      this.#ports.log('info', `probe ${after.against} of ${model.fails} failed: ${wrong}, ${where}`)
    }
  }
}
