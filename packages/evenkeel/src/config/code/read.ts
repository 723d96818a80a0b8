/**
 * A typed configuration to a Model, by way of the statements it stands for.
 */
import { hostname } from 'node:os'
import type { Position } from '../../model/model.ts'
import { Problems } from '../nginx/problems.ts'
import { interpret, type ReadResult } from '../nginx/read.ts'
import { locateKeys } from './positions.ts'
import { toStatements } from './statements.ts'

export interface CodeSource {
  /** Of the module, for messages; where there is none, what made the configuration. */
  readonly path: string
  /** Text of the module, to find lines in; undefined: problems have a path in the configuration instead. */
  readonly text?: string
}

export function readCode(config: unknown, { path, text }: CodeSource): ReadResult {
  const problems = new Problems()
  const places = text === undefined ? null : locateKeys(text)
  const locate = (at: string): Position => {
    for (let part = at; places !== null; part = part.slice(0, Math.max(0, part.lastIndexOf('.')))) {
      const place = places.get(part)
      if (place !== undefined) return { file: path, ...place }
      if (part === '') break
    }
    return { file: at === '' ? path : `${path}: ${at}`, line: 0, column: 0 }
  }
  const statements = toStatements(config, locate, problems)
  const model = interpret({ globals: [], statements, fragment: true, path, hostname: hostname(), problems })
  return { model, problems: problems.list, files: text === undefined ? [] : [{ path, text }] }
}
