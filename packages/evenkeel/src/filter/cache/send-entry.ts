/**
 * Answers with a stored response: from memory at once, from its file as files are sent.
 */
import { close } from 'node:fs'
import type { Exchange } from '../../exchange/exchange.ts'
import { Fields } from '../../exchange/fields.ts'
import { hasBody, type ResponseHead } from '../../exchange/head.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import { settledSource } from '../../exchange/sink.ts'
import { FileSource } from '../files/file-source.ts'
import { contentRange, framePieces, unsatisfiedRange, type ByteRange } from '../ranges/ranges.ts'
import { clientPart, makeUnchanged, type ClientRules } from './client-part.ts'
import type { OpenEntry } from './zone.ts'

/**
 * Undefined: it is on its way, and the descriptor of the entry is somebody else's or closed. `head` is the entry's own as
 * the client is to get it. `serial` makes boundaries of multipart bodies differ.
 */
export function sendEntry(
  exchange: Exchange,
  found: OpenEntry,
  head: ResponseHead,
  rules: ClientRules,
  serial: number,
): Outcome {
  const part = clientPart(exchange, head, rules, true)
  const { length } = found.entry
  if (part === 'failed' || part === 'unsatisfiable') {
    closeEntry(found)
    if (part === 'failed') return { kind: 'reply', status: 412 }
    const fields = new Fields()
    fields.add('Content-Range', unsatisfiedRange(length))
    return { kind: 'reply', status: 416, fields }
  }
  let pieces: readonly (ByteRange | string)[] = [{ start: 0, end: length }]
  if (part === 'unchanged') makeUnchanged(head)
  else if (part !== 'all') pieces = cut(head, part, length, serial)
  else if (head.status === 200) head.fields.set('Accept-Ranges', 'bytes')
  if (!hasBody(head.status, exchange.method) || length === 0) {
    closeEntry(found)
    exchange.reply.head(head, settledSource)
    exchange.reply.end()
    return undefined
  }
  if (found.body !== null) sendFromMemory(exchange, head, pieces, found.body)
  else {
    const { bodyStart } = found
    const inFile = pieces.map(piece =>
      typeof piece === 'string' ? piece : { start: piece.start + bodyStart, end: piece.end + bodyStart },
    )
    new FileSource(exchange, found.fd, found.path, head, inFile).start()
  }
  return undefined
}

export function closeEntry(found: OpenEntry): void {
  if (found.fd >= 0) close(found.fd, () => {})
}

/** Makes the head that of a 206; answers what its body is made of. */
export function cut(
  head: ResponseHead,
  ranges: readonly ByteRange[],
  whole: number,
  serial: number,
): readonly (ByteRange | string)[] {
  head.status = 206
  head.reason = ''
  head.fields.remove('accept-ranges')
  if (ranges.length === 1) {
    const range = ranges[0]!
    head.fields.set('Content-Range', contentRange(range, whole))
    head.length = range.end - range.start
    return ranges
  }
  const multipart = framePieces(ranges, whole, head.fields.get('content-type') ?? '', serial)
  head.fields.set('Content-Type', multipart.type)
  head.length = multipart.length
  return multipart.pieces
}

function sendFromMemory(
  exchange: Exchange,
  head: ResponseHead,
  pieces: readonly (ByteRange | string)[],
  body: Buffer,
): void {
  const { reply } = exchange
  reply.head(head, settledSource)
  // Small as a whole, so that a client which takes none of it holds no more than that.
  for (const piece of pieces) {
    reply.body(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : body.subarray(piece.start, piece.end))
  }
  reply.end()
}
