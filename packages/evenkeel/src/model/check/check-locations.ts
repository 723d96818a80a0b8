/** Locations: which may stand in which, which are the same, and where a proxied URI makes sense. */
import type { ModelProblem } from './check.ts'
import type { ContentModel, HttpModel, LocationMatch, LocationModel, RewriteStep } from '../model.ts'

export function checkLocations(http: HttpModel): ModelProblem[] {
  const problems: ModelProblem[] = []
  for (const [index, server] of http.servers.entries()) {
    checkList(server.locations, null, `http.servers.${index}`, problems)
  }
  return problems
}

function checkList(
  locations: readonly LocationModel[],
  outer: LocationMatch | null,
  path: string,
  problems: ModelProblem[],
): void {
  const seen = new Set<string>()
  for (const [index, location] of locations.entries()) {
    const at = `${path}.locations.${index}`
    const error = (message: string): unknown => problems.push({ level: 'emerg', message, path: at })
    const { match } = location
    const text = matchText(match)
    const misplaced = outer === null ? null : nesting(match, outer)
    if (misplaced !== null) error(misplaced)
    else if (match.kind !== 'pattern') {
      // `/x` and `^~ /x` are one prefix; `= /x` beside it is another.
      const key = `${match.kind === 'prefix-final' ? 'prefix' : match.kind} ${text}`
      // nginx takes the first of two named ones without a word: a file that runs there must run here.
      const level = match.kind === 'named' ? 'warn' : 'emerg'
      if (seen.has(key)) problems.push({ level, message: `duplicate location "${text}"`, path: at })
      seen.add(key)
    }
    const bare = match.kind === 'pattern' || match.kind === 'named'
    if (bare) checkUri(location.content, `${at}.content`, problems)
    checkSteps(location.rewrite, at, problems)
    for (const [exception, { content }] of location.exceptions.entries()) {
      checkUri(content, `${at}.exceptions.${exception}.content`, problems)
    }
    checkList(location.locations, match, at, problems)
  }
}

function nesting(match: LocationMatch, outer: LocationMatch): string | null {
  const text = matchText(match)
  const outerText = matchText(outer)
  if (outer.kind === 'exact') return `location "${text}" cannot be inside the exact location "${outerText}"`
  if (outer.kind === 'named') return `location "${text}" cannot be inside the named location "${outerText}"`
  if (match.kind === 'named') return `named location "${text}" can be on the server level only`
  if (match.kind === 'pattern' || text.startsWith(outerText)) return null
  return `location "${text}" is outside location "${outerText}"`
}

function checkSteps(steps: readonly RewriteStep[], path: string, problems: ModelProblem[]): void {
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'if') checkUri(step.content, `${path}.rewrite.${index}.content`, problems)
  }
}

/** A URI replaces the location's prefix: where there is none, it can't. */
function checkUri(content: ContentModel | null, path: string, problems: ModelProblem[]): void {
  if (content?.kind !== 'proxy' || content.pass.kind !== 'fixed' || content.pass.uri === null) return
  const message =
    '"proxy_pass" cannot have URI part in location given by regular expression, or inside named location, ' +
    'or inside "if" statement, or inside "limit_except" block'
  const remedy = `leave "${content.pass.uri}" out, and change the path with "rewrite" if it has to change`
  problems.push({ level: 'emerg', message, path, remedy })
}

function matchText(match: LocationMatch): string {
  return match.kind === 'pattern' ? match.pattern.written : match.text
}
