/**
 * Keeps the folders of caches in step with their indexes: finds what is there when a process starts, and takes out what
 * nobody asks for, what is too much, and what a crash left half written. One for all workers, a few files at a time.
 */
import { opendir, stat, statfs, unlink } from 'node:fs/promises'
import type { CachePathModel } from '../model/cache.ts'
import type { Model } from '../model/model.ts'
import { zoneKey } from '../model/zone.ts'
import { CacheIndex } from '../shared/cache-index.ts'
import { entryPath, isEntryName, isTemporaryName } from '../shared/cache-path.ts'
import { LruTable } from '../shared/lru-table.ts'
import { onDisk, under } from './files/paths.ts'

/** Files taken out before others have their turn. */
const AT_ONCE = 100

interface Cache {
  readonly model: CachePathModel
  readonly buffer: SharedArrayBuffer
  readonly index: CacheIndex
  readonly folder: string
  busy: boolean
}

export interface KeeperParts {
  readonly prefix: string
  /** The main thread's number among those that take locks. */
  readonly owner: number
  readonly nowMs: () => number
  readonly log: (level: 'error' | 'notice', text: string) => void
}

export class CacheKeeper {
  readonly #parts: KeeperParts
  readonly #startedMs: number
  #caches: Cache[] = []
  #closed = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
    this.#startedMs = parts.nowMs()
  }

  /** From now on the caches of this configuration. */
  keep(model: Model, buffers: ReadonlyMap<string, SharedArrayBuffer>): void {
    const before = this.#caches
    const zones = new Map((model.zones ?? []).filter(({ kind }) => kind === 'cache').map(zone => [zone.name, zone]))
    this.#caches = (model.http?.cachePaths ?? []).flatMap(path => {
      const zone = zones.get(path.zone)
      const buffer = zone === undefined ? undefined : buffers.get(zoneKey(zone))
      if (buffer === undefined) return []
      const folder = under(this.#parts.prefix, `${path.path}/`)
      const same = before.find(one => one.buffer === buffer && one.folder === folder)
      if (same !== undefined) return [{ ...same, model: path }]
      const index = new CacheIndex(new LruTable(buffer, this.#parts.owner), this.#parts.owner)
      return [{ model: path, buffer, index, folder, busy: false }]
    })
    this.tick()
  }

  /** Once a second. */
  tick(): void {
    for (const cache of this.#caches) {
      if (cache.busy || this.#closed) continue
      cache.busy = true
      this.#tend(cache)
        .catch((error: unknown) => this.#parts.log('error', `cache "${cache.model.zone}": ${String(error)}`))
        .finally(() => (cache.busy = false))
    }
  }

  /** For the API: what each takes on disk; cold while it is still looked through. */
  sizes(): { readonly zone: string; readonly bytes: number; readonly maxBytes: number; readonly cold: boolean }[] {
    return this.#caches.map(({ model: { zone, maxBytes }, index }) => {
      return { zone, bytes: index.bytes, maxBytes, cold: !index.loaded }
    })
  }

  close(): void {
    this.#closed = true
  }

  async #tend(cache: Cache): Promise<void> {
    const { index, model } = cache
    if (!index.loaded) {
      await this.#load(cache, cache.folder, model.levels.length)
      if (!this.#closed) index.loaded = true
    }
    const before = Math.floor(this.#parts.nowMs() / 1000) - model.inactiveSeconds
    await this.#takeOut(cache, () => index.expire(before, AT_ONCE))
    if (model.maxBytes > 0) await this.#takeOut(cache, () => index.shrink(model.maxBytes, AT_ONCE))
    if (model.minFreeBytes > 0) await this.#free(cache)
  }

  async #load(cache: Cache, folder: string, depth: number): Promise<void> {
    let entries
    try {
      entries = await opendir(onDisk(folder), { encoding: 'latin1' })
    } catch {
      return
    }
    for await (const { name } of entries) {
      if (this.#closed) return
      if (depth > 0) {
        if (/^[0-9a-f]{1,2}$/.test(name)) await this.#load(cache, `${folder}${name}/`, depth - 1)
        continue
      }
      const path = `${folder}${name}`
      if (!isEntryName(name) && !isTemporaryName(name)) continue
      const found = await stat(onDisk(path)).catch(() => null)
      if (found === null || !found.isFile()) continue
      if (isTemporaryName(name)) {
        // Left by a process that is no more; what this one writes is younger.
        if (found.mtimeMs < this.#startedMs) await unlink(onDisk(path)).catch(ignore)
        continue
      }
      const evicted: string[] = []
      cache.index.add(name, found.size, this.#parts.nowMs(), evicted)
      await this.#delete(cache, evicted)
    }
  }

  async #takeOut(cache: Cache, next: () => string[]): Promise<void> {
    for (let names = next(); names.length > 0 && !this.#closed; names = next()) await this.#delete(cache, names)
  }

  /** As long as the disk has too little left, the entries used least lately go. */
  async #free(cache: Cache): Promise<void> {
    const { model, index, folder } = cache
    while (!this.#closed && index.bytes > 0) {
      const { bavail, bsize } = await statfs(onDisk(folder))
      const missing = model.minFreeBytes - bavail * bsize
      if (missing <= 0) return
      const names = index.shrink(Math.max(0, index.bytes - missing), AT_ONCE)
      if (names.length === 0) return
      await this.#delete(cache, names)
    }
  }

  async #delete({ folder, model }: Cache, names: readonly string[]): Promise<void> {
    for (const name of names) await unlink(onDisk(entryPath(folder, model.levels, name))).catch(ignore)
  }
}

function ignore(): void {}
