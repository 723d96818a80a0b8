/**
 * The index of a cache zone in shared memory: which entries there are, how often they were asked for, and who is
 * filling or refreshing one. All workers look into it, so none has to ask another.
 *
 * What an entry says of itself (its fields, how long it is fresh) stands in its file, not here: the index can be lost and
 * built again from the names of the files. An entry is named by 128 bits, which are also the name of its file; the
 * table's own digest of that name is keyed, so that nobody can choose keys that fall together.
 */
import type { LruTable, Place } from './lru-table.ts'

/** What was found of an entry; reused by the next call. */
export interface Found {
  exists: boolean
  /** Its file is in its place: until then only who made it has it, in memory. */
  written: boolean
  /** Grows with every change: what was read of an older one is worth nothing. */
  version: number
  uses: number
  /** Status of a failure that is remembered in place of a response, and until when (seconds); 0: none. */
  error: number
  errorUntil: number
  /** Somebody fetches it for the first time, or anew. */
  filling: boolean
  updating: boolean
  /** When a response to it was last found not to be storable, ms; 0: never. */
  passedMs: number
}

export class CacheIndex {
  readonly #table: LruTable
  readonly #owner: number
  readonly #found: Found = {
    exists: false,
    written: false,
    version: 0,
    uses: 0,
    error: 0,
    errorUntil: 0,
    filling: false,
    updating: false,
    passedMs: 0,
  }

  /** `owner` tells the workers apart, from 1. */
  constructor(table: LruTable, owner: number) {
    this.#table = table
    this.#owner = owner
  }

  /** The names of all files are known: what is not in the index does not exist. */
  get loaded(): boolean {
    return this.#under(() => {
      const at = this.#table.find(this.#table.digest(SELF))
      return at >= 0 && this.#table.words[at + self.loaded] === 1
    })
  }

  set loaded(value: boolean) {
    this.#under(() => {
      this.#table.words[this.#self() + self.loaded] = value ? 1 : 0
    })
  }

  /** Bytes of all entries. */
  get bytes(): number {
    return this.#under(() => this.#table.floats[(this.#self() + self.bytes) / 2]!)
  }

  /** Someone asks for it: counts the use, and makes the record if there is none. `evicted` gets what had to make room. */
  use(name: string, now: number, evicted: string[]): Found {
    const table = this.#table
    const { words } = table
    // No closure as elsewhere: every request that is answered from the cache comes here.
    table.lock()
    try {
      const at = this.#place(name, evicted)
      if (words[at + entry.uses]! < LARGEST) words[at + entry.uses]!++
      words[at + entry.usedAt] = Math.floor(now / 1000)
      return this.#read(at)
    } finally {
      table.unlock()
    }
  }

  /** Without counting. Null: not known. */
  look(name: string): Found | null {
    return this.#under(() => {
      const at = this.#table.find(this.#table.digest(name))
      return at < 0 ? null : this.#read(at)
    })
  }

  /**
   * Takes the right to fetch it: `filling` for the first time, `updating` anew. False: somebody else has it, and not for
   * longer than `ageMs`; one who has held it so long may have died.
   */
  claim(name: string, what: 'filling' | 'updating', now: number, ageMs: number): boolean {
    return this.#under(() => {
      const at = this.#place(name, null)
      const { words, floats } = this.#table
      const flag = flags[what]
      const held = (words[at + entry.flags]! & flag) !== 0
      if (held && now - floats[(at + entry.claimedMs) / 2]! < ageMs) return false
      words[at + entry.flags]! |= flag
      words[at + entry.holder] = this.#owner
      floats[(at + entry.claimedMs) / 2] = now
      return true
    })
  }

  /** Gives that right back without a new entry. `passed`: since its response is not to be stored. */
  release(name: string, what: 'filling' | 'updating', passedMs = 0): void {
    this.#under(() => {
      const at = this.#table.find(this.#table.digest(name))
      if (at < 0) return
      const { words } = this.#table
      words[at + entry.flags]! &= ~flags[what]
      if (passedMs !== 0) this.#table.floats[(at + entry.passedMs) / 2] = passedMs
    })
  }

  /** There is an entry, `written` to its file already or about to be. Answers its version. */
  commit(name: string, bytes: number, now: number, evicted: string[], written = true): number {
    return this.#under(() => {
      const at = this.#place(name, evicted)
      const { words } = this.#table
      this.#weigh(at, bytes)
      words[at + entry.flags] = written ? flags.exists | flags.written : flags.exists
      words[at + entry.error] = 0
      words[at + entry.usedAt] = Math.floor(now / 1000)
      return ++words[at + entry.version]!
    })
  }

  /** The file of that version is in its place. */
  written(name: string, version: number): void {
    this.#under(() => {
      const at = this.#table.find(this.#table.digest(name))
      if (at >= 0 && this.#table.words[at + entry.version] === version)
        this.#table.words[at + entry.flags]! |= flags.written
    })
  }

  /** A failure is remembered in its place. */
  remember(name: string, error: number, until: number): void {
    this.#under(() => {
      const at = this.#place(name, null)
      const { words } = this.#table
      words[at + entry.error] = error
      words[at + entry.errorUntil] = until
    })
  }

  /** It changed without changing its size: read it again. */
  touch(name: string): number {
    return this.#under(() => {
      const at = this.#place(name, null)
      this.#table.words[at + entry.flags]! &= ~flags.updating
      return ++this.#table.words[at + entry.version]!
    })
  }

  /** There is no file of that name (any more). Answers whether there was one. */
  drop(name: string): boolean {
    return this.#under(() => {
      const at = this.#table.find(this.#table.digest(name))
      if (at < 0) return false
      const { words } = this.#table
      const was = (words[at + entry.flags]! & flags.exists) !== 0
      this.#weigh(at, 0)
      words[at + entry.flags]! &= ~(flags.exists | flags.written)
      words[at + entry.error] = 0
      words[at + entry.version]!++
      return was
    })
  }

  /** A file was found on disk. Its use counts as if it were just now; one that is known already is left alone. */
  add(name: string, bytes: number, now: number, evicted: string[]): void {
    this.#under(() => {
      const known = this.#table.find(this.#table.digest(name))
      if (known >= 0 && (this.#table.words[known + entry.flags]! & flags.exists) !== 0) return
      const at = this.#place(name, evicted)
      const { words } = this.#table
      this.#weigh(at, bytes)
      words[at + entry.flags]! |= flags.exists | flags.written
      words[at + entry.version]!++
      if (words[at + entry.uses] === 0) words[at + entry.uses] = 1
      words[at + entry.usedAt] = Math.floor(now / 1000)
    })
  }

  /** Takes the entries used least lately out until no more than `bytes` are left; at most `most` at once. */
  shrink(bytes: number, most: number): string[] {
    return this.#evict(most, at => {
      const total = this.#table.floats[(this.#self() + self.bytes) / 2]!
      return total <= bytes ? 'stop' : this.#table.words[at + entry.blocks] === 0 ? 'skip' : 'take'
    })
  }

  /** Takes out what was not used since that second; at most `most` at once. */
  expire(before: number, most: number): string[] {
    // Records go by use: behind the first that is young enough there are only younger ones.
    return this.#evict(most, at => (this.#table.words[at + entry.usedAt]! < before ? 'take' : 'stop'))
  }

  /** Names of all entries that exist. */
  names(): string[] {
    return this.#under(() => {
      const names: string[] = []
      for (let at = this.#table.oldest(); at >= 0; at = this.#table.newer(at)) {
        if ((this.#table.words[at + entry.flags]! & flags.exists) !== 0) names.push(this.#name(at))
      }
      return names
    })
  }

  #evict(most: number, judge: (at: Place) => 'take' | 'skip' | 'stop'): string[] {
    return this.#under(() => {
      const table = this.#table
      const own = this.#self()
      const names: string[] = []
      let at = table.oldest()
      while (at >= 0 && names.length < most) {
        const next = table.newer(at)
        const verdict = at === own ? 'skip' : judge(at)
        if (verdict === 'stop') break
        if (verdict === 'take') this.#remove(at, names)
        at = next
      }
      return names
    })
  }

  /** `names` gets its name if it has a file, which whoever asked is to delete. */
  #remove(at: Place, names: string[] | null): void {
    if (names !== null && (this.#table.words[at + entry.flags]! & flags.exists) !== 0) names.push(this.#name(at))
    this.#weigh(at, 0)
    this.#table.remove(at)
  }

  #place(name: string, evicted: string[] | null): Place {
    const table = this.#table
    const digest = table.digest(name)
    const found = table.find(digest)
    if (found >= 0) {
      table.touch(found)
      return found
    }
    const { high, low } = digest
    const own = this.#self()
    let at = table.insert({ high, low })
    while (at < 0) {
      const oldest = table.oldest()
      const gone = oldest === own ? table.newer(oldest) : oldest
      if (gone < 0) return own
      this.#remove(gone, evicted)
      at = table.insert({ high, low })
    }
    for (let i = 0; i < 4; i++) table.words[at + entry.name + i] = parseInt(name.slice(i * 8, i * 8 + 8), 16)
    return at
  }

  /** The zone's own record, which is never taken out; a table that was emptied has none, and is not loaded. */
  #self(): Place {
    const table = this.#table
    const digest = table.digest(SELF)
    const { high, low } = digest
    const found = table.find(digest)
    if (found >= 0) return found
    let at = table.insert({ high, low })
    while (at < 0) {
      table.remove(table.oldest())
      at = table.insert({ high, low })
    }
    return at
  }

  #read(at: Place): Found {
    const { words } = this.#table
    const found = this.#found
    const set = words[at + entry.flags]!
    found.exists = (set & flags.exists) !== 0
    found.written = (set & flags.written) !== 0
    found.filling = (set & flags.filling) !== 0
    found.updating = (set & flags.updating) !== 0
    found.version = words[at + entry.version]!
    found.uses = words[at + entry.uses]!
    found.error = words[at + entry.error]!
    found.errorUntil = words[at + entry.errorUntil]! >>> 0
    found.passedMs = this.#table.floats[(at + entry.passedMs) / 2]!
    return found
  }

  #weigh(at: Place, bytes: number): void {
    const { words, floats } = this.#table
    const blocks = Math.min(Math.ceil(bytes / BLOCK), LARGEST)
    floats[(this.#self() + self.bytes) / 2]! += (blocks - words[at + entry.blocks]!) * BLOCK
    words[at + entry.blocks] = blocks
  }

  #name(at: Place): string {
    let name = ''
    for (let i = 0; i < 4; i++) {
      name += (this.#table.words[at + entry.name + i]! >>> 0).toString(16).padStart(8, '0')
    }
    return name
  }

  #under<T>(act: () => T): T {
    this.#table.lock()
    try {
      return act()
    } finally {
      this.#table.unlock()
    }
  }
}

/** What a file takes on most disks is a multiple of this. */
const BLOCK = 4096
const LARGEST = 0x7fffffff
/** Stands for the zone itself; no entry has that name. */
const SELF = ''

const flags = { exists: 1, filling: 2, updating: 4, written: 8 } as const

/** Words of a record. */
const entry = {
  name: 0,
  flags: 4,
  uses: 5,
  version: 6,
  usedAt: 7,
  error: 8,
  errorUntil: 9,
  blocks: 10,
  holder: 11,
  claimedMs: 12,
  passedMs: 14,
} as const

/** Words of the zone's own record. */
const self = { loaded: 0, bytes: 2 } as const
