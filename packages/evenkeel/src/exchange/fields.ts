/**
 * The header fields of one message.
 *
 * What came over the wire stays one text, with marks that say where each name and value stands: unchanged lines are
 * copied onward in runs, and only fields somebody asks for become strings. (A Map or a list of strings for each head
 * costs more than the rest of the request together; docs/performance.md has the figures.) Fields made here are
 * added before or after that text. Lines that are not to go on are hidden, one by one or by a set of names.
 */
import { noNames, type NameSet } from './name-set.ts'

/** Marks of one field in the text: where its name starts and ends, where its value starts and ends. */
export const MARKS = 4
/** Stands for the first mark of a field that does not go on. */
export const HIDDEN = -1

export class Fields {
  /** The lines as received; empty when all fields were made here. */
  readonly text: string
  /** MARKS numbers a field, in order; the first is HIDDEN for a field that was removed. */
  readonly marks: number[]
  /** Every line is exactly `name: value CRLF` and follows the one before: runs of them may be copied as they are. */
  readonly plain: boolean
  /** Names in `text` that do not go on. */
  hide: NameSet = noNames
  /** Lower-case names besides, of this message alone (what its Connection names): too few and too fleeting for a set. */
  hideAlso: readonly string[] = noOthers
  /** Name, value, name, value … to go before the lines of `text`. */
  before: string[] = []
  /** The same, to go after them. */
  after: string[] = []

  constructor(text = '', marks: number[] = [], plain = true) {
    this.text = text
    this.marks = marks
    this.plain = plain
  }

  /** A view of the same received lines with its own additions and its own hidden names. */
  overlay(hide: NameSet): Fields {
    const view = new Fields(this.text, this.marks, this.plain)
    view.hide = hide
    if (this.before.length > 0) view.before = withoutNames(this.before, hide)
    if (this.after.length > 0) view.after = withoutNames(this.after, hide)
    return view
  }

  add(name: string, value: string): void {
    this.after.push(name, value)
  }

  /** Removes every field of that name and adds this one. */
  set(name: string, value: string): void {
    this.remove(name)
    this.after.push(name, value)
  }

  remove(name: string): void {
    const { text, marks } = this
    for (let i = 0; i < marks.length; i += MARKS) {
      if (marks[i]! !== HIDDEN && isName(text, marks[i]!, marks[i + 1]!, name)) marks[i] = HIDDEN
    }
    removePairs(this.before, name)
    removePairs(this.after, name)
  }

  /** Removes the i-th received field (i counts fields, not marks). */
  removeAt(i: number): void {
    this.marks[i * MARKS] = HIDDEN
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /** The value of the first field of that name. */
  get(name: string): string | undefined {
    for (let i = 0; i < this.before.length; i += 2) {
      if (sameName(this.before[i]!, name)) return this.before[i + 1]
    }
    const { text, marks } = this
    for (let i = 0; i < marks.length; i += MARKS) {
      const start = marks[i]!
      if (start !== HIDDEN && isName(text, start, marks[i + 1]!, name) && !this.hides(start, marks[i + 1]!)) {
        return text.slice(marks[i + 2]!, marks[i + 3]!)
      }
    }
    for (let i = 0; i < this.after.length; i += 2) {
      if (sameName(this.after[i]!, name)) return this.after[i + 1]
    }
    return undefined
  }

  /** The values of all fields of that name, in order. */
  getAll(name: string): string[] {
    const values: string[] = []
    this.each((found, value) => {
      if (sameName(found, name)) values.push(value)
    })
    return values
  }

  /** Every field that goes on, in order. */
  each(visit: (name: string, value: string) => void): void {
    for (let i = 0; i < this.before.length; i += 2) visit(this.before[i]!, this.before[i + 1]!)
    const { text, marks } = this
    for (let i = 0; i < marks.length; i += MARKS) {
      const start = marks[i]!
      const end = marks[i + 1]!
      if (start !== HIDDEN && !this.hides(start, end))
        visit(text.slice(start, end), text.slice(marks[i + 2]!, marks[i + 3]!))
    }
    for (let i = 0; i < this.after.length; i += 2) visit(this.after[i]!, this.after[i + 1]!)
  }

  /** All fields as HTTP/1 lines, each with its CRLF; no empty line at the end. */
  render(): string {
    let lines = ''
    for (let i = 0; i < this.before.length; i += 2) lines += this.before[i] + ': ' + this.before[i + 1] + '\r\n'
    lines += this.plain ? this.#renderRuns() : this.#renderEach()
    for (let i = 0; i < this.after.length; i += 2) lines += this.after[i] + ': ' + this.after[i + 1] + '\r\n'
    return lines
  }

  /** Whether the name that stands in `text` there does not go on. */
  hides(start: number, end: number): boolean {
    if (this.hide !== noNames && this.hide.hasAt(this.text, start, end)) return true
    const also = this.hideAlso
    for (let i = 0; i < also.length; i++) if (isName(this.text, start, end, also[i]!)) return true
    return false
  }

  /** Copies the received lines in runs as long as possible: one slice where nothing is hidden. */
  #renderRuns(): string {
    const { text, marks } = this
    let lines = ''
    let run = -1
    let runEnd = 0
    for (let i = 0; i < marks.length; i += MARKS) {
      const start = marks[i]!
      if (start === HIDDEN || this.hides(start, marks[i + 1]!)) {
        if (run >= 0) lines += text.slice(run, runEnd)
        run = -1
      } else {
        if (run < 0) run = start
        runEnd = marks[i + 3]! + 2
      }
    }
    return run >= 0 ? lines + text.slice(run, runEnd) : lines
  }

  #renderEach(): string {
    const { text, marks } = this
    let lines = ''
    for (let i = 0; i < marks.length; i += MARKS) {
      const start = marks[i]!
      const end = marks[i + 1]!
      if (start === HIDDEN || this.hides(start, end)) continue
      lines += text.slice(start, end) + ': ' + text.slice(marks[i + 2]!, marks[i + 3]!) + '\r\n'
    }
    return lines
  }
}

const noOthers: readonly string[] = []

/** ASCII-caseless equality of two field names. */
export function sameName(a: string, b: string): boolean {
  return a.length === b.length && (a === b || a.toLowerCase() === b.toLowerCase())
}

function isName(text: string, start: number, end: number, name: string): boolean {
  if (end - start !== name.length) return false
  // Letters differ from their other case in one bit; a false friend here ("@" and "`") fails the full comparison.
  if ((text.charCodeAt(start) | 0x20) !== (name.charCodeAt(0) | 0x20)) return false
  const found = text.slice(start, end)
  return found === name || found.toLowerCase() === name.toLowerCase()
}

function withoutNames(pairs: readonly string[], names: NameSet): string[] {
  const kept: string[] = []
  for (let i = 0; i < pairs.length; i += 2) if (!names.has(pairs[i]!)) kept.push(pairs[i]!, pairs[i + 1]!)
  return kept
}

function removePairs(pairs: string[], name: string): void {
  for (let i = pairs.length - 2; i >= 0; i -= 2) if (sameName(pairs[i]!, name)) pairs.splice(i, 2)
}
