/** What the balancer tells of itself, and how it is changed while it runs: the API, metrics, zones of counters, state. */
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { readFlag } from '../values.ts'
import { row, type Directive } from '../table.ts'
import { inUpstream } from './in-upstream.ts'

export const statusDirectives: readonly Directive[] = [
  {
    ...row(
      'api',
      ['location'],
      '[write=on | write=off]',
      null,
      'Answers as the REST API of nginx; with `write=on` servers of upstreams can be changed. From this machine only, where nothing else says who may ask.',
    ),
    arguments: [0, 1],
    apply: readApi,
  },
  {
    ...row(
      'metrics',
      ['location'],
      '',
      null,
      'Answers with counters for Prometheus. From this machine only, where nothing else says who may ask. Only in evenkeel.',
    ),
    arguments: [0, 0],
    apply: (place, statement) => {
      place.holder.content = { kind: 'metrics' }
      place.mark('content', statement.position)
    },
  },
  {
    ...row(
      'status_zone',
      ['server', 'location', 'if in location'],
      'name | off',
      null,
      'Counts requests of the server, of the location, or sessions, under this name, for the API and metrics.',
    ),
    apply: readStatusZone,
  },
  inUpstream(
    'state',
    'file',
    [1, 1],
    'File with the servers of the group, kept up to date with what the API makes of them.',
    (upstream, place, statement) => {
      const path = place.once(statement) ? (statement.words[1] ?? '') : ''
      if (path !== '') upstream.stateFile = path
      else place.failDirective(statement, 'invalid value')
    },
  ),
]

function readApi(place: Place, statement: Statement): void {
  const [, option = 'write=off'] = statement.words
  const write = option.startsWith('write=') ? readFlag(option.slice('write='.length)) : null
  if (write === null)
    return place.fail(statement, 1, `invalid parameter "${option}"`, 'it may be write=on or write=off')
  if (place.location?.match.kind === 'pattern' || place.location?.match.kind === 'named') {
    return place.fail(statement, 0, '"api" cannot be in a location of this kind', 'use a prefix: location /api/')
  }
  place.holder.content = { kind: 'api', write }
  place.mark('content', statement.position)
}

function readStatusZone(place: Place, statement: Statement): void {
  const key = place.kind === 'server' || place.inStream ? 'serverZone' : 'locationZone'
  if (key in place.settings) return place.failDirective(statement, 'is duplicate')
  const name = statement.words[1] ?? ''
  if (name === '') return place.fail(statement, 1, 'invalid zone name ""')
  place.put(statement, key, name === 'off' ? null : name)
}
