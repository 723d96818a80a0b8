/**
 * Errors of the system in the form people know from nginx's log: `(98: Address already in use)`.
 *
 * Node carries libuv's wording, which differs from the C library's in its first letter and a few texts.
 */
import { getSystemErrorMap } from 'node:util'

/** `2: No such file or directory`, for an error thrown or emitted by a system call. */
export function systemErrorText(error: unknown): string {
  const code = systemErrorCode(error)
  for (const [number, [name, text]] of getSystemErrorMap()) {
    if (name === code) return `${-number}: ${others[name] ?? text.charAt(0).toUpperCase() + text.slice(1)}`
  }
  return error instanceof Error ? error.message : String(error)
}

/** `ENOENT`; '' when it is not an error of the system. */
export function systemErrorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

const others: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  EISDIR: 'Is a directory',
  ENAMETOOLONG: 'File name too long',
  EINVAL: 'Invalid argument',
  EMFILE: 'Too many open files',
  ENXIO: 'No such device or address',
}
