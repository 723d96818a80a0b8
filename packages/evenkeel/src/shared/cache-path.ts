/** Where the file of a cache entry stands: the same place as in nginx, so that what people wrote to look at it works. */

/** `name` is 32 hexadecimal digits; levels=1:2 makes `c/29/b7f54b2df7773722d382f4809d65029c`: folders of its last digits. */
export function entryPath(folder: string, levels: readonly number[], name: string): string {
  let path = folder
  let end = name.length
  for (const digits of levels) {
    path += `${name.slice(end - digits, end)}/`
    end -= digits
  }
  return path + name
}

/** Whether a file's name is that of an entry, and whether of one that was being written. */
export function isEntryName(name: string): boolean {
  return /^[0-9a-f]{32}$/.test(name)
}

export function isTemporaryName(name: string): boolean {
  return /^[0-9a-f]{32}\.\d+-\d+-\d+\.tmp$/.test(name)
}
