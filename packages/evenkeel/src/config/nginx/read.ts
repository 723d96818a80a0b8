/**
 * nginx configuration to a Model. Everything that is wrong is told at once, and nothing is thrown: a configuration is
 * input like any other.
 */
import { hostname } from 'node:os'
import { checkModel } from '../../model/check/check.ts'
import type { HttpModel, Model, Position } from '../../model/model.ts'
import { processDefaults } from '../../model/process.ts'
import { connectPasses } from './directives/proxy-pass.ts'
import { directives } from './directives/table.ts'
import { folderOf, type FilePort } from './files.ts'
import { openHttp } from './http-block.ts'
import { Interpreter } from './interpret.ts'
import { Parser, type ReadFile, type Statement } from './parser.ts'
import { Place, type Reading } from './place.ts'
import { Problems, type Problem } from './problems.ts'

export interface ReadOptions {
  /** The main file. Included files are relative to its folder. */
  readonly path: string
  /** Its text, one character a byte; read through `files` when it is not given. */
  readonly text?: string
  /** What a relative `path` is relative to. */
  readonly prefix: string
  /** Directives of -g, which come before the file's. */
  readonly globals?: string
  readonly files: FilePort
  /** What `server_name $hostname` stands for. */
  readonly hostname?: string
}

export interface ReadResult {
  /** null when there is an error. */
  readonly model: Model | null
  /** In the order of the files. */
  readonly problems: readonly Problem[]
  /** Every file read, once, in order: what -T prints. */
  readonly files: readonly ReadFile[]
}

export function readConfiguration(options: ReadOptions): ReadResult {
  const { globals, statements, path, problems, files } = parseConfiguration(options)
  const model = interpret({
    globals,
    statements,
    fragment: isFragment(statements),
    path,
    hostname: options.hostname ?? hostname(),
    problems,
  })
  return { model, problems: inOrder(problems.list, files), files }
}

/** A configuration as statements, with what was included in its place. */
export interface Parsed {
  readonly path: string
  readonly globals: readonly Statement[]
  readonly statements: readonly Statement[]
  readonly problems: Problems
  readonly files: readonly ReadFile[]
}

export function parseConfiguration(options: ReadOptions): Parsed {
  const problems = new Problems()
  const path = options.path.startsWith('/') ? options.path : joined(options.prefix, options.path)
  const parser = new Parser(problems, options.files, folderOf(path))
  const globals = options.globals === undefined ? [] : parser.globals(options.globals)
  let text = options.text
  if (text === undefined) {
    const read = options.files.read(path)
    if ('error' in read) problems.error({ file: path, line: 0, column: 0 }, `open() "${path}" failed (${read.error})`)
    else text = read.text
  }
  const statements = text === undefined ? [] : parser.file(path, text)
  return { path, globals, statements, problems, files: parser.files }
}

/** Statements of any front end, to be made a Model. */
export interface Program {
  /** Before the others, and outside of `http`. */
  readonly globals: readonly Statement[]
  readonly statements: readonly Statement[]
  /** What belongs into `http` and what belongs to the process stand side by side. */
  readonly fragment: boolean
  /** Where problems are that have no place of their own. */
  readonly path: string
  readonly hostname: string
  /** Those of reading it; more are added. */
  readonly problems: Problems
}

/** null when there is an error, told in `problems`. */
export function interpret({ globals, statements, fragment, path, hostname, problems }: Program): Model | null {
  const readable = !problems.failed
  const reading = new ReadingState(problems, hostname)
  const interpreter = new Interpreter(fragment ? reading.main : null)
  reading.interpreter = interpreter
  interpreter.run(reading.main, globals)
  if (fragment) interpreter.run(openHttp(reading, statements[0]?.position ?? reading.start), statements)
  else interpreter.run(reading.main, statements)
  if (reading.http !== null) connectPasses(reading, reading.http)
  if (reading.stream !== null) connectPasses(reading, reading.stream, reading.streamPasses, 'stream')

  const model: Model = {
    process: reading.process,
    http: reading.http satisfies HttpModel | null,
    ...(reading.zones.length === 0 ? {} : { zones: reading.zones }),
    ...(reading.stream === null ? {} : { stream: reading.stream }),
    positions: reading.positions,
    ignored: reading.ignored,
  }
  // What a file with a hole in it lacks may stand in the hole.
  if (readable) {
    for (const { level, message, path: at, remedy } of checkModel(model)) {
      const position = positionOf(model, at) ?? { file: path, line: 0, column: 0 }
      if (level === 'emerg') problems.error(position, message, remedy)
      else problems.warn(position, message, remedy)
    }
  }
  return problems.failed ? null : model
}

class ReadingState implements Reading {
  readonly problems: Problems
  readonly hostname: string
  readonly process: Reading['process'] = { ...processDefaults }
  http: Reading['http'] = null
  stream: Reading['stream'] = null
  readonly main: Place
  readonly positions: Reading['positions'] = {}
  readonly ignored: Reading['ignored'] = []
  readonly passes: Reading['passes'] = []
  readonly zones: Reading['zones'] = []
  readonly streamPasses: Reading['streamPasses'] = []
  readonly patterns: Reading['patterns'] = new Map()
  readonly start: Position = { file: '', line: 0, column: 0 }
  interpreter: Interpreter = new Interpreter(null)

  constructor(problems: Problems, hostname: string) {
    this.problems = problems
    this.hostname = hostname
    this.main = new Place('main', this, 'process')
  }

  interpret(place: Place, statements: readonly Statement[]): void {
    this.interpreter.run(place, statements)
  }
}

/**
 * Debian's sites-available files and the examples of most tutorials are the inside of an http block. Such a file is
 * known by a server or upstream at its top where no http or events is.
 */
function isFragment(statements: readonly Statement[]): boolean {
  const blocks = statements.filter(one => one.block !== null).map(one => one.words[0] ?? '')
  if (blocks.includes('http') || blocks.includes('events') || blocks.includes('stream')) return false
  return blocks.some(name => directives.get(name)?.some(row => row.block === true && row.contexts.includes('http')))
}

/** The nearest thing around a path whose position is known. */
function positionOf(model: Model, path: string): Position | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const position = model.positions[at]
    if (position !== undefined) return position
  }
  return undefined
}

function inOrder(list: readonly Problem[], files: readonly ReadFile[]): Problem[] {
  const ranks = new Map(files.map((file, rank) => [file.path, rank]))
  const rank = (problem: Problem): number => ranks.get(problem.position.file) ?? -1
  return list.toSorted(
    (a, b) => rank(a) - rank(b) || a.position.line - b.position.line || a.position.column - b.position.column,
  )
}

function joined(prefix: string, path: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix + path : `${prefix}/${path}`
}
