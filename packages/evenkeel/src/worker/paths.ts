/** Paths of the configuration: relative ones are relative to the prefix. */
import { isAbsolute, join } from 'node:path'

export function under(prefix: string, path: string): string {
  return isAbsolute(path) ? path : join(prefix, path)
}
