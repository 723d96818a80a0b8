/**
 * Answers with a file of the location's root, or says where its index is.
 *
 * Every look at the file system is a callback: a slow disk costs the request that waits for it, never the worker. The
 * file is opened first and looked at through its descriptor, so that what is told of it (length, date) and what is
 * sent are of the same file, whatever is renamed meanwhile.
 */
import { close, constants, fstat, open, type Stats } from 'node:fs'
import type { Exchange } from '../../exchange/exchange.ts'
import { Fields } from '../../exchange/fields.ts'
import { ResponseHead, UNKNOWN_LENGTH } from '../../exchange/head.ts'
import { CRIT, ERROR } from '../../exchange/log-level.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { Action } from '../../exchange/route.ts'
import { settledSource } from '../../exchange/sink.ts'
import type { LocationMatch } from '../../model/model.ts'
import type { Settings } from '../../model/settings.ts'
import { escapePath } from '../../route/uri-escape.ts'
import type { Compile } from '../compile.ts'
import { checkPreconditions, rangeStillApplies, type Validators } from '../ranges/conditional.ts'
import { compileCodedFiles, type CodedFile } from '../coding/coded-files.ts'
import { addVary } from '../coding/compression.ts'
import { compileContentType, type ContentTypeOf } from './content-type.ts'
import { compileDirectoryIndex } from './directory-index.ts'
import { compileFilePath } from './file-path.ts'
import { FileSource } from './file-source.ts'
import { formatHttpDate } from '../fields/http-date.ts'
import { compileLocationField, redirectReply, type LocationOf } from '../fields/location-field.ts'
import { isMissing, problemText, systemPath, toProblem, type PathProblem } from './path-test.ts'
import { contentRange, framePieces, parseRanges, unsatisfiedRange, type ByteRange } from '../ranges/ranges.ts'
import { compileLinkTest, type LinkTest } from './symlinks.ts'

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
    linkTest: compileLinkTest(settings, compile),
    transforms,
  }
  const coded = compileCodedFiles(settings, compile)
  const index = compileDirectoryIndex(settings, path, compile)

  return exchange => {
    const { method, uri } = exchange
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return { kind: 'reply', status: 405 }
    if (uri.endsWith('/')) return index(exchange)
    const file = path.of(exchange, uri)
    if (file === null) return { kind: 'reply', status: exchange.rewritten && settings.alias !== null ? 500 : 404 }
    if (coded === null) openFile(files, exchange, file, plain)
    else openCoded(files, exchange, file, coded(exchange), 0, false)
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
  readonly linkTest: LinkTest | null
  readonly transforms: Transforms | null
}

/** Whether a filter would change the bytes of a response with this head: parts of it can't be told then. */
export type Transforms = (exchange: Exchange, head: ResponseHead) => boolean

/** In which form a file is sent, and whether others would get another one. */
interface Form {
  readonly coding: string
  readonly vary: boolean
}

const plain: Form = { coding: '', vary: false }

/** Looks for the forms of a file in turn, and ends with the file itself. */
function openCoded(
  files: Files,
  exchange: Exchange,
  path: string,
  forms: readonly CodedFile[],
  at: number,
  vary: boolean,
): void {
  const form = forms[at]
  if (form === undefined) return openFile(files, exchange, path, vary ? { coding: '', vary } : plain)
  const file = path + form.suffix
  const next = (found: boolean): void => {
    if (!exchange.ended) openCoded(files, exchange, path, forms, at + 1, vary || (found && form.vary))
  }
  open(systemPath(file), constants.O_RDONLY | constants.O_NONBLOCK, (error, fd) => {
    if (error !== null) {
      const problem = toProblem(error)
      if (!isMissing(problem) && !exchange.ended)
        exchange.route.errorLog.tell(exchange, ERROR, `open() "${file}" failed ${problemText(problem)}`)
      return next(false)
    }
    fstat(fd, (problem, stats) => {
      if (exchange.ended) return drop(fd)
      if (problem === null && stats.isFile() && form.send) {
        return checked(files, exchange, file, fd, stats, { coding: form.coding, vary: vary || form.vary })
      }
      drop(fd)
      next(problem === null && stats.isFile())
    })
  })
}

function openFile(files: Files, exchange: Exchange, path: string, form: Form): void {
  // Without O_NONBLOCK, opening a pipe that nobody writes to would hold one of the few threads of the pool for ever.
  open(systemPath(path), constants.O_RDONLY | constants.O_NONBLOCK, (error, fd) => {
    if (error !== null) {
      if (!exchange.ended) exchange.loop.proceed(exchange, openProblem(files, exchange, path, toProblem(error)))
      return
    }
    fstat(fd, (problem, stats) => {
      if (exchange.ended) return drop(fd)
      if (problem === null) return checked(files, exchange, path, fd, stats, form)
      exchange.route.errorLog.tell(exchange, CRIT, `fstat() "${path}" failed ${problemText(toProblem(problem))}`)
      drop(fd)
      exchange.loop.proceed(exchange, { kind: 'reply', status: 500 })
    })
  })
}

/** The descriptor is open; disable_symlinks has its say, then it is answered with. */
function checked(files: Files, exchange: Exchange, path: string, fd: number, stats: Stats, form: Form): void {
  const { linkTest } = files
  if (linkTest === null) return finish(files, exchange, path, fd, stats, form)
  linkTest(exchange, path, fd, problem => {
    if (exchange.ended) return drop(fd)
    if (problem === null) return finish(files, exchange, path, fd, stats, form)
    drop(fd)
    exchange.loop.proceed(exchange, openProblem(files, exchange, path, problem))
  })
}

function finish(files: Files, exchange: Exchange, path: string, fd: number, stats: Stats, form: Form): void {
  const outcome = answer(files, exchange, path, fd, stats, form)
  if (outcome === undefined) return
  drop(fd)
  exchange.loop.proceed(exchange, outcome)
}

function openProblem(
  files: Files,
  exchange: Exchange,
  path: string,
  problem: PathProblem,
): Exclude<Outcome, undefined> {
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
function answer(files: Files, exchange: Exchange, path: string, fd: number, stats: Stats, form: Form): Outcome {
  if (stats.isDirectory()) return addSlash(files, exchange)
  if (!stats.isFile()) {
    exchange.route.errorLog.tell(exchange, CRIT, `"${path}" is not a regular file`)
    return { kind: 'reply', status: 404 }
  }
  if (exchange.method === 'POST') return { kind: 'reply', status: 405 }

  const validators = validatorsOf(stats, files.etag)
  // A file sent as an error page is not what the client has or has not: it goes out whole.
  if (isErrorPage(exchange)) return send(files, exchange, path, fd, stats.size, validators, form)
  const precondition = checkPreconditions(exchange.request.fields, validators, files.ifModifiedSince)
  if (precondition === 412) return { kind: 'reply', status: 412 }
  if (precondition === 304) {
    drop(fd)
    const { reply } = exchange
    const fields = validatorFields(new Fields(), validators)
    if (form.vary) addVary(fields)
    reply.head(new ResponseHead(304, fields, UNKNOWN_LENGTH), settledSource)
    reply.end()
    return undefined
  }
  return send(files, exchange, path, fd, stats.size, validators, form)
}

function send(
  files: Files,
  exchange: Exchange,
  path: string,
  fd: number,
  size: number,
  validators: Validators,
  form: Form,
): Outcome {
  const type = files.typeOf(exchange.uri)
  const request = exchange.request.fields
  const whole = wholeHead(exchange, type, size, validators, form)
  const cut = files.transforms?.(exchange, whole) !== true
  const asked = isErrorPage(exchange) || !cut ? undefined : request.get('Range')
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
    head = whole
    if (!isErrorPage(exchange) && files.maxRanges !== 0) {
      if (cut) head.fields.add('Accept-Ranges', 'bytes')
      else head.ranges = 'many'
    }
    pieces = [{ start: 0, end: size }]
  } else if (ranges.length === 1) {
    const range = ranges[0]!
    if (type !== '') fields.add('Content-Type', type)
    validatorFields(fields, validators)
    formFields(fields, form)
    fields.add('Content-Range', contentRange(range, size))
    head = new ResponseHead(206, fields, range.end - range.start)
    pieces = ranges
  } else {
    const multipart = framePieces(ranges, size, type, ++files.boundaries)
    fields.add('Content-Type', multipart.type)
    validatorFields(fields, validators)
    formFields(fields, form)
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

function wholeHead(exchange: Exchange, type: string, size: number, validators: Validators, form: Form): ResponseHead {
  const fields = new Fields()
  if (type !== '') fields.add('Content-Type', type)
  if (!isErrorPage(exchange)) validatorFields(fields, validators)
  else if (validators.etag !== null) fields.add('ETag', validators.etag)
  formFields(fields, form)
  return new ResponseHead(200, fields, size)
}

function formFields(fields: Fields, { coding, vary }: Form): void {
  if (coding !== '') fields.add('Content-Encoding', coding)
  if (vary) addVary(fields)
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
