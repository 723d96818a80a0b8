/**
 * What is in a folder, looked at for a listing or for one of its files (random_index); hidden names are left out.
 */
import { readdir, stat, type Stats } from 'node:fs'
import type { Exchange } from '../../exchange/exchange.ts'
import { CRIT, ERROR, INFO } from '../../exchange/log-level.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import { argument } from '../../route/uri-args.ts'
import { isCallback, renderListing, type Entry, type ListingSettings } from './listing.ts'
import { isMissing, problemText, systemPath, toProblem } from './path-test.ts'

/** Looks at this many files of a folder at once: more would only queue for the pool's threads. */
const AT_ONCE = 4

/** Tells the loop later. */
export function listDirectory(exchange: Exchange, path: string, settings: ListingSettings): Outcome {
  const callback = settings.autoindexFormat === 'jsonp' ? (argument(exchange.args, 'callback') ?? '') : ''
  if (!isCallback(callback)) {
    exchange.route.errorLog.tell(exchange, INFO, `client sent invalid callback name: "${callback}"`)
    return { kind: 'reply', status: 400 }
  }
  readdir(systemPath(path), 'latin1' as BufferEncoding, (error, names) => {
    if (exchange.ended) return
    if (error !== null) return exchange.loop.proceed(exchange, problemReply(exchange, path, error))
    const shown = names.filter(name => !name.startsWith('.'))
    lookAtAll(path, shown, entries => {
      if (exchange.ended) return
      const { type, body } = renderListing(exchange.uri, entries, settings, callback)
      exchange.loop.proceed(exchange, { kind: 'reply', status: 200, body: Buffer.from(body, 'latin1'), type })
    })
  })
  return undefined
}

/** Any regular file of the folder stands for it. Tells the loop later. `random`: from 0 to below 1. */
export function pickFile(
  exchange: Exchange,
  path: string,
  none: (exchange: Exchange, path: string) => Outcome,
  random: () => number = Math.random,
): undefined {
  readdir(systemPath(path), 'latin1' as BufferEncoding, (error, names) => {
    if (exchange.ended) return
    if (error !== null) return exchange.loop.proceed(exchange, problemReply(exchange, path, error))
    const shown = names.filter(name => !name.startsWith('.'))
    lookAtAll(path, shown, entries => {
      if (exchange.ended) return
      const files = entries.filter(entry => entry.file)
      const chosen = files[Math.floor(random() * files.length)]
      const outcome: Outcome =
        chosen === undefined ? none(exchange, path) : { kind: 'redirect', uri: exchange.uri + chosen.name }
      if (outcome !== undefined) exchange.loop.proceed(exchange, outcome)
    })
  })
  return undefined
}

/** Those that vanish meanwhile, or may not be looked at, are left out. */
function lookAtAll(path: string, names: readonly string[], done: (entries: Entry[]) => void): void {
  const entries: Entry[] = []
  let next = 0
  let waiting = 0
  const look = (): void => {
    while (waiting < AT_ONCE && next < names.length) {
      const name = names[next++]!
      waiting++
      stat(systemPath(path + name), (error, stats) => {
        waiting--
        if (error === null) entries.push(toEntry(name, stats))
        look()
      })
    }
    if (waiting === 0 && next >= names.length) done(entries)
  }
  look()
}

function toEntry(name: string, stats: Stats): Entry {
  return {
    name,
    directory: stats.isDirectory(),
    file: stats.isFile(),
    size: stats.size,
    modified: Math.floor(stats.mtimeMs / 1000),
  }
}

function problemReply(exchange: Exchange, path: string, error: NodeJS.ErrnoException): Exclude<Outcome, undefined> {
  const problem = toProblem(error)
  const known = isMissing(problem) || problem.code === 'EACCES'
  exchange.route.errorLog.tell(exchange, known ? ERROR : CRIT, `opendir() "${path}" failed ${problemText(problem)}`)
  return { kind: 'reply', status: isMissing(problem) ? 404 : known ? 403 : 500 }
}
