/**
 * Where configuration text comes from: a port, so that tests and editors need no disk.
 */

export interface FilePort {
  /** One character a byte (Latin-1), as the data plane keeps text; `error` as systems say it: `2: No such file or directory`. */
  read(path: string): { readonly text: string } | { readonly error: string }
  /** Names in a folder; empty when there is no such folder. */
  list(folder: string): readonly string[]
}

/** The files a pattern names, sorted; wildcards may stand in any part of the path. */
export function expandGlob(pattern: string, files: FilePort): string[] {
  const parts = pattern.split('/')
  let found = ['']
  for (const [at, part] of parts.entries()) {
    const first = at === 0
    if (!isGlob(part)) {
      found = found.map(folder => (first ? part : `${folder}/${part}`))
      continue
    }
    const matches = globMatcher(part)
    found = found.flatMap(folder => {
      const names = files.list(first ? '.' : folder === '' ? '/' : folder)
      return names.filter(matches).map(name => (first ? name : `${folder}/${name}`))
    })
  }
  // A plain name after a wildcard need not exist in every folder that the wildcard matched.
  const last = parts.findLastIndex(isGlob)
  if (last < parts.length - 1) found = found.filter(path => exists(path, files))
  return found.sort()
}

export function isGlob(path: string): boolean {
  return /[*?[]/.test(path)
}

/** The folder of a path, with the final slash; empty for a bare name. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

function exists(path: string, files: FilePort): boolean {
  const folder = folderOf(path)
  return files.list(folder.length > 1 ? folder.slice(0, -1) : folder || '.').includes(path.slice(folder.length))
}

/**
 * `*`, `?` and `[…]` as in glob(3): none of them matches a dot at the start of a name. Matched by hand, since patterns
 * with many stars make a regular expression take for ever.
 */
function globMatcher(pattern: string): (name: string) => boolean {
  const pieces = [...pattern.matchAll(/\[!?\]?[^\]]*\]|[^]/g)].map(match => match[0])
  return name => {
    if (name.startsWith('.') && pieces[0] !== '.') return false
    let star = -1
    let resume = 0
    let at = 0
    for (let index = 0; index < name.length;) {
      const piece = pieces[at]
      if (piece === '*') {
        star = at++
        resume = index
      } else if (piece !== undefined && matchesOne(piece, name[index] ?? '')) {
        at++
        index++
      } else if (star >= 0) {
        at = star + 1
        index = ++resume
      } else return false
    }
    while (pieces[at] === '*') at++
    return at === pieces.length
  }
}

function matchesOne(piece: string, character: string): boolean {
  if (piece === '?') return true
  if (piece.length < 3 || !piece.startsWith('[')) return piece === character
  const negated = piece[1] === '!'
  const set = piece.slice(negated ? 2 : 1, -1)
  let inside = false
  for (let at = 0; at < set.length; at++) {
    const from = set[at] ?? ''
    if (set[at + 1] === '-' && at + 2 < set.length) {
      if (from <= character && character <= (set[at + 2] ?? '')) inside = true
      at += 2
    } else if (from === character) inside = true
  }
  return inside !== negated
}
