/** `send` and `expect`: what a match says to a server and looks for in what comes back, alike in http and in stream. */
import type { StreamExpect } from '../../../model/stream/stream-health.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'

export function readSend(place: Place, line: Statement): string | null {
  const [, written = ''] = line.words
  if (line.words.length === 2 && written !== '') return bytesOf(written)
  place.fail(line, 0, 'invalid number of arguments in "send"', 'write send "text"; with \\x00 for any byte')
  return null
}

/** `expect text`, `expect ~ pattern`, `expect ~* pattern` */
export function readExpect(place: Place, line: Statement): StreamExpect | null {
  const [, first = '', second = ''] = line.words
  if (line.words.length === 2 && first !== '') return { kind: 'text', text: bytesOf(first) }
  if (line.words.length === 3 && (first === '~' || first === '~*')) {
    const pattern = place.pattern(line, 2, second, first === '~*')
    return pattern === null ? null : { kind: 'pattern', pattern: { ...pattern, groups: [] } }
  }
  place.fail(line, 0, 'invalid "expect" in "match"', 'write expect "text", or expect ~ pattern')
  return null
}

/** Any byte can be written as `\x` and two digits. */
function bytesOf(written: string): string {
  return written.replace(/\\x([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
}
