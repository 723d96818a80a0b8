/**
 * A reporter for `node --test`: one line for each file with a failure, then a tab and what failed in it. A file that does
 * not end well fails under its own name, whether it could not be loaded, died or was killed.
 *
 * `scripts/test` runs those files once more.
 */
import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

export default async function* failedFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failed = new Map<string, Set<string>>()
  for await (const event of events) {
    if (event.type !== 'test:fail') continue
    const { file, name, todo, details } = event.data
    // What is still to do may fail; a suite fails by what is in it.
    if (file === undefined || (todo !== undefined && todo !== false)) continue
    const path = relative(process.cwd(), file)
    const names = failed.get(path) ?? new Set()
    failed.set(path, names)
    if (details.type !== 'suite') names.add(isPath(name) ? 'the file as a whole' : name.replaceAll(/\s+/g, ' '))
  }
  for (const [path, names] of failed) yield `${path}\t${[...names].join('; ')}\n`
}

function isPath(name: string): boolean {
  return /^\S*\.test\.\w+$/.test(name)
}
