/**
 * All timeouts of a worker on one timer.
 *
 * A request moves its deadline several times and almost never meets it, so moving one further away is a single field
 * write: the entry stays in its slot and is put where it belongs when that slot comes up. Two rings of slots: a fine
 * one, so that short timeouts are kept within 20 ms, and a coarse one that wakes the worker seldom. Deadlines beyond a
 * ring wait in its last slot and are looked at once a turn.
 */

/** What has a deadline; these fields are the wheel's, except that dueMs may be read. One deadline an object. */
export interface Timed {
  /** On the wheel's clock; 0: not armed. */
  dueMs: number
  /** When its slot comes up. */
  wheelMs: number
  wheelRing: object | null
  wheelNext: Timed | null
  wheelPrevious: Timed | null
  /** The deadline has passed; it is not armed any more. */
  expired(): void
}

/** Something with a deadline, ready to be extended. */
export abstract class Deadline implements Timed {
  dueMs = 0
  wheelMs = 0
  wheelRing: object | null = null
  wheelNext: Timed | null = null
  wheelPrevious: Timed | null = null

  abstract expired(): void
}

export interface TimerWheelOptions {
  /** Width of a coarse slot. Default 50. */
  readonly tickMs?: number
  /** Told of exceptions in `expired`; without it they are thrown out of the tick. */
  readonly onBug?: (error: unknown) => void
}

const fineTickMs = 10
/** What is due sooner goes to the fine ring. */
const fineMs = 1000

export class TimerWheel {
  /** The clock at the last arm, tick or touch; never ahead of it. */
  now: number
  readonly #clock: () => number
  readonly #onBug: ((error: unknown) => void) | null
  readonly #fine: Ring
  readonly #coarse: Ring
  #timer: NodeJS.Timeout | null = null
  #periodMs = 0
  #stopped = false

  constructor(clock: () => number, options: TimerWheelOptions = {}) {
    this.#clock = clock
    this.#onBug = options.onBug ?? null
    this.now = clock()
    this.#fine = new Ring(fineTickMs, 128, this.now)
    this.#coarse = new Ring(options.tickMs ?? 50, 1024, this.now)
  }

  /** Entries on the wheel. */
  get armed(): number {
    return this.#fine.size + this.#coarse.size
  }

  touch(): number {
    return (this.now = this.#clock())
  }

  /** Sets or moves the deadline to `ms` from now. */
  arm(timed: Timed, ms: number): void {
    const due = this.touch() + Math.max(ms, 1)
    timed.dueMs = due
    if (timed.wheelRing !== null) {
      if (due >= timed.wheelMs) return
      this.#unlink(timed)
    }
    this.#link(timed)
  }

  /** Takes it off at once, so that a closed connection is not held until its slot comes up. */
  disarm(timed: Timed): void {
    timed.dueMs = 0
    // The timer stops at the next tick: a request an hour must not start and stop one, nor a thousand a second.
    if (timed.wheelRing !== null) this.#unlink(timed)
  }

  /** Expires what is due; the wheel's own timer calls it. */
  tick(): void {
    this.touch()
    this.#advance(this.#fine)
    this.#advance(this.#coarse)
    this.#run(this.armed === 0 ? 0 : this.#fine.size > 0 ? fineTickMs : this.#coarse.tickMs)
  }

  /** Nothing expires any more. */
  stop(): void {
    this.#stopped = true
    this.#run(0)
  }

  #advance(ring: Ring): void {
    const target = Math.floor(this.now / ring.tickMs)
    // After a long sleep every slot has come up: once round is enough.
    ring.tick = Math.max(ring.tick, target - ring.slots.length)
    while (ring.size > 0 && ring.tick < target) {
      ring.tick += 1
      // Apart from its ring, since the slot of this turn may be that of the next one: an entry that is far away, armed
      // or put back here, could go into it again and again.
      const due = ring.take(ring.tick)
      while (due.wheelNext !== due) {
        const timed = due.wheelNext!
        this.#unlink(timed)
        if (timed.dueMs > this.now) this.#link(timed)
        else this.#expire(timed)
      }
    }
  }

  #expire(timed: Timed): void {
    timed.dueMs = 0
    try {
      timed.expired()
    } catch (error) {
      if (this.#onBug === null) throw error
      this.#onBug(error)
    }
  }

  #link(timed: Timed): void {
    const ring = timed.dueMs - this.now < fineMs ? this.#fine : this.#coarse
    ring.add(timed, this.now)
    if (ring.tickMs < this.#periodMs || this.#periodMs === 0) this.#run(ring.tickMs)
  }

  #unlink(timed: Timed): void {
    ;(timed.wheelRing as Ring).size -= 1
    timed.wheelRing = null
    timed.wheelPrevious!.wheelNext = timed.wheelNext
    timed.wheelNext!.wheelPrevious = timed.wheelPrevious
    timed.wheelNext = null
    timed.wheelPrevious = null
  }

  #run(periodMs: number): void {
    if (this.#stopped) periodMs = 0
    if (periodMs === this.#periodMs) return
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = periodMs === 0 ? null : setInterval(() => this.tick(), periodMs).unref()
    this.#periodMs = periodMs
  }
}

/** Slots of one width, each a circle of entries around a head that is no entry. */
class Ring {
  readonly tickMs: number
  readonly slots: readonly Timed[]
  /** The last slot that came up, counted from the clock's zero. */
  tick: number
  size = 0
  /** What came out of the slot of this turn. */
  readonly #taken: Timed = new Head()

  constructor(tickMs: number, slots: number, now: number) {
    this.tickMs = tickMs
    this.tick = Math.floor(now / tickMs)
    this.slots = Array.from({ length: slots }, () => new Head())
  }

  /** Empties a slot; what was in it is still counted, and may be unlinked. */
  take(tick: number): Timed {
    const slot = this.slots[tick % this.slots.length]!
    const taken = this.#taken
    if (slot.wheelNext === slot) return taken
    // Behind what an exception may have left of the turn before.
    const first = slot.wheelNext!
    const last = slot.wheelPrevious!
    first.wheelPrevious = taken.wheelPrevious
    taken.wheelPrevious!.wheelNext = first
    last.wheelNext = taken
    taken.wheelPrevious = last
    slot.wheelNext = slot.wheelPrevious = slot
    return taken
  }

  add(timed: Timed, now: number): void {
    // A ring that was empty has not been turned.
    if (this.size === 0) this.tick = Math.max(this.tick, Math.floor(now / this.tickMs))
    const wanted = Math.max(Math.ceil(timed.dueMs / this.tickMs), this.tick + 1)
    const tick = Math.min(wanted, this.tick + this.slots.length - 1)
    const head = this.slots[tick % this.slots.length]!
    timed.wheelMs = tick * this.tickMs
    timed.wheelRing = this
    timed.wheelNext = head
    timed.wheelPrevious = head.wheelPrevious
    head.wheelPrevious!.wheelNext = timed
    head.wheelPrevious = timed
    this.size += 1
  }
}

class Head extends Deadline {
  constructor() {
    super()
    this.wheelNext = this
    this.wheelPrevious = this
  }

  override expired(): void {}
}
