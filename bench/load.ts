/** wrk and h2load: what they are asked, and what they say. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { browserFields } from './workloads.ts'

export interface Load {
  readonly requests: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers that were not 2xx or 3xx, and connections that failed. */
  readonly errors: number
}

export interface Target {
  readonly port: number
  readonly path: string
  readonly host: string
  readonly connections: number
  readonly core: number
  /** Of a request head; left out: as the browser's fields make it. */
  readonly requestBytes?: number | undefined
  /** Over TLS. */
  readonly secure?: boolean
  /** Each request has a connection of its own. */
  readonly once?: boolean
}

const run = promisify(execFile)

/** As fast as it goes. */
export async function saturate(target: Target, seconds: number): Promise<Load> {
  const fields = [
    `Host: ${target.host}`,
    ...browserFields,
    ...padding(target),
    ...(target.once === true ? ['Connection: close'] : []),
  ].flatMap(field => ['-H', field])
  const argv = [
    '-t',
    '1',
    '-c',
    String(target.connections),
    '-d',
    `${Math.ceil(seconds)}s`,
    '--latency',
    '--timeout',
    '10s',
  ]
  const url = `${target.secure === true ? 'https' : 'http'}://127.0.0.1:${target.port}${target.path}`
  const { stdout } = await run('taskset', ['-c', String(target.core), 'wrk', ...argv, ...fields, url])
  return {
    requests: number(stdout, /(\d+) requests in/),
    perSecond: number(stdout, /Requests\/sec:\s+([\d.]+)/),
    p50Ms: milliseconds(stdout, /50%\s+([\d.]+)(us|ms|s|m)/),
    p99Ms: milliseconds(stdout, /99%\s+([\d.]+)(us|ms|s|m)/),
    errors: number(stdout, /Non-2xx or 3xx responses: (\d+)/) + socketErrors(stdout),
  }
}

/** At a fixed rate, from a log of every request: h2load itself prints no percentiles. */
export async function paced(target: Target, seconds: number, perSecond: number): Promise<Load> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-bench-'))
  try {
    const log = join(folder, 'log')
    // h2load writes a Host of its own, from what HTTP/2 calls the authority; a second one would be refused.
    const fields = [`:authority: ${target.host}`, ...browserFields].flatMap(field => ['-H', field])
    // nginx ends a connection after its 1,000th request, which h2load does not get over: more connections, fewer on each.
    const connections = Math.max(target.connections, Math.ceil((perSecond * seconds) / 900))
    const rate = Math.max(1, Math.floor(perSecond / connections))
    // A number of requests, not -D: told a time, h2load 1.52 may spin for ever when it is over.
    const count = rate * connections * Math.ceil(seconds)
    const argv = [
      '--h1',
      '-t',
      '1',
      '-c',
      String(connections),
      '-n',
      String(count),
      '--rps',
      String(rate),
      '--log-file',
      log,
    ]
    const url = `http://127.0.0.1:${target.port}${target.path}`
    await run('taskset', ['-c', String(target.core), 'h2load', ...argv, ...fields, url], {
      timeout: 4000 * seconds + 10_000,
    })
    return fromLog(readFileSync(log, 'latin1'), seconds)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Ten requests at a time on each connection. How many there are in the end is not known before: two runs find out. */
export async function multiplex(target: Target, seconds: number): Promise<Load> {
  const first = await streams(target, FEW)
  return streams(target, Math.max(FEW, Math.ceil(first.perSecond * seconds)))
}

const FEW = 4000

async function streams({ port, path, host, connections, core }: Target, count: number): Promise<Load> {
  const fields = [`:authority: ${host}`, ...browserFields].flatMap(field => ['-H', field])
  const argv = ['-t', '1', '-c', String(connections), '-m', '10', '-n', String(count), ...fields]
  const { stdout } = await run('taskset', ['-c', String(core), 'h2load', ...argv, `https://127.0.0.1:${port}${path}`])
  return {
    requests: number(stdout, /(\d+) succeeded/),
    perSecond: number(stdout, /([\d.]+) req\/s/),
    p50Ms: NaN,
    p99Ms: NaN,
    errors: number(stdout, /(\d+) failed/),
  }
}

/** One connection after the other, each with the session of the first. TLS 1.2, whose tickets OpenSSL's client uses again. */
export async function resume({ port, path, core }: Target, seconds: number): Promise<Load> {
  const argv = ['s_time', '-connect', `127.0.0.1:${port}`, '-reuse', '-tls1_2', '-time', String(Math.ceil(seconds))]
  const { stdout } = await run('taskset', ['-c', String(core), 'openssl', ...argv, '-www', path])
  // The last count is that of the resumed ones.
  const requests = Number([...stdout.matchAll(/(\d+) connections in [\d.]+ real seconds/g)].at(-1)?.[1] ?? 0)
  return { requests, perSecond: requests / Math.ceil(seconds), p50Ms: NaN, p99Ms: NaN, errors: 0 }
}

/** A field that makes the head as long as is asked for. */
function padding({ requestBytes, path, host }: Target): readonly string[] {
  if (requestBytes === undefined) return []
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...browserFields, 'X-Padding: ', '']
  const missing = requestBytes - lines.join('\r\n').length - 2
  return missing > 0 ? [`X-Padding: ${'x'.repeat(missing)}`] : []
}

export interface Bulk {
  readonly bytes: number
  readonly seconds: number
}

/** Reads one answer to its end, or as much of it as is said. */
export async function readWhole({ port, path, host, core }: Target, mostBytes: number | null): Promise<Bulk> {
  const url = `http://127.0.0.1:${port}${path}`
  const range = mostBytes === null ? [] : ['-r', `0-${mostBytes - 1}`]
  const argv = ['-sS', '-o', '/dev/null', '-H', `Host: ${host}`, ...range, '-w', '%{size_download} %{time_total}', url]
  const { stdout } = await run('taskset', ['-c', String(core), 'curl', ...argv], { timeout: 300_000 })
  const [bytes = 0, seconds = NaN] = stdout.split(' ').map(Number)
  return { bytes, seconds }
}

/** Lines of: when it began (µs), status, how long it took (µs). */
function fromLog(text: string, seconds: number): Load {
  const lines = text.split('\n').flatMap(line => {
    const [, status, micros] = line.split('\t')
    return status === undefined || micros === undefined ? [] : [{ status: Number(status), ms: Number(micros) / 1000 }]
  })
  const times = Float64Array.from(lines, line => line.ms).sort()
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN
  const errors = lines.filter(line => line.status !== 200).length
  return { requests: times.length, perSecond: times.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), errors }
}

function number(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0)
}

function milliseconds(text: string, pattern: RegExp): number {
  const [, value = NaN, unit = ''] = pattern.exec(text) ?? []
  return Number(value) * ({ us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit] ?? NaN)
}

function socketErrors(text: string): number {
  const found = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)
  return found === null ? 0 : found.slice(1).reduce((sum, count) => sum + Number(count), 0)
}
