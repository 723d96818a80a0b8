/** What a test needs from the machine. `scripts/test` installs it on Debian, and lists what was skipped elsewhere. */
import { accessSync, constants } from 'node:fs'

/** For a test's `skip`: false when the program is there, else the reason. */
export function unless(program: 'nginx' | 'curl' | 'h2load' | 'redis-server' | 'chromium' | 'pebble'): string | false {
  return find(program) === undefined ? `needs ${program}` : false
}

/** Full path of a program, also where Debian keeps what only root has on its PATH. */
export function find(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
  return folders.map(folder => `${folder}/${program}`).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
