/**
 * llhttp's own cases in strict mode: what it refuses for framing we refuse; what both accept reads alike.
 * Every case where the verdicts differ is listed with its reason, and a case that stops differing fails the test.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { RequestHead } from '../../src/exchange/head.ts'
import { converse, type Conversation, type Kind } from './connection.ts'

interface Case {
  name: string
  file: string
  line: number
  type: Kind
  raw: string
  error: { code: number; reason: string } | null
  complete: number
  upgrade: boolean
  messages: { headers: [string, string][]; body: number; method?: string; url?: string; status?: number }[]
}

const cases: Case[] = JSON.parse(readFileSync(new URL('llhttp.json', import.meta.url), 'utf8'))

const bareLf = 'a bare LF ends a line of a head, as in nginx (RFC 9112, 2.2); all lines go on with CRLF'
const extension = 'chunk extensions are dropped unread: they end at CRLF for everybody'
const oneMessage = 'a reader reads one message; what follows the last one is for the connection to drop'
const otherProtocol = 'only HTTP/1 is served'
const onlyChunked = 'chunked alone is a transfer coding we know; others are 501 from clients, 502 from origins'
const emptyLine = 'empty lines are skipped before requests only (RFC 9112, 2.2)'

/** We accept what llhttp refuses. */
const accepted: Readonly<Record<string, string>> = {
  'request/connection.md:296': oneMessage,
  'request/connection.md:346': oneMessage,
  'request/connection.md:83': oneMessage,
  'request/invalid.md:68': 'any token of capitals is a method',
  'request/invalid.md:358': 'any token of capitals is a method',
  'request/invalid.md:115': bareLf,
  'request/invalid.md:256': bareLf,
  'request/invalid.md:456': bareLf,
  'request/transfer-encoding.md:330': extension,
  'request/transfer-encoding.md:426': extension,
  'response/connection.md:166': oneMessage,
  'response/invalid.md:289': bareLf,
  'response/invalid.md:329': bareLf,
  'response/sample.md:332': bareLf,
  'response/transfer-encoding.md:250': extension,
  'response/transfer-encoding.md:347': extension,
}

/** We refuse what llhttp accepts. */
const refused: Readonly<Record<string, string>> = {
  'request/method.md:98': 'a CONNECT with a body is refused, as in nginx: some readers take it for tunnel data',
  'request/method.md:137': 'only OPTIONS may have * for a target (RFC 9112, 3.2.4)',
  'request/method.md:374': otherProtocol,
  'request/method.md:404': otherProtocol,
  'request/method.md:432': otherProtocol,
  'request/sample.md:316': 'HTTP/0.9 is not served',
  'request/transfer-encoding.md:753': onlyChunked,
  'request/transfer-encoding.md:795': onlyChunked,
  'request/uri.md:190': 'the authority of a request line is letters, digits, dots and hyphens, as in nginx',
  'request/uri.md:224': 'a request names no user (RFC 9110, 4.2.4)',
  'response/connection.md:494': emptyLine,
  'response/connection.md:588': emptyLine,
  'response/pipelining.md:6': emptyLine,
  'response/sample.md:42': otherProtocol,
  'response/sample.md:62': otherProtocol,
  'response/sample.md:647': 'there is no HTTP/0.9 with a status line',
  'response/sample.md:697': emptyLine,
  'response/transfer-encoding.md:45': onlyChunked,
  'response/transfer-encoding.md:76': onlyChunked,
  'response/transfer-encoding.md:114': onlyChunked,
}

for (const one of cases) {
  // Behind an upgrade stand bytes of another protocol, which the reader would not be given.
  const id = `${one.file}:${one.line}`
  test(`${id} ${one.name}`, () => {
    const told = read(one)
    if (one.error !== null) {
      assert.equal(
        told.failure === '',
        id in accepted,
        `refused by llhttp (${one.error.reason}), here ${told.failure || 'read'}`,
      )
    } else if (told.failure !== '' && !(one.upgrade && told.messages.length >= one.complete)) {
      assert.ok(id in refused, `read by llhttp, here ${told.failure}`)
      return
    } else assert.ok(!(id in refused), 'read by both')
    if (one.error === null) compare(one, told)
  })
}

function read(one: Case): Conversation {
  let text = Buffer.from(one.raw, 'base64').toString('latin1')
  // Most cases are about something else, and lack the Host that HTTP/1.1 requires.
  if (one.type === 'request' && !/^host *:/im.test(text)) text = text.replaceAll(/ HTTP\/1\.1\r\n/g, '$&Host: a\r\n')
  const told = converse(one.type, [Buffer.from(text, 'latin1')], { ignoreInvalid: false })
  // Some errors are told when the head is complete, and not at the byte.
  const ended = one.error !== null && told.failure === '' && told.messages.length === 0
  return ended ? converse(one.type, [Buffer.from(text + '\r\n\r\n', 'latin1')], { ignoreInvalid: false }) : told
}

function compare(one: Case, told: Conversation): void {
  for (let i = 0; i < one.complete; i++) {
    const theirs = one.messages[i]!
    const ours = told.messages[i]
    assert.ok(ours, `message ${i} is missing`)
    assert.equal(ours.complete, true)
    assert.equal(ours.body.length, theirs.body)
    const { head } = ours
    if (!(head instanceof RequestHead)) {
      assert.equal(head.status, theirs.status)
      continue
    }
    assert.equal(head.method, theirs.method)
    assert.equal(head.target, theirs.url)
    const fields = ours.fields.filter(([name, value]) => !(name === 'Host' && value === 'a'))
    // Theirs has the trailers behind the fields.
    const expected = [...fields, ...(ours.trailers ?? [])]
    assert.deepEqual(
      expected,
      theirs.headers.slice(0, expected.length).map(([name, value]) => [name, plainly(value)]),
    )
  }
}

/** The cases' values are in UTF-8, with tabs as `\\t`; ours are one character a byte, without space around them. */
function plainly(value: string): string {
  return Buffer.from(value.replaceAll('\\t', '\t').trim()).toString('latin1')
}
