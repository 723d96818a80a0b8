/**
 * What a command says to the terminal: one line, one speaker, and never a stack trace for a mistake in the input.
 */

/** Problems and prompts go to stderr: stdout is for what was asked for. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** A mistake of the caller: said in one line, exit code 1. */
export class UsageError extends Error {}
