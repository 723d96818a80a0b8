/**
 * The machine that runs a rewrite program: a flat list of operations with jumps, as the configuration wrote them.
 *
 * It is flat so that it can stop in the middle: looking at a file (`if (-f …)`) has to wait for the system without
 * blocking the worker. Programs that look at no file never make a promise.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { ContentTypeOf } from '../files/content-type.ts'
import type { LocationOf } from '../fields/location-field.ts'
import { lookAt } from '../files/path-test.ts'

/** What answers from a program depend on: the location's settings, and those of an `if` block once it was entered. */
export interface Answers {
  readonly typeOf: ContentTypeOf
  readonly locationOf: LocationOf
}

/** One request's way through a program. */
export class Run {
  readonly exchange: Exchange
  answers: Answers
  /** What the program answers; undefined: nothing. */
  outcome: Outcome = undefined
  /** The URI was changed, and nothing has said since that it stays in this location. */
  moved = false
  /** Groups in `set` are escaped until a rewrite has matched: odd, but nginx's, and seen from outside. */
  quote = true

  constructor(exchange: Exchange, answers: Answers) {
    this.exchange = exchange
    this.answers = answers
  }
}

/** The index of the operation to go on with; DONE ends the program. */
export const DONE = -1

export type Operation =
  | { readonly kind: 'do'; readonly run: (run: Run, at: number) => number }
  | {
      readonly kind: 'look'
      readonly path: (exchange: Exchange) => string
      readonly test: 'file' | 'directory' | 'exists' | 'executable'
      readonly negated: boolean
      /** Where to go on when the test does not hold. */
      otherwise: number
    }

/** Runs the program; the run holds the result when it (or the promise) is done. */
export function execute(program: readonly Operation[], run: Run, at = 0): Run | Promise<Run> {
  while (at >= 0 && at < program.length) {
    const operation = program[at]!
    if (operation.kind === 'look') return look(program, operation, run, at)
    at = operation.run(run, at)
  }
  return run
}

const OWNER_MAY_EXECUTE = 0o100

function look(
  program: readonly Operation[],
  operation: Extract<Operation, { kind: 'look' }>,
  run: Run,
  at: number,
): Promise<Run> {
  return new Promise<boolean>(resolve => {
    lookAt(operation.path(run.exchange), stats => {
      if (stats === null) return resolve(false)
      if (operation.test === 'file') return resolve(stats.isFile())
      if (operation.test === 'directory') return resolve(stats.isDirectory())
      if (operation.test === 'exists') return resolve(stats.isFile() || stats.isDirectory())
      resolve((stats.mode & OWNER_MAY_EXECUTE) !== 0)
    })
  }).then(held => execute(program, run, held !== operation.negated ? at + 1 : operation.otherwise))
}
