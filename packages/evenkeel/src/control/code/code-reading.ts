/**
 * The modules that a configuration names, read before any worker has them: what is wrong is told with its place, and
 * nothing changes. In a thread of its own, which ends with whatever the modules have begun.
 */
import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { codeLabel, codeOf } from '../../model/code.ts'
import type { Model, Position } from '../../model/model.ts'
import { codeUrl } from '../../worker/code/code-units.ts'

export interface WantedCode {
  readonly url: string
  readonly name: string
}

/** What the thread says: a problem, or none, for each that is wanted. */
export interface CodeReading {
  readonly problems: readonly (string | null)[]
  readonly files: Readonly<Record<string, string>>
}

export interface CodeProblem {
  readonly message: string
  readonly position: Position
  readonly remedy?: string
}

/** How long all of them together may take. */
const PATIENCE_MS = 20_000

/** The model with the texts of its code, or what is wrong with it. One without code is answered as it is. */
export async function readCodeOf(
  model: Model,
  folder: string,
  patienceMs: number = PATIENCE_MS,
): Promise<Model | readonly CodeProblem[]> {
  const all = codeOf(model)
  if (all.length === 0) return model
  const reading = await run(
    all.map(({ ref }) => ({ url: codeUrl(ref.path, folder), name: ref.name })),
    patienceMs,
  )
  if (typeof reading === 'string') {
    return [{ message: `the modules of the configuration ${reading}`, position: positionOf(model, all[0]!.path) }]
  }
  const problems = all.flatMap(({ ref, path }, index): CodeProblem[] => {
    const problem = reading.problems[index]
    if (problem == null) return []
    return [{ message: `${codeLabel(ref)} ${problem}`, position: positionOf(model, path), remedy: REMEDY }]
  })
  if (problems.length > 0) return problems
  return { ...model, code: { version: versionOf(reading.files), files: reading.files } }
}

const REMEDY = 'paths are relative to the folder of the configuration, and ./mine.ts#name means an export'

/** `hash` of every text with its URL. */
function versionOf(files: CodeReading['files']): string {
  const hash = createHash('sha256')
  for (const [url, text] of Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(JSON.stringify([url, text]))
  }
  return hash.digest('hex').slice(0, 12)
}

/** That of what the path leads to, or of what it is part of. */
function positionOf({ positions }: Model, path: string): Position {
  let part = path
  while (part !== '' && positions[part] === undefined) part = part.slice(0, Math.max(0, part.lastIndexOf('.')))
  return positions[part] ?? { file: 'the configuration', line: 0, column: 0 }
}

function run(wanted: readonly WantedCode[], patienceMs: number): Promise<CodeReading | string> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./code-reader.${extension}`, import.meta.url), { workerData: wanted })
  return new Promise(resolve => {
    const timer = setTimeout(() => finish(`did not load in ${patienceMs / 1000} s`), patienceMs)
    const finish = (reading: CodeReading | string): void => {
      clearTimeout(timer)
      // The first one counts: its end follows whatever it said.
      resolve(reading)
      void worker.terminate()
    }
    worker.once('message', finish)
    worker.once('error', error => finish(`could not be loaded: ${String(error)}`))
    worker.once('exit', () => finish('ended the thread they were tried in'))
  })
}
