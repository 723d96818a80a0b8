/** A place where responses are stored (`proxy_cache_path`). */

export interface CachePathModel {
  /** Folder, relative to the prefix. */
  readonly path: string
  /** Digits of a file's name that its folders are named by, from its end: 1:2. */
  readonly levels: readonly number[]
  /** Name of the zone that its index is in. */
  readonly zone: string
  /** Seconds that an entry nobody asks for is kept. */
  readonly inactiveSeconds: number
  /** Bytes of all its files; 0: no limit. */
  readonly maxBytes: number
  /** Bytes of its disk that are left free; 0: none. */
  readonly minFreeBytes: number
  /** Bytes of small entries that each worker keeps in memory. */
  readonly memoryBytes: number
  readonly purger: boolean
}
