/**
 * The log files a model names, at all levels. They are opened before anything starts, so that a missing folder is told
 * at the terminal, and made under the first user, so that whoever runs as another may write them.
 */
import { chownSync, closeSync, openSync } from 'node:fs'
import type { Model } from '../../model/model.ts'
import type { Settings } from '../../model/settings.ts'
import { literalText } from '../../model/template.ts'
import { onDisk, under } from './paths.ts'
import { systemErrorText } from '../../log/system-error.ts'

/** Each path once; targets with variables are opened by requests, `stderr` and `syslog:` are no files. */
export function logFiles(model: Model, prefix: string): string[] {
  const found = new Set<string>()
  const add = (target: string | undefined): void => {
    if (target === undefined || target === '' || target === 'stderr' || target.startsWith('syslog:')) return
    found.add(under(prefix, target))
  }
  for (const log of model.process.errorLogs) add(log.target)
  for (const part of [model.http, model.stream]) {
    visit(part, settings => {
      for (const log of settings.accessLog ?? []) add(literalText(log.target))
      for (const log of settings.errorLog ?? []) add(log.target)
    })
  }
  return [...found]
}

/** Makes those that are missing; null, or why one cannot be written. */
export function openLogFiles(paths: readonly string[], owner: { uid: number; gid: number } | null): string | null {
  for (const path of paths) {
    try {
      closeSync(openSync(onDisk(path), 'a', 0o644))
      if (owner !== null) chownSync(onDisk(path), owner.uid, owner.gid)
    } catch (error) {
      return `open() "${path}" failed (${systemErrorText(error)})`
    }
  }
  return null
}

/** Settings stand at every level of a model, also inside `if` and `limit_except`: they are looked for everywhere. */
function visit(value: unknown, look: (settings: Partial<Settings>) => void): void {
  if (typeof value !== 'object' || value === null) return
  if ('settings' in value && typeof value.settings === 'object' && value.settings !== null) look(value.settings)
  for (const one of Object.values(value)) visit(one, look)
}
