/** Files that stand nowhere. */
import type { FilePort } from '../../src/config/nginx/files.ts'

export function memoryFiles(files: Readonly<Record<string, string>>): FilePort {
  return {
    read(path) {
      const text = files[path]
      return text === undefined ? { error: '2: No such file or directory' } : { text }
    },
    list(folder) {
      const prefix = folder.endsWith('/') ? folder : `${folder}/`
      const inside = Object.keys(files).filter(path => path.startsWith(prefix))
      return [...new Set(inside.map(path => path.slice(prefix.length).split('/')[0] ?? ''))]
    },
  }
}
