/**
 * Idle connections to peers, kept for the next request.
 *
 * One list over all keys says which was given back least recently: that one goes when the pool is full. One stack for
 * each key makes the connection used last the next to be used, so that a pool that is larger than needed runs dry
 * from below. The links are in the connections, so that a request costs two look-ups of its key and makes nothing.
 * Timers belong to the connections themselves.
 */

export interface Poolable {
  /** Where it stands in a pool; made once with the connection. */
  readonly place: PoolPlace
  /** Close: nobody is using it. */
  closeIdle(): void
}

/** The links of one connection, the pool's alone. */
export class PoolPlace {
  stack: Stack | null = null
  newer: Poolable | null = null
  older: Poolable | null = null
  above: Poolable | null = null
  below: Poolable | null = null
}

interface Stack {
  top: Poolable | null
}

export class Pool<C extends Poolable> {
  #capacity: number
  readonly #stacks = new Map<string, Stack>()
  #newest: Poolable | null = null
  #oldest: Poolable | null = null
  #size = 0

  /** 0: keeps none. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#size
  }

  /** The connection given back last under that key: the peer's address and whatever else it has to agree in. */
  take(key: string): C | undefined {
    const connection = this.#stacks.get(key)?.top ?? null
    if (connection === null) return undefined
    this.#unlink(connection)
    return connection as C
  }

  give(key: string, connection: C): void {
    const { place } = connection
    if (place.stack !== null) return
    if (this.#capacity === 0) return connection.closeIdle()
    if (this.#size >= this.#capacity) this.#close(this.#oldest!)
    const stack = this.#stackOf(key)
    place.stack = stack
    place.older = this.#newest
    place.below = stack.top
    if (this.#newest === null) this.#oldest = connection
    else this.#newest.place.newer = connection
    this.#newest = connection
    if (stack.top !== null) stack.top.place.above = connection
    stack.top = connection
    this.#size++
  }

  /** It died, or its time was up, while idle. Answers whether it was here. */
  remove(connection: C): boolean {
    if (connection.place.stack === null) return false
    this.#unlink(connection)
    return true
  }

  closeAll(): void {
    while (this.#oldest !== null) this.#close(this.#oldest)
  }

  /** Nobody will ask for any of them: keeps none from here on. */
  retire(): void {
    this.#capacity = 0
    this.closeAll()
  }

  #close(connection: Poolable): void {
    // Unlinked first: closing may call back to remove it.
    this.#unlink(connection)
    connection.closeIdle()
  }

  #unlink(connection: Poolable): void {
    const { place } = connection
    const { stack, newer, older, above, below } = place
    if (newer === null) this.#newest = older
    else newer.place.older = older
    if (older === null) this.#oldest = newer
    else older.place.newer = newer
    if (above === null) stack!.top = below
    else above.place.below = below
    if (below !== null) below.place.above = above
    place.stack = place.newer = place.older = place.above = place.below = null
    this.#size--
  }

  #stackOf(key: string): Stack {
    const found = this.#stacks.get(key)
    if (found !== undefined) return found
    // Empty stacks are kept for the next time; but peers may come and go for ever.
    if (this.#stacks.size > 4 * this.#capacity + 64) this.#dropEmptyStacks()
    const stack: Stack = { top: null }
    this.#stacks.set(key, stack)
    return stack
  }

  #dropEmptyStacks(): void {
    for (const [key, stack] of this.#stacks) if (stack.top === null) this.#stacks.delete(key)
  }
}
