/**
 * Host names and masks to values: exact, then the longest `*.suffix`, then the longest `prefix.*`. Servers are found with it
 * and maps of `hostnames`. The cost depends on the labels of the host, not on how many names there are.
 */
export class NameTable<T> {
  readonly #exact = new Map<string, T>()
  readonly #suffixes = new Map<string, T>()
  readonly #prefixes = new Map<string, T>()
  // A host of eight thousand dots is not looked up eight thousand times: nothing longer than the longest mask can match.
  #longestSuffix = 0
  #longestPrefix = 0

  /** False: the name stood there before, and keeps its first value. */
  addExact(name: string, value: T): boolean {
    return addFirst(this.#exact, name, value)
  }

  /** `*.suffix` */
  addSuffix(suffix: string, value: T): boolean {
    this.#longestSuffix = Math.max(this.#longestSuffix, suffix.length)
    return addFirst(this.#suffixes, suffix, value)
  }

  /** `prefix.*` */
  addPrefix(prefix: string, value: T): boolean {
    this.#longestPrefix = Math.max(this.#longestPrefix, prefix.length)
    return addFirst(this.#prefixes, prefix, value)
  }

  /** `host` is lower-case. */
  find(host: string): T | undefined {
    const exact = this.#exact.get(host)
    if (exact !== undefined || host === '') return exact
    return this.#findSuffix(host) ?? this.#findPrefix(host)
  }

  #findSuffix(host: string): T | undefined {
    if (this.#suffixes.size === 0) return undefined
    // The dot itself may stand just before the longest suffix, hence one more to the left.
    let dot = host.indexOf('.', Math.max(0, host.length - this.#longestSuffix - 1))
    for (; dot >= 0; dot = host.indexOf('.', dot + 1)) {
      const found = this.#suffixes.get(host.slice(dot + 1))
      if (found !== undefined) return found
    }
    return undefined
  }

  #findPrefix(host: string): T | undefined {
    if (this.#prefixes.size === 0) return undefined
    let dot = host.lastIndexOf('.', this.#longestPrefix)
    while (dot > 0) {
      const found = this.#prefixes.get(host.slice(0, dot))
      if (found !== undefined) return found
      dot = host.lastIndexOf('.', dot - 1)
    }
    return undefined
  }
}

/** A name or mask as configurations write it: `host`, `*.suffix`, `prefix.*`, or `.name` for the name and all below it. */
export function addHostMask<T>(table: NameTable<T>, mask: string, value: T): void {
  if (mask.startsWith('*.')) table.addSuffix(mask.slice(2), value)
  else if (mask.startsWith('.')) {
    table.addExact(mask.slice(1), value)
    table.addSuffix(mask.slice(1), value)
  } else if (mask.endsWith('.*')) table.addPrefix(mask.slice(0, -2), value)
  else table.addExact(mask, value)
}

function addFirst<T>(map: Map<string, T>, key: string, value: T): boolean {
  if (map.has(key)) return false
  map.set(key, value)
  return true
}
