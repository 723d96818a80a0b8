/** Where a command's configuration is: as for the balancer itself. */
import { existsSync } from 'node:fs'
import { choosePaths, fromCommandLine, onDisk, type Paths } from '../control/files/paths.ts'

export function findPaths({ prefix, file }: { prefix: string | undefined; file: string | undefined }): Paths {
  const word = (value: string | undefined): string | null => (value === undefined ? null : fromCommandLine(value))
  const choices = { prefix: word(prefix), file: word(file), errorLog: null }
  return choosePaths(choices, fromCommandLine(process.cwd()), path => existsSync(onDisk(path)))
}
