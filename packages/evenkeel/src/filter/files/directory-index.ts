/**
 * What a URI that ends in a slash leads to: the first index file that is there, by an internal redirect, so that the
 * location of `/docs/index.php` serves it and not the one of `/docs/`; else the listing of the folder, else 403.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { CRIT, ERROR } from '../../exchange/log-level.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { Action } from '../../exchange/route.ts'
import type { Settings } from '../../model/settings.ts'
import { listDirectory, pickFile } from './autoindex.ts'
import type { Compile } from '../compile.ts'
import type { FilePath } from './file-path.ts'
import type { ListingSettings } from './listing.ts'
import { isMissing, isSafePath, lookAt, problemText, type PathProblem } from './path-test.ts'

type Told = Exclude<Outcome, undefined>

export function compileDirectoryIndex(
  settings: Pick<Settings, 'index' | 'autoindex' | 'logNotFound' | 'randomIndex'> & ListingSettings,
  path: FilePath,
  compile: Compile,
): Action {
  const names = settings.index.map(name => compile.text(name))
  const { autoindex, logNotFound } = settings

  return exchange => {
    const directory = path.of(exchange, exchange.uri)
    if (directory === null) return { kind: 'reply', status: exchange.rewritten ? 500 : 404 }
    if (settings.randomIndex && exchange.method !== 'POST')
      return pickFile(exchange, directory, () => tryNext(exchange, directory, 0))
    return tryNext(exchange, directory, 0)
  }

  /** An answer that is known at once, or undefined and the loop is told later. */
  function tryNext(exchange: Exchange, directory: string, at: number): Outcome {
    const name = names[at]?.(exchange)
    if (name === undefined) return withoutIndex(exchange, directory)
    if (name.startsWith('/')) return { kind: 'redirect', uri: name }
    if (!isSafePath(name)) return { kind: 'reply', status: 404 }
    lookAt(directory + name, (_stats, problem) => {
      if (exchange.ended) return
      if (problem === null) return exchange.loop.proceed(exchange, { kind: 'redirect', uri: exchange.uri + name })
      if (problem.code !== 'ENOENT')
        return exchange.loop.proceed(exchange, refusal(exchange, directory + name, problem))
      if (at > 0) return goOn(exchange, directory, at)
      // Whether the folder itself is missing is asked once, when its first index file is.
      lookAt(directory, (_folder, gone) => {
        if (exchange.ended) return
        if (gone !== null && isMissing(gone)) {
          return exchange.loop.proceed(exchange, refusal(exchange, directory + name, gone))
        }
        goOn(exchange, directory, at)
      })
    })
    return undefined
  }

  function goOn(exchange: Exchange, directory: string, at: number): void {
    const outcome = tryNext(exchange, directory, at + 1)
    if (outcome !== undefined) exchange.loop.proceed(exchange, outcome)
  }

  function refusal(exchange: Exchange, file: string, problem: PathProblem): Told {
    if (isMissing(problem)) {
      if (logNotFound) exchange.route.errorLog.tell(exchange, ERROR, `"${file}" is not found ${problemText(problem)}`)
      return { kind: 'reply', status: 404 }
    }
    if (problem.code === 'EACCES') {
      exchange.route.errorLog.tell(exchange, ERROR, `"${file}" is forbidden ${problemText(problem)}`)
      return { kind: 'reply', status: 403 }
    }
    exchange.route.errorLog.tell(exchange, CRIT, `stat() "${file}" failed ${problemText(problem)}`)
    return { kind: 'reply', status: problem.code === 'ELOOP' ? 403 : 500 }
  }

  function withoutIndex(exchange: Exchange, directory: string): Outcome {
    if (autoindex && exchange.method !== 'POST') return listDirectory(exchange, directory, settings)
    exchange.route.errorLog.tell(exchange, ERROR, `directory index of "${directory}" is forbidden`)
    return { kind: 'reply', status: 403 }
  }
}
