/**
 * Files of passwords and keys, read when they are asked for and kept while they do not change. A change is seen within
 * a second, so that a file system is not asked for every request.
 */
import { readFile, stat } from 'node:fs/promises'
import { systemPath, toProblem, type PathProblem } from './path-test.ts'

const FRESH_MS = 1000
/** Files kept at once: a path may have variables. */
const MOST_FILES = 256

interface Known<T> {
  readonly value: T
  readonly stamp: string
  checkedMs: number
}

export class KeptFiles<T> {
  readonly #known = new Map<string, Known<T>>()
  readonly #now: () => number
  readonly #read: (text: string) => T

  /** `read` makes of a file's bytes, one character each, what is kept. */
  constructor(now: () => number, read: (text: string) => T) {
    this.#now = now
    this.#read = read
  }

  /** At once when the file was looked at just now. */
  get(path: string): T | Promise<T | PathProblem> {
    const known = this.#known.get(path)
    const now = this.#now()
    if (known !== undefined && now - known.checkedMs < FRESH_MS && now >= known.checkedMs) return known.value
    return this.#look(path, known)
  }

  async #look(path: string, known: Known<T> | undefined): Promise<T | PathProblem> {
    try {
      const { mtimeMs, size, ino } = await stat(systemPath(path))
      const stamp = `${mtimeMs} ${size} ${ino}`
      const value = known?.stamp === stamp ? known.value : this.#read(await readFile(systemPath(path), 'latin1'))
      this.#known.delete(path)
      this.#known.set(path, { value, stamp, checkedMs: this.#now() })
      if (this.#known.size > MOST_FILES) this.#known.delete(this.#known.keys().next().value!)
      return value
    } catch (error) {
      this.#known.delete(path)
      return toProblem(error as NodeJS.ErrnoException)
    }
  }
}
