/** Every cache that is named exists, and every one that exists has been given a place. */
import type { ModelProblem } from './check.ts'
import type { HttpModel } from '../model.ts'
import type { Settings } from '../settings.ts'
import { literalText } from '../template.ts'

export function checkCaches(
  http: HttpModel,
  levels: Iterable<{ readonly settings: Partial<Settings>; readonly path: string }>,
): ModelProblem[] {
  const problems: ModelProblem[] = []
  const zones = new Set((http.cachePaths ?? []).map(({ zone }) => zone))
  for (const { settings, path } of levels) {
    const name =
      settings.proxyCache === undefined || settings.proxyCache === null ? undefined : literalText(settings.proxyCache)
    if (name === undefined || zones.has(name)) continue
    problems.push({
      level: 'emerg',
      message: `"proxy_cache" zone "${name}" is unknown`,
      path: `${path}.settings.proxyCache`,
      remedy: `declare it: proxy_cache_path folder keys_zone=${name}:10m;`,
    })
  }
  return problems
}
