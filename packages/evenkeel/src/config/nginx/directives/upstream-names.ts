/** Who is asked for the names of an upstream's servers, and whether they must have an answer. */
import { row, type Directive } from '../table.ts'
import { readFlag, readMilliseconds } from '../values.ts'
import { readResolver, resolverSyntax } from './access.ts'
import { inUpstream } from './in-upstream.ts'

export const upstreamNameDirectives: readonly Directive[] = [
  inUpstream(
    'resolver',
    resolverSyntax,
    [1, Number.POSITIVE_INFINITY],
    "DNS servers for the servers with `resolve`; the http block's when it is not said.",
    (upstream, place, statement) => {
      const value = place.once(statement) ? readResolver(place, statement) : null
      if (value !== null) upstream.resolver = value
    },
  ),
  inUpstream(
    'resolver_timeout',
    'time',
    [1, 1],
    'Longest wait for an answer of these DNS servers.',
    (upstream, place, statement) => {
      if (!place.once(statement)) return
      const value = readMilliseconds(statement.words[1] ?? '')
      if (value === null) place.failDirective(statement, 'invalid value')
      else upstream.resolverTimeoutMs = value
    },
  ),
  {
    ...row(
      'strict_resolve',
      ['http'],
      'on | off',
      'off',
      'Refuse to start, or to reload, while the name of any server of an upstream does not resolve. Only in evenkeel.',
    ),
    apply: (place, statement) => {
      const { http } = place.reading
      if (http === null || !place.once(statement)) return
      const written = statement.words[1] ?? ''
      const value = readFlag(written)
      if (value !== null) http.strictResolve = value
      else
        place.fail(statement, 1, `invalid value "${written}" in "strict_resolve" directive, it must be "on" or "off"`)
    },
  },
]
