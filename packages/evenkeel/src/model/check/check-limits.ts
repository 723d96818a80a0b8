/** Limits count in zones that exist and are for their kind. */
import type { ModelProblem } from './check.ts'
import type { LimitZoneModel } from '../settings/limit-settings.ts'
import type { Settings } from '../settings.ts'

export function checkLimits(
  zones: readonly LimitZoneModel[],
  levels: Iterable<{ readonly settings: Partial<Settings>; readonly path: string }>,
): ModelProblem[] {
  const problems: ModelProblem[] = []
  const known = new Set(zones.map(({ kind, name }) => `${kind} ${name}`))
  const check = (kind: LimitZoneModel['kind'], name: string, path: string): void => {
    if (known.has(`${kind} ${name}`)) return
    problems.push({
      level: 'emerg',
      message: `zero size shared memory zone "${name}"`,
      path,
      remedy: `declare it in http: ${kind}_zone $binary_remote_addr zone=${name}:10m${kind === 'limit_req' ? ' rate=10r/s' : ''};`,
    })
  }
  for (const { settings, path } of levels) {
    for (const [index, { zone }] of (settings.limitReq ?? []).entries())
      check('limit_req', zone, at(path, 'limitReq', index))
    for (const [index, { zone }] of (settings.limitConn ?? []).entries()) {
      check('limit_conn', zone, at(path, 'limitConn', index))
    }
  }
  return problems
}

/** The first of a list is marked as the list. */
function at(path: string, key: string, index: number): string {
  return index === 0 ? `${path}.settings.${key}` : `${path}.settings.${key}.${index}`
}
