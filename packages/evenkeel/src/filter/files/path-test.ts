/**
 * Looking at a path of the file system for a step: what is there, never how it looks inside.
 *
 * Paths are made of the configuration's text and of the request's, so two things are refused before the system sees
 * them: a NUL, at which the system would stop reading, and a `..` that did not come from the configuration.
 */
import { stat, type Stats } from 'node:fs'
import { toByteText } from '../../route/byte-text.ts'

/** What a failed look at a path says; `errno` positive as in the system's manuals. */
export interface PathProblem {
  readonly errno: number
  readonly code: string
}

/**
 * The path as the system takes it: its text has one character a byte, and Node would write those above 127 as two.
 * Text with characters above 255 was never bytes, and is left to Node.
 */
export function systemPath(text: string): string | Buffer {
  let above = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0xff) return text
    if (code > 0x7f) above = true
  }
  return above ? Buffer.from(text, 'latin1') : text
}

/** Relative paths are relative to the prefix. */
export function fullPath(path: string, prefix: string): string {
  if (path.startsWith('/')) return path
  return toByteText(prefix.endsWith('/') ? prefix : `${prefix}/`) + path
}

/** Whether text that a request had a part in may be used as a path, or as the end of one. */
export function isSafePath(text: string): boolean {
  return !text.includes('\0') && !/(?:^|\/)\.\.(?:\/|$)/.test(text)
}

/** Calls back with what is there, following links; never at once, never throws. */
export function lookAt(path: string, done: (stats: Stats | null, problem: PathProblem | null) => void): void {
  if (path.includes('\0')) {
    queueMicrotask(() => done(null, missing))
    return
  }
  stat(systemPath(path), (error, stats) => (error === null ? done(stats, null) : done(null, toProblem(error))))
}

export function toProblem(error: NodeJS.ErrnoException): PathProblem {
  return { errno: Math.abs(error.errno ?? 0), code: error.code ?? 'UNKNOWN' }
}

/** As nginx writes it: `(2: No such file or directory)`. */
export function problemText(problem: PathProblem): string {
  return `(${problem.errno}: ${systemTexts[problem.code] ?? problem.code})`
}

/** The path does not lead to anything, as opposed to: it could not be looked at. */
export function isMissing(problem: PathProblem): boolean {
  return problem.code === 'ENOENT' || problem.code === 'ENOTDIR' || problem.code === 'ENAMETOOLONG'
}

const missing: PathProblem = { errno: 2, code: 'ENOENT' }

const systemTexts: Readonly<Record<string, string>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  EIO: 'Input/output error',
  ENXIO: 'No such device or address',
  EACCES: 'Permission denied',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EMFILE: 'Too many open files',
  ENFILE: 'Too many open files in system',
  ENAMETOOLONG: 'File name too long',
  ELOOP: 'Too many levels of symbolic links',
}
