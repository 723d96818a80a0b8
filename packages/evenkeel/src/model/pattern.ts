/** A regular expression as data: JavaScript syntax (a front end has translated it), and how it was written. */
export interface Pattern {
  /** As in the configuration, for messages. */
  readonly written: string
  /** Source for `new RegExp`. */
  readonly source: string
  readonly caseless: boolean
  /** Names of its named groups: each becomes a variable. */
  readonly groups: readonly string[]
}

/** Longer text is matched by its start alone: time spent on one input has to have an end. Characters. */
export const INPUT_LIMIT: number = 64 * 1024
