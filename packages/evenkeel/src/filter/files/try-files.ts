/**
 * `try_files`: the first candidate that is there becomes the URI of the request, which goes on in this location; when
 * none is, the last argument says where to. A candidate with a final slash means a folder.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { CRIT } from '../../exchange/log-level.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { RequestStep } from '../../exchange/route.ts'
import type { LocationMatch } from '../../model/model.ts'
import type { Settings } from '../../model/settings.ts'
import type { Template } from '../../model/template.ts'
import type { Compile } from '../compile.ts'
import { compileFilePath } from './file-path.ts'
import { isMissing, isSafePath, lookAt, problemText } from './path-test.ts'

/** null: there is nothing to try. */
export function compileTryFiles(
  settings: Pick<Settings, 'tryFiles' | 'root' | 'alias'>,
  match: LocationMatch | null,
  compile: Compile,
): RequestStep | null {
  const { tryFiles } = settings
  if (tryFiles === null) return null
  const candidates = tryFiles.candidates.map(template => compileCandidate(template, compile))
  const path = compileFilePath(settings, match, compile)
  const fallback = compileFallback(tryFiles.fallback, compile)
  return exchange => new Promise(done => tryNext(exchange, 0, done))

  function tryNext(exchange: Exchange, at: number, done: (outcome: Outcome) => void): void {
    const candidate = candidates[at]
    if (candidate === undefined) return done(fallback(exchange))
    const name = candidate.text(exchange)
    // With an alias, the location's text is not part of the path: a candidate that brings it brings it as a URI.
    const prefix = exchange.uri.slice(0, path.replaced)
    const uri = path.replaced > 0 && !name.startsWith(prefix) ? prefix + name : name
    if (!isSafePath(uri)) return tryNext(exchange, at + 1, done)
    exchange.belowAlias = path.whole
    const file = path.of(exchange, uri)
    exchange.belowAlias = false
    if (file === null) return done({ kind: 'reply', status: 500 })
    lookAt(file, (stats, problem) => {
      if (problem !== null && !isMissing(problem)) {
        exchange.route.errorLog.tell(exchange, CRIT, `stat() "${file}" failed ${problemText(problem)}`)
      }
      if (stats === null || stats.isDirectory() !== candidate.directory) return tryNext(exchange, at + 1, done)
      exchange.uri = uri
      exchange.belowAlias = path.whole && !candidate.directory
      done(undefined)
    })
  }
}

interface Candidate {
  readonly text: (exchange: Exchange) => string
  readonly directory: boolean
}

/** The slash that says "folder" is no part of the name: `$uri/` for `/docs` finds the folder and leaves `/docs`. */
function compileCandidate(template: Template, compile: Compile): Candidate {
  const last = template.at(-1)
  if (typeof last !== 'string' || !last.endsWith('/')) return { text: compile.text(template), directory: false }
  const name = [...template.slice(0, -1), last.slice(0, -1)].filter(part => part !== '')
  return { text: compile.text(name), directory: true }
}

function compileFallback(
  fallback: NonNullable<Settings['tryFiles']>['fallback'],
  compile: Compile,
): (exchange: Exchange) => Outcome {
  if ('status' in fallback) {
    const { status } = fallback
    return () => ({ kind: 'reply', status })
  }
  const text = compile.text(fallback.uri)
  return exchange => internalRedirect(text(exchange))
}

/** To a named location as it is, to a path with the arguments that are written behind it. */
export function internalRedirect(uri: string): Extract<Outcome, { kind: 'redirect' }> {
  if (uri.startsWith('@')) return { kind: 'redirect', uri }
  const query = uri.indexOf('?')
  if (query < 0) return { kind: 'redirect', uri, args: '' }
  return { kind: 'redirect', uri: uri.slice(0, query), args: uri.slice(query + 1) }
}
