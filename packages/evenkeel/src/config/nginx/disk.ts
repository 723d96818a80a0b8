/**
 * The port to real files.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { FilePort } from './files.ts'

export const diskFiles: FilePort = {
  read(path) {
    try {
      // The path came from text read one character a byte.
      return { text: readFileSync(Buffer.from(path, 'latin1'), 'latin1') }
    } catch (error) {
      return { error: reason(error) }
    }
  },
  list(folder) {
    try {
      return readdirSync(Buffer.from(folder, 'latin1'), 'latin1')
    } catch {
      return []
    }
  },
}

const TEXTS: Readonly<Record<string, string>> = {
  ENOENT: '2: No such file or directory',
  EACCES: '13: Permission denied',
  ENOTDIR: '20: Not a directory',
  EISDIR: '21: Is a directory',
  ELOOP: '40: Too many levels of symbolic links',
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  return TEXTS[code] ?? code
}
