/**
 * Reads a configuration for this process and says everything that is wrong with it.
 */
import { existsSync } from 'node:fs'
import { diskFiles } from '../config/nginx/disk.ts'
import { explainProblem, formatProblem } from '../config/nginx/problems.ts'
import { readConfiguration } from '../config/nginx/read.ts'
import type { LogLevel, Model } from '../model/model.ts'
import { fillDefaults } from './defaults.ts'
import { onDisk, type Paths } from './paths.ts'

export interface Source {
  readonly paths: Paths
  /** Directives before those of the file (-g). */
  readonly globals: string | null
  /** What somebody who runs a configuration of its own adds to it. */
  readonly amend?: (model: Model) => Model
}

export interface Loaded {
  readonly model: Model
  /** Everything that was read, in order, for `-T`. */
  readonly files: readonly { readonly path: string; readonly text: string }[]
}

/** Who hears of problems: the log gets one line each, a terminal also sees the place and what to do. */
export interface ProblemEars {
  readonly log: (level: LogLevel, text: string) => void
  readonly explain: ((text: string) => void) | null
}

/** null: it cannot be used. */
export function loadConfiguration(source: Source, temporary: string, ears: ProblemEars): Loaded | null {
  const { paths } = source
  const globals = source.globals ?? ''
  const { model, problems, files } = readConfiguration({
    path: paths.file,
    prefix: paths.prefix,
    globals,
    files: diskFiles,
  })
  for (const problem of problems) {
    ears.explain?.(explainProblem(problem, files))
    ears.log(problem.level, formatProblem(problem).replace(/^evenkeel: \[\w+\] /, ''))
  }
  if (model === null || problems.some(({ level }) => level === 'emerg')) return null
  const full = fillDefaults(model, paths, temporary, path => existsSync(onDisk(path)))
  return { model: source.amend?.(full) ?? full, files }
}
