/**
 * What is wrong with a configuration, all of it, as values: reading goes on after a problem so that one run tells
 * everything there is to mend.
 */
import type { Position } from '../../model/model.ts'

export interface Problem {
  readonly level: 'emerg' | 'warn'
  /** In nginx's words where nginx has some. */
  readonly message: string
  readonly position: Position
  /** What to do about it. */
  readonly remedy?: string
}

/** More than this helps nobody, and a hostile file could otherwise fill memory with them. */
const MOST_PROBLEMS = 500

export class Problems {
  readonly list: Problem[] = []
  #errors = 0

  error(position: Position, message: string, remedy?: string): void {
    this.#errors++
    this.#add('emerg', position, message, remedy)
  }

  warn(position: Position, message: string, remedy?: string): void {
    this.#add('warn', position, message, remedy)
  }

  get failed(): boolean {
    return this.#errors > 0
  }

  #add(level: Problem['level'], position: Position, message: string, remedy: string | undefined): void {
    // An error always finds a place, or a flood of warnings could hide why nothing runs.
    if (this.list.length >= MOST_PROBLEMS && (level === 'warn' || this.#errors > MOST_PROBLEMS)) return
    this.list.push(remedy === undefined ? { level, message, position } : { level, message, position, remedy })
  }
}

/** The line as nginx writes it; tools look for it. */
export function formatProblem(problem: Problem): string {
  return `evenkeel: [${problem.level}] ${printable(problem.message)} in ${place(problem.position)}`
}

/** For people at a terminal: the same, then the line itself with a caret, then what to do. */
export function explainProblem(
  problem: Problem,
  files: readonly { readonly path: string; readonly text: string }[],
): string {
  const { file, line, column } = problem.position
  const lines = [formatProblem(problem)]
  const text = files.find(one => one.path === file)?.text
  const source = text === undefined ? undefined : nthLine(text, line)
  if (source !== undefined) {
    // A line of a minified or hostile file may be very long: a window around the column is shown.
    const from = Math.max(0, column - 1 - 60)
    const shown = printable(source.slice(from, from + 120).replaceAll('\t', ' '))
    const before = printable(source.slice(from, column - 1).replaceAll('\t', ' '))
    const gutter = `${line} | `
    lines.push(`  ${gutter}${shown}`, `  ${' '.repeat(gutter.length + [...before].length)}^`)
  }
  if (problem.remedy !== undefined) lines.push(`  ${printable(problem.remedy)}`)
  return lines.join('\n')
}

function place(position: Position): string {
  return position.line === 0 ? position.file : `${position.file}:${position.line}`
}

function nthLine(text: string, line: number): string | undefined {
  let from = 0
  for (let at = 1; at < line; at++) {
    from = text.indexOf('\n', from) + 1
    if (from === 0) return undefined
  }
  if (line < 1) return undefined
  const to = text.indexOf('\n', from)
  return text.slice(from, to < 0 ? undefined : to).replace(/\r$/, '')
}

/** Configuration is read one character a byte; people read UTF-8, and no control character reaches their terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  const safe = text.replace(/[\x00-\x1f\x7f]/g, '?')
  return /^[\x00-\xff]*$/.test(safe) ? Buffer.from(safe, 'latin1').toString('utf8') : safe
}
