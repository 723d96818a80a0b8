/** Names of entries: 32 hexadecimal digits, as nginx names its files. */
import { hash } from 'node:crypto'

export function entryName(key: string): string {
  return hash('md5', Buffer.from(key, 'latin1'), 'hex')
}

/** Of another response to the same key. */
export function variantName(key: string, family: string, variant: string): string {
  return hash('md5', Buffer.from(`${key}\0${family}\0${variant}`, 'latin1'), 'hex')
}
