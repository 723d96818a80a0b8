/**
 * Runs the program as people do, from a folder of its own.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const program: string = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
export const wrapper: string = fileURLToPath(new URL('../../../../bin/evenkeel', import.meta.url))

const ends = new WeakMap<ChildProcess, Promise<[number | null, NodeJS.Signals | null]>>()

export interface Said {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export class Folder {
  readonly path: string = realpathSync(mkdtempSync(join(tmpdir(), 'cli-')))

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text)
  }

  read(name: string): string {
    return existsSync(join(this.path, name)) ? readFileSync(join(this.path, name), 'utf8') : ''
  }

  run(...list: string[]): Said {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...list], {
      cwd: this.path,
      encoding: 'utf8',
      timeout: 100_000,
    })
    return { code: status, out: stdout, err: stderr }
  }

  /** For what stays; its stderr is gathered in `said`. */
  start(list: readonly string[], said: string[]): ChildProcess {
    const child = spawn(process.execPath, [program, ...list], {
      cwd: this.path,
      // What it keeps in the system's folder for such things is not mixed with what others keep there.
      env: { ...process.env, TMPDIR: this.path },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    awaitEnd(child)
    child.stderr!.setEncoding('utf8').on('data', (text: string) => said.push(text))
    return child
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** A wait for what comes from another process; in vain it fails. */
export async function until(done: () => boolean): Promise<void> {
  for (let left = 10_000; !done(); left--) {
    if (left === 0) throw new Error('it did not happen')
    await wait(10)
  }
}

/** From here on its end is noticed, for `exitOf`. */
export function awaitEnd(child: ChildProcess): void {
  ends.set(child, once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>)
}

/** Its exit code, or the signal it died of, once everything that it said is here. */
export async function exitOf(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  const [code, signal] = await ends.get(child)!
  return code ?? signal
}
