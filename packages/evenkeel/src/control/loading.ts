/**
 * Reads a configuration for this process and says everything that is wrong with it.
 */
import { existsSync } from 'node:fs'
import { diskFiles } from '../config/nginx/disk.ts'
import { explainProblem, formatProblem } from '../config/nginx/problems.ts'
import { isCode } from '../config/code/load.ts'
import { readCode, readCodeFile } from '../config/code/read.ts'
import { readConfiguration, type ReadResult } from '../config/nginx/read.ts'
import type { LogLevel, Model } from '../model/model.ts'
import { readCodeOf } from './code/code-reading.ts'
import { fillDefaults } from './defaults.ts'
import { onDisk, type Paths } from './files/paths.ts'
import { readStates } from './files/state-files.ts'

export interface Source {
  readonly paths: Paths
  /** Directives before those of the file (-g). */
  readonly globals: string | null
  /** A typed configuration, in place of the file. */
  readonly config?: unknown
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
export async function loadConfiguration(source: Source, temporary: string, ears: ProblemEars): Promise<Loaded | null> {
  const { paths } = source
  const read = await readSource(source)
  const states = read.model === null ? null : readStates(read.model, paths.prefix)
  const model = states?.model ?? null
  const problems = [...read.problems, ...(states?.problems ?? [])]
  const files = [...read.files, ...(states?.files ?? [])]
  for (const problem of problems) {
    ears.explain?.(explainProblem(problem, files))
    ears.log(problem.level, formatProblem(problem).replace(/^evenkeel: \[\w+\] /, ''))
  }
  if (model === null || problems.some(({ level }) => level === 'emerg')) return null
  const coded = await readCodeOf(model, paths.confPrefix)
  if (!('process' in coded)) {
    for (const one of coded) {
      const problem = { level: 'emerg', ...one } as const
      ears.explain?.(explainProblem(problem, files))
      ears.log(problem.level, formatProblem(problem).replace(/^evenkeel: \[\w+\] /, ''))
    }
    return null
  }
  const exists = (path: string): boolean => source.config === undefined && existsSync(onDisk(path))
  const full = fillDefaults(coded, paths, temporary, exists)
  return { model: source.amend?.(full) ?? full, files }
}

async function readSource({ paths, globals, config }: Source): Promise<ReadResult> {
  const more = { globals: globals ?? '' }
  if (config !== undefined) return readCode(config, { path: 'the configuration' }, more)
  if (isCode(paths.file)) return readCodeFile(paths.file, diskFiles, more)
  return readConfiguration({ path: paths.file, prefix: paths.prefix, files: diskFiles, ...more })
}
