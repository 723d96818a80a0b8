/** The page that shows what the API tells. */
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { row, type Directive } from '../table.ts'

export const dashboardDirectives: readonly Directive[] = [
  {
    ...row(
      'dashboard',
      ['location'],
      '[api=/path/]',
      null,
      'Answers with a page that shows traffic, servers and their health live. `api=` says where the location with `api` is; `/api/` unless told. Only in evenkeel.',
    ),
    arguments: [0, 1],
    apply: readDashboard,
  },
]

function readDashboard(place: Place, statement: Statement): void {
  const [, option = 'api=/api/'] = statement.words
  const path = option.startsWith('api=') ? option.slice('api='.length) : ''
  // The page may ask only where it comes from: anything else would need the other server's consent (CORS).
  if (!/^\/(?!\/)[\w\-./~%]*$/.test(path)) {
    return place.fail(statement, 1, `invalid parameter "${option}"`, 'it may be api= and a path, as in api=/api/')
  }
  place.holder.content = { kind: 'dashboard', api: path.endsWith('/') ? path : `${path}/` }
  place.mark('content', statement.position)
}
