/** Health checks: whom they ask is known when the configuration is read, and what they want is defined. */
import type { MatchModel } from './health.ts'
import type { ModelProblem } from './check.ts'
import type { HttpModel, LocationModel } from './model.ts'

export function checkHealth(http: HttpModel): ModelProblem[] {
  const problems: ModelProblem[] = []
  const matches = new Map<string, MatchModel>()
  for (const [index, match] of (http.matches ?? []).entries()) {
    const { name } = match
    if (matches.has(name)) {
      problems.push({ level: 'emerg', message: `duplicate match "${name}"`, path: `http.matches.${index}` })
    }
    matches.set(name, match)
  }
  const groups = new Set(http.upstreams.filter(upstream => !upstream.implicit).map(upstream => upstream.name))
  const visit = (locations: readonly LocationModel[], path: string): void => {
    for (const [index, location] of locations.entries()) {
      const at = `${path}.locations.${index}`
      checkOne(location, groups, matches, `${at}.healthCheck`, problems)
      visit(location.locations, at)
    }
  }
  for (const [index, server] of http.servers.entries()) visit(server.locations, `http.servers.${index}`)
  return problems
}

function checkOne(
  location: LocationModel,
  groups: ReadonlySet<string>,
  matches: ReadonlyMap<string, MatchModel>,
  path: string,
  problems: ModelProblem[],
): void {
  const check = location.healthCheck
  if (check === undefined) return
  const error = (message: string, remedy: string): unknown => problems.push({ level: 'emerg', message, path, remedy })
  const { content } = location
  if (content?.kind !== 'proxy') {
    error('"health_check" needs a "proxy_pass" in its location', 'put it beside the proxy_pass whose servers it asks')
  } else if (content.pass.kind === 'variable') {
    error(
      '"health_check" needs a "proxy_pass" without variables',
      `"${content.pass.written}" names its servers only when requests come: name an upstream`,
    )
  } else if (!groups.has(content.pass.upstream)) {
    error(
      `"health_check" needs an upstream, "${content.pass.upstream}" is none`,
      `put the server into an upstream { } block and name that in proxy_pass`,
    )
  }
  if (check.match === null) return
  const match = matches.get(check.match)
  if (match === undefined) return void error(`unknown match "${check.match}"`, 'define it in http: match name { ... }')
  const asksHttp = match.status.length + match.headers.length + match.body.length > 0
  if (check.type === 'tcp' && asksHttp) {
    error(
      `match "${match.name}" is about HTTP, and the check is type=tcp`,
      'such a match has lines of "send" and "expect"',
    )
  } else if (check.type === 'http' && match.talk !== undefined) {
    error(`match "${match.name}" has "send" or "expect"`, 'these go with type=tcp')
  }
}
