/**
 * Password files, read when they are asked for and kept while they do not change. A change is seen within a second, so
 * that a file system is not asked for every request.
 */
import { readFile, stat } from 'node:fs/promises'
import { systemPath, toProblem, type PathProblem } from '../path-test.ts'

export type Users = ReadonlyMap<string, string>

const FRESH_MS = 1000
/** Files kept at once: a path may have variables. */
const MOST_FILES = 256

interface Known {
  readonly users: Users
  readonly stamp: string
  checkedMs: number
}

export class UserFiles {
  readonly #known = new Map<string, Known>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** At once when the file was looked at just now. */
  users(path: string): Users | Promise<Users | PathProblem> {
    const known = this.#known.get(path)
    const now = this.#now()
    if (known !== undefined && now - known.checkedMs < FRESH_MS && now >= known.checkedMs) return known.users
    return this.#read(path, known)
  }

  async #read(path: string, known: Known | undefined): Promise<Users | PathProblem> {
    try {
      const { mtimeMs, size, ino } = await stat(systemPath(path))
      const stamp = `${mtimeMs} ${size} ${ino}`
      const users = known?.stamp === stamp ? known.users : readUsers(await readFile(systemPath(path), 'latin1'))
      this.#known.delete(path)
      this.#known.set(path, { users, stamp, checkedMs: this.#now() })
      if (this.#known.size > MOST_FILES) this.#known.delete(this.#known.keys().next().value!)
      return users
    } catch (error) {
      this.#known.delete(path)
      return toProblem(error as NodeJS.ErrnoException)
    }
  }
}

/** `name:hash`, perhaps with `:more` behind it; `#` begins a comment. Of a name that stands twice the first counts. */
export function readUsers(text: string): Users {
  const users = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, stored] = /^([^#:\r][^:\r]*):([^:\r]*)/.exec(line) ?? []
    if (name !== undefined && stored !== undefined && !users.has(name)) users.set(name, stored)
  }
  return users
}
