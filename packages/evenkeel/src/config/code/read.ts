/**
 * A typed configuration to a Model, by way of the statements it stands for.
 */
import { hostname } from 'node:os'
import type { Position } from '../../model/model.ts'
import { directives } from '../nginx/directives/table.ts'
import type { FilePort } from '../nginx/files.ts'
import { Parser } from '../nginx/parser.ts'
import { Problems } from '../nginx/problems.ts'
import { loadCode, loadJson } from './load.ts'
import { interpret, type ReadResult } from '../nginx/read.ts'
import { locateKeys, type TextPlace } from './positions.ts'
import { toStatements } from './statements.ts'

export interface CodeSource {
  /** Of the module, for messages; where there is none, what made the configuration. */
  readonly path: string
  /** Text of the module, to find lines in; undefined: problems have a path in the configuration instead. */
  readonly text?: string
}

export interface CodeOptions {
  /** Directives of -g, which come first. */
  readonly globals?: string
}

export function readCode(config: unknown, { path, text }: CodeSource, { globals = '' }: CodeOptions = {}): ReadResult {
  const problems = new Problems()
  const places = text === undefined ? null : locateKeys(text)
  const locate = (at: string): Position => {
    const place = places === null ? undefined : nearestPlace(places, at)
    if (place !== undefined) return { file: path, ...place }
    return { file: at === '' ? path : `${path}: ${at}`, line: 0, column: 0 }
  }
  // What may stand outside of `http` is the process's, and handed down from there.
  const { main = [], http = [] } = Object.groupBy(toStatements(config, locate, problems), ({ words }) =>
    directives.get(words[0] ?? '')?.some(row => row.contexts.includes('main')) === true ? 'main' : 'http',
  )
  const model = interpret({
    globals: [...new Parser(problems, noFiles, '').globals(globals), ...main],
    statements: http,
    fragment: http.length > 0 || !main.some(({ words }) => words[0] === 'http' || words[0] === 'stream'),
    path,
    hostname: hostname(),
    problems,
  })
  return { model, problems: problems.list, files: text === undefined ? [] : [{ path, text }] }
}

/** That of a path, or of what it is part of. */
function nearestPlace(places: ReadonlyMap<string, TextPlace>, path: string): TextPlace | undefined {
  let part = path
  while (part !== '' && !places.has(part)) part = part.slice(0, Math.max(0, part.lastIndexOf('.')))
  return places.get(part)
}

/** The same for the default export of a module. */
export async function readCodeFile(path: string, files: FilePort, options: CodeOptions = {}): Promise<ReadResult> {
  const read = files.read(path)
  const position = { file: path, line: 0, column: 0 }
  const fail = (message: string, remedy?: string): ReadResult => {
    const problem = { level: 'emerg', message, position } as const
    return { model: null, problems: [remedy === undefined ? problem : { ...problem, remedy }], files: [] }
  }
  if ('error' in read) return fail(`open() "${path}" failed (${read.error})`)
  const json = path.endsWith('.json')
  const loaded = json ? loadJson(read.text) : await loadCode(path)
  if ('problem' in loaded) return fail(`the ${json ? 'file' : 'module'} ${loaded.problem}`, loaded.remedy)
  return readCode(loaded.config, { path, text: read.text }, options)
}

/** Directives of -g include nothing. */
const noFiles: FilePort = { read: () => ({ error: 'not here' }), list: () => [] }
