/** Locations as the configuration wrote them: for logs and explanations. */
import type { LocationMatch } from '../../model/model.ts'

export function locationName(match: LocationMatch): string {
  return match.kind === 'pattern' ? match.pattern.written : match.text
}
