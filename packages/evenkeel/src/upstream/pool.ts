/**
 * Idle connections to peers, kept for the next request.
 *
 * One list over all keys says which was given back least recently: that one goes when the pool is full. One stack for
 * each key makes the connection used last the next to be used, so that a pool that is larger than needed runs dry
 * from below. Everything takes the same time however many there are. Timers belong to the connections themselves.
 */

export interface Poolable {
  /** Requests it has carried. */
  readonly requests: number
  readonly openedMs: number
  /** Close: nobody is using it. */
  closeIdle(): void
}

interface Idle<C> {
  readonly connection: C
  readonly stack: Stack<C>
  newer: Idle<C> | null
  older: Idle<C> | null
  above: Idle<C> | null
  below: Idle<C> | null
}

interface Stack<C> {
  readonly key: string
  top: Idle<C> | null
}

export class Pool<C extends Poolable> {
  readonly #capacity: number
  readonly #idle = new Map<C, Idle<C>>()
  readonly #stacks = new Map<string, Stack<C>>()
  #newest: Idle<C> | null = null
  #oldest: Idle<C> | null = null

  /** 0: keeps none. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#idle.size
  }

  /** The connection given back last under that key: the peer's address and whatever else it has to agree in. */
  take(key: string): C | undefined {
    const idle = this.#stacks.get(key)?.top ?? null
    if (idle === null) return undefined
    this.#unlink(idle)
    return idle.connection
  }

  give(key: string, connection: C): void {
    if (this.#idle.has(connection)) return
    if (this.#capacity === 0) return connection.closeIdle()
    if (this.#idle.size >= this.#capacity) this.#close(this.#oldest!)
    const stack = this.#stackOf(key)
    const idle: Idle<C> = { connection, stack, newer: null, older: this.#newest, above: null, below: stack.top }
    if (this.#newest === null) this.#oldest = idle
    else this.#newest.newer = idle
    this.#newest = idle
    if (stack.top !== null) stack.top.above = idle
    stack.top = idle
    this.#idle.set(connection, idle)
  }

  /** It died, or its time was up, while idle. Answers whether it was here. */
  remove(connection: C): boolean {
    const idle = this.#idle.get(connection)
    if (idle === undefined) return false
    this.#unlink(idle)
    return true
  }

  closeAll(): void {
    while (this.#oldest !== null) this.#close(this.#oldest)
  }

  #close(idle: Idle<C>): void {
    // Unlinked first: closing may call back to remove it.
    this.#unlink(idle)
    idle.connection.closeIdle()
  }

  #unlink(idle: Idle<C>): void {
    const { stack, newer, older, above, below } = idle
    if (newer === null) this.#newest = older
    else newer.older = older
    if (older === null) this.#oldest = newer
    else older.newer = newer
    if (above === null) stack.top = below
    else above.below = below
    if (below !== null) below.above = above
    this.#idle.delete(idle.connection)
  }

  #stackOf(key: string): Stack<C> {
    const found = this.#stacks.get(key)
    if (found !== undefined) return found
    // Empty stacks are kept for the next time; but peers may come and go for ever.
    if (this.#stacks.size > 4 * this.#capacity + 64) this.#dropEmptyStacks()
    const stack: Stack<C> = { key, top: null }
    this.#stacks.set(key, stack)
    return stack
  }

  #dropEmptyStacks(): void {
    for (const [key, stack] of this.#stacks) {
      if (stack.top === null) this.#stacks.delete(key)
    }
  }
}
