/**
 * The file of a Unix socket. It is made under another name and then put in its place, so that one process can take over
 * from another without a moment in which nobody is there; and only who has it still removes it in the end.
 */
import { renameSync, rmSync, statSync } from 'node:fs'

/** What is bound first: a character longer, for the system's limit is short. */
export function nameBefore(path: string): string {
  const name = `${path}~`
  // Left behind by one that died in between.
  rmSync(name, { force: true })
  return name
}

export class SocketFile {
  readonly #path: string
  readonly #inode: number

  /** Puts what was bound under `nameBefore` in its place, whatever is there. */
  constructor(path: string) {
    renameSync(`${path}~`, path)
    this.#path = path
    this.#inode = statSync(path).ino
  }

  remove(): void {
    try {
      if (statSync(this.#path).ino === this.#inode) rmSync(this.#path)
    } catch {
      // It is gone, or its folder may not be written to any more.
    }
  }
}
