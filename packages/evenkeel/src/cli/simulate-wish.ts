/** What `evenkeel simulate` is asked for, read from its flags: servers, faults, ways of balancing, times. */
import { readMilliseconds } from '../config/nginx/values.ts'
import { policyNamed } from '../lab/policy-kit.ts'
import { isModule, loadPolicy, type OwnPolicy } from '../lab/simulate/own-policy.ts'
import type { SimulatedFault, SimulatedServer } from '../lab/simulate/queueing.ts'
import { UsageError } from './speech.ts'

/** Words of a server line that a simulated server may have. */
interface LineWords {
  weight?: number
  backup?: boolean
  down?: boolean
  maxFails?: number
  maxConns?: number
  failTimeoutSeconds?: number
  slowStartMs?: number
}

export interface WishedServer extends Omit<SimulatedServer, 'slots'> {
  /** null: what the load makes likely. */
  readonly slots: number | null
  readonly line: Readonly<LineWords>
}

const MOST_SERVERS = 10_000
const MOST_SLOTS = 100_000

/** `speed=1 slots=8 x3, speed=0.25 weight=2`; a plain number is so many equal ones. */
export function readServers(text: string): WishedServer[] {
  if (/^\d+$/.test(text.trim())) return Array.from({ length: count(text.trim(), '--servers') }, () => plain)
  return text.split(',').flatMap(part => {
    let times = 1
    let speed = 1
    let slots: number | null = null
    const line: LineWords = {}
    for (const word of part.trim().split(/\s+/)) {
      const [name = '', value = ''] = word.split('=')
      if (/^x\d+$/.test(word)) times = count(word.slice(1), word)
      else if (name === 'speed') speed = positive(value, word)
      else if (name === 'slots') slots = Math.min(MOST_SLOTS, count(value, word))
      else if (name === 'weight') line.weight = count(value, word)
      else if (name === 'max_fails') line.maxFails = whole(value, word)
      else if (name === 'max_conns') line.maxConns = whole(value, word)
      else if (name === 'fail_timeout') line.failTimeoutSeconds = Math.round(readTime(value, word) / 1000)
      else if (name === 'slow_start') line.slowStartMs = readTime(value, word)
      else if (word === 'backup') line.backup = true
      else if (word === 'down') line.down = true
      else {
        const known = 'speed=, slots=, weight=, max_fails=, fail_timeout=, max_conns=, slow_start=, backup, down, x3'
        throw new UsageError(`--servers: "${word}" is not known; there is ${known}`)
      }
    }
    return Array.from({ length: times }, () => ({ speed, slots, line }))
  })
}

const plain: WishedServer = { speed: 1, slots: null, line: {} }

/** `server=2 from=10s to=20s [timeout=1s | speed=0.1]`; servers count from 1. */
export function readFault(text: string, servers: number): SimulatedFault {
  const words = new Map(
    text
      .trim()
      .split(/\s+/)
      .map(word => {
        const [name = '', value = ''] = word.split('=')
        if (!['server', 'from', 'to', 'timeout', 'speed'].includes(name)) {
          throw new UsageError(`--fail: "${word}" is not known; there is server=, from=, to=, timeout=, speed=`)
        }
        return [name, value] as const
      }),
  )
  const server = count(words.get('server') ?? '', 'server=')
  if (server > servers) throw new UsageError(`--fail: there is no server ${server}; they are 1 to ${servers}`)
  const fromMs = readTime(words.get('from') ?? '0', 'from=')
  const toMs = words.has('to') ? readTime(words.get('to')!, 'to=') : Infinity
  if (toMs <= fromMs) throw new UsageError(`--fail: "${text}" ends before it begins`)
  const speed = words.has('speed') ? { speed: positive(words.get('speed')!, 'speed=') } : {}
  return { server: server - 1, fromMs, toMs, timeoutMs: readTime(words.get('timeout') ?? '0', 'timeout='), ...speed }
}

export interface WishedPolicy {
  readonly words: string
  readonly name: string
  readonly arguments: readonly string[]
  /** Of a module of the user. */
  readonly own?: OwnPolicy
}

/** `folder` is what modules are relative to, with a slash. */
export function readPolicies(text: string, folder: string): Promise<WishedPolicy[]> {
  const parts = text.split(',').map(async (part): Promise<WishedPolicy> => {
    const words = part.trim().replaceAll(/\s+/g, ' ')
    if (isModule(words)) return { words, name: 'code', arguments: [], own: await readModule(words, folder) }
    try {
      policyNamed(words)
    } catch (error) {
      throw new UsageError(`--policies: ${(error as Error).message}`)
    }
    const [name = '', ...rest] = words.split(' ')
    return { words, name, arguments: rest }
  })
  return Promise.all(parts)
}

async function readModule(words: string, folder: string): Promise<OwnPolicy> {
  try {
    return await loadPolicy(words, folder)
  } catch (error) {
    throw new UsageError(`--policies: ${words} could not be loaded: ${(error as Error).message}`)
  }
}

export function readTime(text: string, what: string): number {
  const ms = readMilliseconds(text)
  if (ms === null) throw new UsageError(`${what}: "${text}" is no time; write it as in 50ms, 10s or 2m`)
  return ms
}

export function positive(text: string, what: string): number {
  const value = Number(text)
  if (text === '' || !(value > 0) || value > 1e9) throw new UsageError(`${what}: "${text}" is no number above 0`)
  return value
}

function whole(text: string, what: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${what}: "${text}" is no whole number`)
  return Number(text)
}

function count(text: string, what: string): number {
  const value = whole(text, what)
  if (value < 1 || value > MOST_SERVERS * 10)
    throw new UsageError(`${what}: give a number from 1 to ${MOST_SERVERS * 10}`)
  return value
}
