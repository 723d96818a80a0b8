/**
 * What a way of balancing is.
 *
 * A policy is built once over all peers of a group, since nginx's methods count absent ones too, and makes a picker
 * that is asked once an attempt. It is told by index who may be chosen and answers an index; it never learns of
 * health, HTTP, sockets or configuration. What it has to remember between picks stands in shared memory (PolicyState),
 * so that all workers pick as one.
 */

/** All peers of one list (one tier of a group), down ones included. */
export interface PeerTable {
  readonly length: number
  /** Configured weight, 1 or more. */
  weight(index: number): number
  /** The configured server text, e.g. `10.0.0.1:8080`: several peers have the same one if a name had several addresses. */
  name(index: number): string
  /** Never eligible while this table holds: marked down, or without an address. Hashes count it all the same. */
  down(index: number): boolean
  /** Requests in flight, over all workers. */
  inflight(index: number): number
  /** The same of the first `count` candidates at once, for methods that compare everybody. Left out: one by one. */
  inflights?(candidates: Int32Array, count: number, into: Float64Array): void
  /** Somebody came back lately and is worth less than its weight; true only during a pick. Left out: never. */
  readonly ramping?: boolean
  /** How much of its weight a peer is worth now, 0 to 1; asked while `ramping`. */
  ramp?(index: number): number
  /** How long answers take, for methods that balance by time. Left out: nobody measures. */
  readonly times?: AnswerTimes
}

/** How long a peer takes to answer, over all workers. Times in ms; 0: nothing known. */
export interface AnswerTimes {
  /** Average until the head of an answer, or its last byte. */
  average(index: number, until: 'header' | 'last_byte'): number
  /** Whole windows (fail_timeout) that it has gone without being looked at: what is known of it is that old. */
  windows(index: number): number
  /** Average of how long its unanswered requests have been waiting at each pick, this one taken in; 0: nobody waits. */
  sampleWait(index: number): number
  /** What an answer costs by the latest ones: jumps up with a slow one, sinks with time (peak EWMA). */
  cost(index: number): number
}

/** Room in shared memory that a policy owns. All of it is zero when the list of peers is new. */
export interface PolicyState {
  /** Sixteen words for the list as a whole; what they mean is the policy's to say. */
  readonly words: Int32Array
  /** Current weight of each peer, for smooth weighted round robin. */
  readonly current: Int32Array
  /** Weight that each peer has lost by failing: what it is effectively worth is its weight less this. */
  readonly lost: Int32Array
  /** Thousandths of each current weight, reckoned with while somebody is ramping. */
  readonly rest: Int32Array
  /** Until `unlock`, no other worker passes `lock` of the same upstream. May be nested. */
  lock(): void
  unlock(): void
}

/** What a picker may ask about the request at hand. */
export interface PickInput {
  /** The key of `hash`, evaluated for this request; only policies that need it ask. */
  hashKey(): string
  /** Client address as bytes: 4 or 16; empty for Unix sockets. */
  address(): Uint8Array
  /** What the picker wants kept for this request's next try. */
  memory: number[] | null
  /** Everybody is eligible but those the table calls down: nobody failed, is full, was tried by this request. */
  readonly undisturbed: boolean
  /** The peer that this request is bound to, which may have it; asked by policies made for that. Left out, -1: none. */
  readonly preferred?: number
}

/** Who may be chosen. */
export interface Eligible {
  (index: number): boolean
  /** Everybody who may be, in order, and how many: a call for each of a thousand peers costs more than the choice. */
  all?(into: Int32Array): number
}

/** Chooses a peer among the eligible ones; -1: nobody. Sync, no I/O. */
export type Picker = (input: PickInput, eligible: Eligible) => number

export type Policy = (peers: PeerTable, state: PolicyState, random: () => number) => Picker

/** One that wants to know the time as well: `now` is in ms, and means something during a pick only. Every Policy is one. */
export type TimedPolicy = (peers: PeerTable, state: PolicyState, random: () => number, now: () => number) => Picker
