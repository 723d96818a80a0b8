/** `evenkeel top`: what a balancer is at, in the terminal, from its API. */
import { setTimeout as pass } from 'node:timers/promises'
import { readDelayMs, readFlags, valueOf } from './flags.ts'
import { interrupted } from './serve.ts'
import { say, UsageError } from './speech.ts'
import { topTable, type Look } from './top-table.ts'

const help = `Usage: evenkeel top [URL] [--interval TIME] [--once]

Shows the servers of every upstream with their state, rates and failures, anew every two seconds. URL is where the API
answers (a location with the api directive); Ctrl-C ends.

Options:
  --interval TIME  how often (default: 2s)
  --once           two looks, one table and the end, for scripts

Examples:
  evenkeel top http://127.0.0.1:8080/api/
  evenkeel top http://127.0.0.1:8080/api/ --once
`

const CLEAR = '\u001b[H\u001b[J'

export async function top(list: readonly string[]): Promise<number> {
  const flags = readFlags(list, ['interval'], ['once'])
  if (valueOf(flags, 'help') !== undefined) {
    process.stdout.write(help)
    return 0
  }
  const words = flags.flatMap(flag => ('word' in flag ? [flag.word] : []))
  if (words.length > 1) throw new UsageError('top: give one URL')
  const base = readUrl(words[0] ?? 'http://127.0.0.1/api/')
  const intervalMs = Math.max(100, readDelayMs('--interval', valueOf(flags, 'interval') ?? '2s'))
  const once = valueOf(flags, 'once') !== undefined
  const ended = interrupted().then(() => true)
  let before: { look: Look; atMs: number } | null = null
  for (;;) {
    const look = await read(base)
    if (typeof look === 'string') {
      say(`evenkeel: top: ${look}`)
      return 1
    }
    const atMs = performance.now()
    const seconds = before === null ? 0 : (atMs - before.atMs) / 1000
    const text = topTable(look, before?.look ?? null, seconds, process.stdout.columns ?? 200)
    if (!once) process.stdout.write(CLEAR + text)
    else if (before !== null) {
      process.stdout.write(text)
      return 0
    }
    before = { look, atMs }
    if (await Promise.race([ended, pass(intervalMs, false)])) return 0
  }
}

/** A string is what is wrong. */
async function read(base: URL): Promise<Look | string> {
  try {
    const [connections, requests, processes, upstreams] = await Promise.all(
      ['connections', 'http/requests', 'processes', 'http/upstreams'].map(async path => {
        const answer = await fetch(new URL(`9/${path}`, base), { signal: AbortSignal.timeout(PATIENCE_MS) })
        if (!answer.ok) throw new Error(`status ${answer.status}`)
        return (await answer.json()) as never
      }),
    )
    return { connections: connections!, requests: requests!, processes: processes!, upstreams: upstreams! }
  } catch (error) {
    const { message, cause } = error as Error
    const why = cause instanceof Error ? cause.message : message
    return `no API answers at ${base.href}: ${why}; it needs a location with "api;"`
  }
}

function readUrl(text: string): URL {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (url === null) throw new UsageError(`top: "${text}" is no URL`)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

const PATIENCE_MS = 5_000
