/**
 * A second reporter for `node --test`: one line for each test that skipped itself, with its reason.
 *
 * The normal summary only counts them, and a count does not say what a machine without nginx has not tried.
 */
import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

export default async function* leftOut(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { skip, name, file } = event.data
    if (skip === undefined) continue
    yield `${file === undefined ? '' : `${relative(process.cwd(), file)}: `}${name}${skip === true ? '' : ` (${skip})`}\n`
  }
}
