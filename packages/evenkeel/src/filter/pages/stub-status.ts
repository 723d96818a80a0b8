/** `stub_status`: seven counters as the four lines that monitoring has always parsed. */
import type { Action } from '../../exchange/route.ts'

export interface StubCounts {
  readonly active: number
  readonly accepted: number
  readonly handled: number
  readonly requests: number
  readonly reading: number
  readonly writing: number
  readonly waiting: number
}

export function compileStubStatus(counts: () => StubCounts): Action {
  return exchange => {
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return { kind: 'reply', status: 405 }
    const { active, accepted, handled, requests, reading, writing, waiting } = counts()
    // The spaces at the ends of lines belong to the format.
    const body =
      `Active connections: ${active} \nserver accepts handled requests\n ${accepted} ${handled} ${requests} \n` +
      `Reading: ${reading} Writing: ${writing} Waiting: ${waiting} \n`
    return { kind: 'reply', status: 200, body, type: 'text/plain' }
  }
}
