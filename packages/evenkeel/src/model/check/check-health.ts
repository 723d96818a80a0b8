/** Health checks: whom they ask is known when the configuration is read, and what they want is defined. */
import type { MatchModel } from '../health.ts'
import type { ModelProblem } from './check.ts'
import type { HealthCheckModel } from '../health.ts'
import type { ContentModel, HttpModel, LocationModel } from '../model.ts'
import type { StreamContent, StreamModel } from '../stream/stream.ts'
import type { StreamMatchModel } from '../stream/stream-health.ts'

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
      if (location.healthCheck !== undefined) {
        checkOne(location.healthCheck, location.content, groups, matches, `${at}.healthCheck`, 'http', problems)
      }
      visit(location.locations, at)
    }
  }
  for (const [index, server] of http.servers.entries()) visit(server.locations, `http.servers.${index}`)
  return problems
}

/** The same of `stream`, and that a check over UDP knows what to send and what has to come. */
export function checkStreamHealth(stream: StreamModel): ModelProblem[] {
  const problems: ModelProblem[] = []
  const matches = new Map<string, StreamMatchModel>()
  for (const [index, match] of (stream.matches ?? []).entries()) {
    if (matches.has(match.name)) {
      problems.push({ level: 'emerg', message: `duplicate match "${match.name}"`, path: `stream.matches.${index}` })
    }
    matches.set(match.name, match)
  }
  const groups = new Set(stream.upstreams.filter(upstream => !upstream.implicit).map(upstream => upstream.name))
  for (const [index, { healthCheck, content }] of stream.servers.entries()) {
    if (healthCheck === undefined) continue
    const path = `stream.servers.${index}.healthCheck`
    checkOne(healthCheck, content, groups, matches, path, 'stream', problems)
    if (healthCheck.type !== 'udp') continue
    const match = matches.get(healthCheck.match ?? '')
    if (match !== undefined && match.send !== null && match.expect !== null) continue
    const message = '"health_check udp" needs a match that sends something and expects something'
    const remedy = 'a datagram that nobody answers says nothing: match=name, and match name { send ...; expect ...; }'
    problems.push({ level: 'emerg', message, path, remedy })
  }
  return problems
}

function checkOne(
  check: HealthCheckModel,
  content: ContentModel | StreamContent | null,
  groups: ReadonlySet<string>,
  matches: ReadonlyMap<string, MatchModel | StreamMatchModel>,
  path: string,
  part: 'http' | 'stream',
  problems: ModelProblem[],
): void {
  const error = (message: string, remedy: string): unknown => problems.push({ level: 'emerg', message, path, remedy })
  if (content?.kind !== 'proxy') {
    const place = part === 'http' ? 'location' : 'server'
    error(`"health_check" needs a "proxy_pass" in its ${place}`, 'put it beside the proxy_pass whose servers it asks')
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
  if (match === undefined) {
    return void error(`unknown match "${check.match}"`, `define it in ${part}: match name { ... }`)
  }
  if (!('status' in match)) return
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
