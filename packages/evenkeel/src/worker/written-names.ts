/** Servers and locations as the configuration wrote them: for $server_name, logs and explanations. */
import type { LocationMatch } from '../model/model.ts'
import type { ResolvedServer } from '../model/resolve.ts'

export function serverName(server: ResolvedServer): string {
  const name = server.model.names[0]
  if (name === undefined) return ''
  if (name.kind === 'pattern') return '~' + name.pattern.written
  return name.kind === 'wildcard-start' ? '*.' + name.text : name.kind === 'wildcard-end' ? name.text + '.*' : name.text
}

export function locationName(match: LocationMatch): string {
  return match.kind === 'pattern' ? match.pattern.written : match.text
}
