/**
 * Folders for bodies that do not fit into memory: those the configuration names, made before anything starts, and one
 * of this process alone for what it does not name.
 */
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Model } from '../../model/model.ts'
import { resolveServers } from '../../model/resolve.ts'
import { fromCommandLine, onDisk, under } from './paths.ts'
import { systemErrorCode, systemErrorText } from '../../log/system-error.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** A folder nobody else can read or guess. */
export function makeTemporary(): string {
  return `${fromCommandLine(mkdtempSync(join(tmpdir(), 'evenkeel-')))}/`
}

export function removeTemporary(path: string): void {
  rmSync(onDisk(path), { recursive: true, force: true })
}

/** null, or why one could not be made. */
export function makeFolders(model: Model, prefix: string, temporary: string, owner: Owner | null): string | null {
  for (const path of [temporary, ...temporaryPaths(model, prefix)]) {
    try {
      mkdirSync(onDisk(path), { mode: 0o700 })
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') return `mkdir() "${path}" failed (${systemErrorText(error)})`
    }
    if (owner === null) continue
    try {
      chownSync(onDisk(path), owner.uid, owner.gid)
    } catch (error) {
      return `chown() "${path}" failed (${systemErrorText(error)})`
    }
  }
  return null
}

function temporaryPaths(model: Model, prefix: string): Set<string> {
  const found = new Set<string>()
  for (const { statePath } of model.http?.acmeIssuers ?? []) if (statePath !== null) found.add(under(prefix, statePath))
  for (const { path } of model.http?.cachePaths ?? []) found.add(under(prefix, path))
  for (const server of model.http === null ? [] : resolveServers(model.http)) {
    for (const { settings } of [server, ...server.locations]) {
      found.add(under(prefix, settings.clientBodyTempPath))
      found.add(under(prefix, settings.proxyTempPath))
    }
  }
  return found
}
