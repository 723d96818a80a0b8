/** Errors of the system in the words nginx's logs have: `2: No such file or directory`. */
import { getSystemErrorMap } from 'node:util'

/** libuv's texts differ from the C library's in their first letter and in these. */
const others: Readonly<Record<string, string>> = {
  EISDIR: 'Is a directory',
  ENAMETOOLONG: 'File name too long',
  EINVAL: 'Invalid argument',
  EMFILE: 'Too many open files',
  ENXIO: 'No such device or address',
}

export function systemErrorText(error: unknown): string {
  const code = systemErrorCode(error)
  for (const [number, [name, text]] of getSystemErrorMap()) {
    if (name === code) return `${-number}: ${others[name] ?? text.charAt(0).toUpperCase() + text.slice(1)}`
  }
  return error instanceof Error ? error.message : String(error)
}

/** `ENOENT`; '' when it is no error of the system. */
export function systemErrorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
