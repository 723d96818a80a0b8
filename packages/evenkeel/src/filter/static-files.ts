/**
 * Answers with a file of the location's root, or says where its index is.
 *
 * Every look at the file system is a callback: a slow disk costs the request that waits for it, never the worker. The
 * file is opened first and looked at through its descriptor, so that what is told of it (length, date) and what is
 * sent are of the same file, whatever is renamed meanwhile.
 */
import { close, constants, fstat, open, type Stats } from 'node:fs'
import type { Exchange } from '../exchange/exchange.ts'
import { Fields } from '../exchange/fields.ts'
import { ResponseHead, UNKNOWN_LENGTH } from '../exchange/head.ts'
import { CRIT, ERROR } from '../exchange/log-level.ts'
import type { Outcome } from '../exchange/outcome.ts'
import type { Action } from '../exchange/route.ts'
import { settledSource } from '../exchange/sink.ts'
import type { LocationMatch } from '../model/model.ts'
import type { Settings } from '../model/settings.ts'
import { escapePath } from '../route/uri-escape.ts'
import type { Compile } from './compile.ts'
import { checkPreconditions, rangeStillApplies, type Validators } from './conditional.ts'
import { compileContentType, type ContentTypeOf } from './content-type.ts'
import { compileDirectoryIndex } from './directory-index.ts'
import { compileFilePath } from './file-path.ts'
import { FileSource } from './file-source.ts'
import { formatHttpDate } from './http-date.ts'
import { compileLocationField, redirectReply, type LocationOf } from './location-field.ts'
import { isMissing, problemText, systemPath, toProblem } from './path-test.ts'
import { contentRange, framePieces, parseRanges, unsatisfiedRange, type ByteRange } from './ranges.ts'

/** `match` null: files of a server outside of any location. */
export function compileStaticFiles(
  settings: Settings,
  match: LocationMatch | null,
  compile: Compile,
  transforms: Transforms | null = null,
): Action {
  const { etag, ifModifiedSince, maxRanges, logNotFound } = settings
  const path = compileFilePath(settings, match, compile)
  const files: Files = {
    etag,
    ifModifiedSince,
    maxRanges,
    logNotFound,
    typeOf: compileContentType(settings),
    locationOf: compileLocationField(settings),
    boundaries: 0,
    transforms,
  }
  const index = compileDirectoryIndex(settings, path, compile)

  return exchange => {
    const { method, uri } = exchange
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return { kind: 'reply', status: 405 }
    if (uri.endsWith('/')) return index(exchange)
    const file = path.of(exchange, uri)
    if (file === null) return { kind: 'reply', status: exchange.rewritten && settings.alias !== null ? 500 : 404 }
    openFile(files, exchange, file)
    return undefined
  }
}

/** What the files of one location are served by. */
interface Files {
  readonly etag: boolean
  readonly ifModifiedSince: 'off' | 'exact' | 'before'
  readonly maxRanges: number | null
  readonly logNotFound: boolean
  readonly typeOf: ContentTypeOf
  readonly locationOf: LocationOf
  /** Boundaries of multipart bodies given out: the next one is another. */
  boundaries: number
  readonly transforms: Transforms | null
}

/** Whether a filter would change the bytes of a response with this head: parts of it can't be told then. */
export type Transforms = (exchange: Exchange, head: ResponseHead) => boolean

function openFile(files: Files, exchange: Exchange, path: string): void {
  // Without O_NONBLOCK, opening a pipe that nobody writes to would hold one of the few threads of the pool for ever.
  open(systemPath(path), constants.O_RDONLY | constants.O_NONBLOCK, (error, fd) => {
    if (error !== null) {
      if (!exchange.ended) exchange.loop.proceed(exchange, openProblem(files, exchange, path, error))
      return
    }
    fstat(fd, (problem, stats) => {
      if (exchange.ended) return drop(fd)
      let outcome: Outcome
      if (problem !== null) {
        exchange.route.errorLog.tell(exchange, CRIT, `fstat() "${path}" failed ${problemText(toProblem(problem))}`)
        outcome = { kind: 'reply', status: 500 }
      } else outcome = answer(files, exchange, path, fd, stats)
      if (outcome === undefined) return
      drop(fd)
      exchange.loop.proceed(exchange, outcome)
    })
  })
}

function openProblem(
  files: Files,
  exchange: Exchange,
  path: string,
  error: NodeJS.ErrnoException,
): Exclude<Outcome, undefined> {
  const problem = toProblem(error)
  const missing = isMissing(problem)
  const forbidden = problem.code === 'EACCES' || problem.code === 'ELOOP'
  if (!missing || files.logNotFound) {
    exchange.route.errorLog.tell(
      exchange,
      missing || forbidden ? ERROR : CRIT,
      `open() "${path}" failed ${problemText(problem)}`,
    )
  }
  return { kind: 'reply', status: missing ? 404 : forbidden ? 403 : 500 }
}

/** Undefined: the file is on its way and the descriptor is somebody else's. */
function answer(files: Files, exchange: Exchange, path: string, fd: number, stats: Stats): Outcome {
  if (stats.isDirectory()) return addSlash(files, exchange)
  if (!stats.isFile()) {
    exchange.route.errorLog.tell(exchange, CRIT, `"${path}" is not a regular file`)
    return { kind: 'reply', status: 404 }
  }
  if (exchange.method === 'POST') return { kind: 'reply', status: 405 }

  const validators = validatorsOf(stats, files.etag)
  // A file sent as an error page is not what the client has or has not: it goes out whole.
  if (isErrorPage(exchange)) return send(files, exchange, path, fd, stats.size, validators)
  const precondition = checkPreconditions(exchange.request.fields, validators, files.ifModifiedSince)
  if (precondition === 412) return { kind: 'reply', status: 412 }
  if (precondition === 304) {
    drop(fd)
    const { reply } = exchange
    reply.head(new ResponseHead(304, validatorFields(new Fields(), validators), UNKNOWN_LENGTH), settledSource)
    reply.end()
    return undefined
  }
  return send(files, exchange, path, fd, stats.size, validators)
}

function send(
  files: Files,
  exchange: Exchange,
  path: string,
  fd: number,
  size: number,
  validators: Validators,
): Outcome {
  const type = files.typeOf(exchange.uri)
  const request = exchange.request.fields
  const cut = !isErrorPage(exchange) && files.transforms?.(exchange, wholeHead(type, size)) !== true
  const asked = cut ? request.get('Range') : undefined
  const ranges =
    asked === undefined || !rangeStillApplies(request, validators) ? 'whole' : parseRanges(asked, size, files.maxRanges)
  const fields = new Fields()
  if (ranges === 'unsatisfiable') {
    fields.add('Content-Range', unsatisfiedRange(size))
    return { kind: 'reply', status: 416, fields }
  }

  let head: ResponseHead
  let pieces: readonly (ByteRange | string)[]
  if (ranges === 'whole') {
    fields.add('Content-Type', type)
    if (isErrorPage(exchange)) {
      if (validators.etag !== null) fields.add('ETag', validators.etag)
    } else {
      validatorFields(fields, validators)
      if (cut && files.maxRanges !== 0) fields.add('Accept-Ranges', 'bytes')
    }
    head = new ResponseHead(200, fields, size)
    pieces = [{ start: 0, end: size }]
  } else if (ranges.length === 1) {
    const range = ranges[0]!
    fields.add('Content-Type', type)
    validatorFields(fields, validators)
    fields.add('Content-Range', contentRange(range, size))
    head = new ResponseHead(206, fields, range.end - range.start)
    pieces = ranges
  } else {
    const multipart = framePieces(ranges, size, type, ++files.boundaries)
    fields.add('Content-Type', multipart.type)
    validatorFields(fields, validators)
    head = new ResponseHead(206, fields, multipart.length)
    pieces = multipart.pieces
  }

  if (exchange.method === 'HEAD') {
    drop(fd)
    exchange.reply.head(head, settledSource)
    exchange.reply.end()
    return undefined
  }
  new FileSource(exchange, fd, path, head, pieces).start()
  return undefined
}

function wholeHead(type: string, size: number): ResponseHead {
  const fields = new Fields()
  fields.add('Content-Type', type)
  return new ResponseHead(200, fields, size)
}

function isErrorPage(exchange: Exchange): boolean {
  return exchange.parent !== null || (exchange.statusOverride !== 0 && exchange.statusOverride !== 200)
}

function addSlash(files: Files, exchange: Exchange): Outcome {
  const args = exchange.args === '' ? '' : `?${exchange.args}`
  return redirectReply(301, files.locationOf(exchange, `${escapePath(exchange.uri)}/${args}`))
}

function validatorsOf(stats: Stats, etag: boolean): Validators {
  const lastModified = Math.floor(stats.mtimeMs / 1000)
  return { lastModified, etag: etag ? `"${lastModified.toString(16)}-${stats.size.toString(16)}"` : null }
}

function validatorFields(fields: Fields, { lastModified, etag }: Validators): Fields {
  fields.add('Last-Modified', formatHttpDate(lastModified))
  if (etag !== null) fields.add('ETag', etag)
  return fields
}

function drop(fd: number): void {
  close(fd, () => {})
}
