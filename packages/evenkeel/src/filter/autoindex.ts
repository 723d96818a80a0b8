/**
 * The listing of a folder as a page, in nginx's layout: folders first, then by name; hidden names are left out.
 * Times are UTC and sizes exact, nginx's defaults.
 */
import { readdir, stat, type Stats } from 'node:fs'
import type { Exchange } from '../exchange/exchange.ts'
import { CRIT, ERROR } from '../exchange/log-level.ts'
import type { Outcome } from '../exchange/outcome.ts'
import { escapeComponent } from '../route/uri-escape.ts'
import { isMissing, problemText, systemPath, toProblem } from './path-test.ts'

/** One line of a listing. `name` is Latin-1, one character a byte. */
export interface Entry {
  readonly name: string
  readonly directory: boolean
  readonly size: number
  /** Seconds since the epoch. */
  readonly modified: number
}

/** Looks at this many files of a folder at once: more would only queue for the pool's threads. */
const AT_ONCE = 4

/** Tells the loop later. */
export function listDirectory(exchange: Exchange, path: string): undefined {
  readdir(systemPath(path), 'latin1' as BufferEncoding, (error, names) => {
    if (exchange.ended) return
    if (error !== null) return exchange.loop.proceed(exchange, problemReply(exchange, path, error))
    const shown = names.filter(name => !name.startsWith('.'))
    lookAtAll(path, shown, entries => {
      if (exchange.ended) return
      const body = Buffer.from(renderListing(exchange.uri, entries), 'latin1')
      exchange.loop.proceed(exchange, { kind: 'reply', status: 200, body, type: 'text/html' })
    })
  })
  return undefined
}

export function renderListing(uri: string, entries: readonly Entry[]): string {
  const title = escapeHtml(uri)
  const sorted = [...entries].sort(
    (a, b) => Number(b.directory) - Number(a.directory) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  )
  let page = `<html>\r\n<head><title>Index of ${title}</title></head>\r\n<body>\r\n<h1>Index of ${title}</h1>`
  page += '<hr><pre><a href="../">../</a>\r\n'
  for (const entry of sorted) page += renderEntry(entry)
  return page + '</pre><hr></body>\r\n</html>\r\n'
}

const NAME_WIDTH = 50
const SIZE_WIDTH = 19

function renderEntry({ name, directory, size, modified }: Entry): string {
  const slash = directory ? '/' : ''
  const long = name.length > NAME_WIDTH
  const shown = long ? `${escapeHtml(name.slice(0, NAME_WIDTH - 3))}..&gt;` : escapeHtml(name)
  const shownSlash = !long && directory && name.length < NAME_WIDTH ? '/' : ''
  const pad = ' '.repeat(long ? 0 : NAME_WIDTH - name.length - shownSlash.length)
  const bytes = (directory ? '-' : String(size)).padStart(SIZE_WIDTH)
  return `<a href="${escapeComponent(name)}${slash}">${shown}${shownSlash}</a>${pad} ${dayAndTime(modified)} ${bytes}\r\n`
}

function dayAndTime(seconds: number): string {
  // "Sun, 22 Nov 2026 15:54:03 GMT" has every piece of "22-Nov-2026 15:54" in it.
  const text = new Date(seconds * 1000).toUTCString()
  return `${text.slice(5, 7)}-${text.slice(8, 11)}-${text.slice(12, 16)} ${text.slice(17, 22)}`
}

function escapeHtml(text: string): string {
  return text.replace(/[<>&"]/g, found =>
    found === '<' ? '&lt;' : found === '>' ? '&gt;' : found === '&' ? '&amp;' : '&quot;',
  )
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
  return { name, directory: stats.isDirectory(), size: stats.size, modified: Math.floor(stats.mtimeMs / 1000) }
}

function problemReply(exchange: Exchange, path: string, error: NodeJS.ErrnoException): Exclude<Outcome, undefined> {
  const problem = toProblem(error)
  const known = isMissing(problem) || problem.code === 'EACCES'
  exchange.route.errorLog.tell(exchange, known ? ERROR : CRIT, `opendir() "${path}" failed ${problemText(problem)}`)
  return { kind: 'reply', status: isMissing(problem) ? 404 : known ? 403 : 500 }
}
