/**
 * The user's code in this worker: modules loaded, each function guarded.
 *
 * A guard counts calls, mistakes and time, and says in shared memory which code runs now: when a worker stands still, the
 * main thread can tell whose fault it is.
 */
import type { CodeUnit } from '../../exchange/code.ts'
import { codeLabel, codeOf, type CodeRef } from '../../model/code.ts'
import type { Model } from '../../model/model.ts'
import { CodeCounters } from '../../shared/code-counters.ts'

/** What guards stand on. */
export interface CodeGround {
  /** In ms, of any origin. */
  now(): number
  /** The number of the code that runs now, from 1 in the order of `codeOf`; 0: none. */
  running(number: number): void
  /** Into the main log. */
  log(text: string): void
  readonly column: number
}

export type CodeUnits = (ref: CodeRef) => CodeUnit

/** A call that takes longer holds up everybody: it is told. */
const SLOW_MS = 50
const LINE_MS = 1000

/** Loads what a model names. Rejects with all that is wrong. `folder`: what paths are relative to. */
export async function openCode(
  model: Pick<Model, 'http' | 'stream' | 'code'>,
  folder: string,
  counters: ReadonlyMap<string, SharedArrayBuffer>,
  ground: CodeGround,
): Promise<CodeUnits> {
  const units = new Map<string, CodeUnit>()
  const problems: string[] = []
  for (const [index, { ref }] of codeOf(model).entries()) {
    const label = codeLabel(ref)
    const code = await loadFunction(ref, folder, model.code?.version ?? '')
    if (typeof code === 'string') problems.push(`${label} ${code}`)
    else units.set(label, new GuardedCode(label, code, index + 1, counters.get(label), ground))
  }
  if (problems.length > 0) throw new Error(problems.join('; '))
  return ref => units.get(codeLabel(ref))!
}

/** Of a configuration without code. */
export const noCode: CodeUnits = ref => {
  throw new Error(`${codeLabel(ref)} was not loaded`)
}

/** What is wrong with it as a text. The version makes another URL of changed code, since what was loaded stays loaded. */
async function loadFunction(
  { path, name }: CodeRef,
  folder: string,
  version: string,
): Promise<((...given: never[]) => unknown) | string> {
  try {
    const url = codeUrl(path, folder)
    const module = (await import(version === '' ? url : `${url}?${CODE_VERSION}=${version}`)) as Record<string, unknown>
    const code = module[name]
    if (typeof code === 'function') return code as (...given: never[]) => unknown
    const what = name === 'default' ? 'a default export' : `an export named "${name}"`
    return code === undefined ? `has no function: ${path} has not ${what}` : `is no function but ${typeof code}`
  } catch (error) {
    return `could not be loaded: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Marks URLs of the user's modules in the order in which they changed. */
export const CODE_VERSION = 'evenkeel'

export function codeUrl(path: string, folder: string): string {
  return path.startsWith('file:')
    ? path
    : new URL(encodeURI(path).replaceAll('?', '%3F'), `file://${encodeURI(folder)}`).href
}

class GuardedCode implements CodeUnit {
  readonly label: string
  readonly code: (...given: never[]) => unknown
  readonly #number: number
  readonly #counters: CodeCounters | null
  readonly #ground: CodeGround
  #saidMs = Number.NEGATIVE_INFINITY
  #unsaid = 0

  constructor(
    label: string,
    code: (...given: never[]) => unknown,
    number: number,
    counters: SharedArrayBuffer | undefined,
    ground: CodeGround,
  ) {
    this.label = label
    this.code = code
    this.#number = number
    this.#counters = counters === undefined ? null : new CodeCounters(counters, ground.column)
    this.#ground = ground
  }

  enter(): number {
    this.#counters?.count('calls')
    this.#ground.running(this.#number)
    return this.#ground.now()
  }

  leave(entered: number): void {
    this.#ground.running(0)
    const ms = this.#ground.now() - entered
    this.#counters?.took(ms)
    if (ms < SLOW_MS) return
    this.#counters?.count('slow')
    this.#say(`${this.label} took ${Math.round(ms)} ms, while nothing else was served by its worker`)
  }

  failed(error: unknown, tell?: (text: string) => void): void {
    this.#counters?.count('failures')
    this.#say(`${this.label} failed: ${reason(error)}`, tell)
  }

  timedOut(ms: number, tell?: (text: string) => void): void {
    this.#counters?.count('timeouts')
    this.#say(`${this.label} did not end within ${ms} ms`, tell)
  }

  /** A line a second at most. */
  #say(text: string, tell: (text: string) => void = line => this.#ground.log(line)): void {
    const now = this.#ground.now()
    if (now - this.#saidMs < LINE_MS) {
      this.#unsaid++
      return
    }
    const more = this.#unsaid === 0 ? '' : ` (and ${this.#unsaid} more like it)`
    this.#saidMs = now
    this.#unsaid = 0
    tell(text + more)
  }
}

/** Where it was thrown as well: the first line of the stack that is the user's. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return printable(error)
  const at = /\n\s+at .*?((?:file:\/\/)?\/[^\n)]*)\)?/.exec(error.stack ?? '')?.[1]?.replace(/\?[^:]*/, '')
  return `${error.name}: ${error.message}${at === undefined ? '' : ` at ${at.replace('file://', '')}`}`.replaceAll(
    '\n',
    ' ',
  )
}

function printable(error: unknown): string {
  try {
    return String(error)
  } catch {
    return typeof error
  }
}
