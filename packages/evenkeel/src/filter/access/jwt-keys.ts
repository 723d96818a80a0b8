/**
 * Where the keys of tokens come from: files (`auth_jwt_key_file`), and answers to requests inside
 * (`auth_jwt_key_request`), by which an identity provider hands them out and changes them. Such an answer is as old as
 * the location it comes from lets it be: with proxy_cache there, nobody is asked for each request.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { failures, type Failure } from '../../exchange/failure.ts'
import type { Subrequests } from '../../exchange/subrequest.ts'
import type { Passwords } from './auth-basic.ts'
import { DrainSink } from '../subrequests/drain-sink.ts'
import { readKeys, type VerifyKey } from './jwt.ts'
import { fullPath, problemText } from '../files/path-test.ts'

/** What it gives instead when it can't; the text is for the log. */
export type Keys = readonly VerifyKey[] | { readonly problem: string }

export type KeySource = (exchange: Exchange) => Keys | Promise<Keys>

/** Larger sets than that are nobody's. */
const LONGEST_SET = 256 * 1024

export function keysOfFile(path: (exchange: Exchange) => string, { keys, folder }: Passwords): KeySource {
  return exchange => {
    const full = fullPath(path(exchange), folder)
    const judge = (found: Awaited<ReturnType<typeof keys.get>>): Keys => {
      if (found === null) return { problem: `"${full}" is no JSON Web Key Set` }
      return 'errno' in found ? { problem: `open() "${full}" failed ${problemText(found)}` } : found
    }
    const found = keys.get(full)
    return found instanceof Promise ? found.then(judge) : judge(found)
  }
}

export function keysOfRequest(uri: (exchange: Exchange) => string, subrequests: Subrequests): KeySource {
  // What was answered last, read: checking a signature takes keys that were made once.
  let lastText = ''
  let lastKeys: readonly VerifyKey[] = []
  return exchange =>
    new Promise(resolve => {
      const path = uri(exchange)
      const failed = (why: string): void => resolve({ problem: `keys could not be had from "${path}": ${why}` })
      const answer = new KeySetSink(problem => {
        exchange.work = null
        const status = child!.exchange.status
        if (problem !== null) return failed(failures[problem.code].text)
        if (status !== 200) return failed(`status ${status}`)
        if (answer.text === null) return failed(`more than ${LONGEST_SET} bytes`)
        if (answer.text !== lastText) {
          const keys = readKeys(answer.text)
          if (keys === null) return failed('no JSON Web Key Set')
          lastText = answer.text
          lastKeys = keys
        }
        resolve(lastKeys)
      })
      const child = subrequests.open(exchange, { uri: path, args: '' }, answer)
      if (child === null) return failed('too many requests inside')
      exchange.work = child
      child.start()
    })
}

/** All keys of all sources; one that fails is our fault and not the client's, so nothing is decided without it. */
export function gatherKeys(exchange: Exchange, sources: readonly KeySource[]): Keys | Promise<Keys> {
  const all: VerifyKey[] = []
  for (let i = 0; i < sources.length; i++) {
    const found = sources[i]!(exchange)
    if (found instanceof Promise) return found.then(keys => gatherRest(exchange, sources, i + 1, all, keys))
    if ('problem' in found) return found
    all.push(...found)
  }
  return all
}

async function gatherRest(
  exchange: Exchange,
  sources: readonly KeySource[],
  from: number,
  all: VerifyKey[],
  found: Keys,
): Promise<Keys> {
  if ('problem' in found) return found
  all.push(...found)
  const rest = await gatherKeys(exchange, sources.slice(from))
  return 'problem' in rest ? rest : [...all, ...rest]
}

class KeySetSink extends DrainSink {
  /** Null: it was too long. */
  text: string | null = ''
  readonly #told: (problem: Failure | null) => void

  constructor(told: (problem: Failure | null) => void) {
    super(LONGEST_SET)
    this.#told = told
  }

  override body(part: Uint8Array): boolean {
    // JSON is UTF-8, but what keys are made of is ASCII: a byte a character keeps a cut sequence from mattering.
    if (this.text !== null) this.text += Buffer.from(part.buffer, part.byteOffset, part.length).toString('latin1')
    return super.body(part)
  }

  protected override stop(): void {
    this.text = null
    super.stop()
  }

  protected override done(problem: Failure | null): void {
    this.#told(problem)
  }
}
