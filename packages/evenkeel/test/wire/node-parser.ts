/** Node's llhttp, strict, behind the same face as our readers; reached through the one door Node leaves open. */
import { createRequire } from 'node:module'
import type { Kind } from './connection.ts'

interface Parser {
  initialize(type: number, resource: object): void
  execute(bytes: Buffer): number | Error
  [callback: number]: unknown
}

type Constant = 'REQUEST' | 'RESPONSE' | 'kOnHeaders' | 'kOnHeadersComplete' | 'kOnBody' | 'kOnMessageComplete'

const { HTTPParser, methods } = loadQuietly()

export interface NodeMessage {
  start: string
  fields: [string, string][]
  body: string
  complete: boolean
  upgrade: boolean
}

export interface NodeConversation {
  messages: NodeMessage[]
  refused: boolean
}

export function nodeReads(kind: Kind, bytes: Buffer): NodeConversation {
  const messages: NodeMessage[] = []
  const parser = new HTTPParser()
  // What comes before the head is complete: all of it, when the message before had trailers.
  let early: string[] = []
  let earlyUrl = ''
  parser.initialize(kind === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {})
  parser[HTTPParser.kOnHeaders] = (fields: string[], url: string): void => {
    early.push(...fields)
    earlyUrl += url
  }
  parser[HTTPParser.kOnHeadersComplete] = (
    major: number,
    minor: number,
    fields: string[] | undefined,
    method: number,
    url: string | undefined,
    status: number,
    _reason: string,
    upgrade: boolean,
  ): number => {
    const version = major * 10 + minor
    const start = kind === 'request' ? `${methods[method]} ${earlyUrl + (url ?? '')} ${version}` : String(status)
    messages.push({ start, fields: pairs([...early, ...(fields ?? [])]), body: '', complete: false, upgrade })
    early = []
    earlyUrl = ''
    return 0
  }
  parser[HTTPParser.kOnBody] = (part: Buffer): void => {
    messages.at(-1)!.body += part.toString('latin1')
  }
  parser[HTTPParser.kOnMessageComplete] = (): void => {
    messages.at(-1)!.complete = true
    early = []
    earlyUrl = ''
  }
  return { refused: parser.execute(bytes) instanceof Error, messages }
}

function pairs(flat: string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [
    flat[2 * i]!,
    flat[2 * i + 1]!.replace(/^[ \t]+|[ \t]+$/g, ''),
  ])
}

/** The module warns that it is not for everybody: right, and no reason to fill the tests' output. */
function loadQuietly(): { HTTPParser: (new () => Parser) & Readonly<Record<Constant, number>>; methods: string[] } {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return createRequire(import.meta.url)('node:_http_common')
  } finally {
    process.emitWarning = emitWarning
  }
}
