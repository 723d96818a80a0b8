/**
 * `evenkeel simulate`: recorded or made-up requests through the real ways of balancing, on a clock of their own.
 */
import { createReadStream, existsSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { choosePaths, fromCommandLine, onDisk } from '../control/files/paths.ts'
import { readQuietly } from '../control/test-configuration.ts'
import { Recording } from '../lab/simulate/access-log.ts'
import { madeUpLoad, randomTimes, type Load } from '../lab/simulate/load.ts'
import { plot, report } from '../lab/simulate/plot.ts'
import { runScene, type SimulatedServer } from '../lab/simulate/queueing.ts'
import { resultOf, resultTable, timeText, type Result } from '../lab/simulate/results.ts'
import { simulatedUpstream } from '../lab/simulation.ts'
import { readCount, readFlags, valueOf, type Flag } from './flags.ts'
import {
  positive,
  readFault,
  readPolicies,
  readServers,
  readTime,
  type WishedPolicy,
  type WishedServer,
} from './simulate-wish.ts'
import { say, UsageError } from './speech.ts'

const help = `Usage: evenkeel simulate (--log FILE | --rate N | --load SHARE) [options]

Sends requests through the real ways of balancing on a virtual clock: what p99 would be, which server would get what,
who would come to another server than before, before any of it meets traffic. The same seed is the same load.

Load:
  --log FILE          replay an access log: combined, with times behind it if there are any, or JSON; .gz and - too
  --faster N          replay it so many times as fast
  --rate N            or make up so many requests a second, at random moments
  --load SHARE        or as many as are this share of what all servers can do: 0.6
  --duration TIME     how long requests are made up for (default: 60s)
  --service TIME      what a request takes at speed 1, on average (default: 10ms)
  --sessions N        different clients (default: 10000)

Servers:
  --servers LIST      'speed=1 x3, speed=0.25 slots=2 weight=2', or a number (default: 3)
                      speed, slots (requests at once; default: 1, or what the log needs), and words of server lines
  -c FILE --upstream NAME   or those of a configuration, with its method
  --fail FAULT        'server=2 from=10s to=20s': it refuses; timeout=1s: it does not answer; speed=0.1: it is slow

What to try, and what comes of it:
  --policies LIST     round_robin,least_conn,random two least_conn,hash consistent,ewma,./mine.ts,...
  --seed N            another course of chance (default: 1)
  --html FILE         a page with tables and plots;  --svg FILE  the plots alone;  --json  numbers instead of a table
  --max-p99 TIME      exit with 1 when any of them is slower;  --max-errors N  when more requests fail;
                      and so it does when a policy of your own throws

Examples:
  evenkeel simulate --load 0.6 --servers 'speed=1 x3, speed=0.25' --policies round_robin,least_conn,ewma
  evenkeel simulate --log access.log -c nginx.conf --upstream app --faster 2 --max-p99 200ms
  evenkeel simulate --rate 200 --fail 'server=2 from=10s to=20s' --html report.html
`

const SHORT: Readonly<Record<string, string>> = { '-c': '--config' }
const VALUED = [
  'log', 'faster', 'rate', 'load', 'duration', 'service', 'sessions', 'servers', 'config', 'upstream', 'fail', 'policies',
  'seed', 'html', 'svg', 'max-p99', 'max-errors',
] // prettier-ignore

const USUAL = 'round_robin,least_conn,random two least_conn,ewma'
const BINDING: ReadonlySet<string> = new Set(['hash', 'ip_hash', 'maglev', 'rendezvous'])

export async function simulate(list: readonly string[]): Promise<number> {
  const flags = readFlags(
    list.map(word => SHORT[word] ?? word),
    VALUED,
    ['json'],
  )
  const value = (name: string): string | undefined => valueOf(flags, name)
  if (value('help') !== undefined) {
    process.stdout.write(help)
    return 0
  }
  const seed = readCount('--seed', value('seed') ?? '1', 0, 2 ** 31 - 1)
  const group = await readGroup(value)
  if (group === null) return 1
  const { load, slots, told } = await readLoad(value, group, seed)
  const servers: SimulatedServer[] = group.servers.map(server => ({
    speed: server.speed,
    slots: server.slots ?? slots,
  }))
  const faults = all(flags, 'fail').map(text => readFault(text, servers.length))
  const results: Result[] = []
  let failed = false
  for (const { words, name, arguments: rest, own } of group.policies) {
    const method = { ...group.upstream.method, name, arguments: rest }
    const progress = progressLine(words, load.count)
    const upstream = { ...group.upstream, method }
    const outcome = runScene({
      upstream,
      servers,
      faults,
      load,
      seed,
      progress: progress.tell,
      ...(own === undefined ? {} : { policy: own.policy }),
    })
    progress.end()
    const trouble = own?.trouble() ?? null
    if (trouble !== null) {
      say(`evenkeel: simulate: ${words} failed ${trouble.times} times, and others took turns: ${trouble.first}`)
      failed = true
    }
    results.push(resultOf(words, outcome, BINDING.has(name) || upstream.sticky !== undefined))
  }
  const about = [...told, ...group.told]
  write(value, results, about)
  return failed ? 1 : judge(value, results)
}

function write(
  value: (name: string) => string | undefined,
  results: readonly Result[],
  about: readonly string[],
): void {
  if (value('json') !== undefined) process.stdout.write(`${JSON.stringify({ about, results }, null, 2)}\n`)
  else process.stdout.write(`${about.join('\n')}\n\n${resultTable(results)}\n`)
  const title = 'Ways of balancing, simulated'
  const svg = value('svg')
  if (svg !== undefined) writeFileSync(svg, plot(results, title))
  const html = value('html')
  if (html !== undefined) writeFileSync(html, report(results, title, about))
}

/** Every way has to keep to the bounds. */
function judge(value: (name: string) => string | undefined, results: readonly Result[]): number {
  const longest = value('max-p99')
  const limitMs = longest === undefined ? Infinity : readTime(longest, '--max-p99')
  const failures = value('max-errors')
  const most = failures === undefined ? Infinity : readCount('--max-errors', failures, 0, 1e9)
  let worse = 0
  for (const { policy, p99, errors } of results) {
    if (!(p99 <= limitMs) && limitMs < Infinity) {
      say(`evenkeel: simulate: ${policy}: p99 is ${timeText(p99)}, more than ${timeText(limitMs)}`)
      worse = 1
    }
    if (errors > most) {
      say(`evenkeel: simulate: ${policy}: ${errors} requests fail, more than ${most}`)
      worse = 1
    }
  }
  return worse
}

interface Group {
  readonly upstream: ReturnType<typeof simulatedUpstream>
  readonly servers: readonly WishedServer[]
  readonly policies: readonly WishedPolicy[]
  readonly told: readonly string[]
}

async function readGroup(value: (name: string) => string | undefined): Promise<Group | null> {
  const here = `${process.cwd()}/`
  const given = value('servers')
  const name = value('upstream')
  const file = value('config')
  if (name === undefined || file === undefined) {
    if (name !== undefined || file !== undefined) throw new UsageError('simulate: -c and --upstream go together')
    const servers = readServers(given ?? '3')
    const upstream = simulatedUpstream(
      { name: 'round_robin', arguments: [] },
      servers.map(({ line }) => line),
    )
    return {
      upstream,
      servers,
      policies: await readPolicies(value('policies') ?? USUAL, here),
      told: [serversText(servers)],
    }
  }
  const word = fromCommandLine
  const paths = choosePaths({ prefix: null, file: word(file), errorLog: 'stderr' }, word(process.cwd()), path =>
    existsSync(onDisk(path)),
  )
  const loaded = await readQuietly({ paths, globals: null }, say)
  if (loaded === null) return null
  const known = loaded.model.http?.upstreams.filter(({ implicit }) => !implicit) ?? []
  const upstream = known.find(one => one.name.toLowerCase() === name.toLowerCase())
  if (upstream === undefined) {
    throw new UsageError(
      `simulate: there is no upstream "${name}"; there is ${known.map(one => one.name).join(', ') || 'none'}`,
    )
  }
  const servers = given === undefined ? upstream.servers.map(() => readServers('1')[0]!) : readServers(given)
  if (servers.length !== upstream.servers.length) {
    throw new UsageError(
      `simulate: --servers tells of ${servers.length}, upstream "${upstream.name}" has ${upstream.servers.length}`,
    )
  }
  const { method } = upstream
  const own = [method.name, ...method.arguments].join(' ')
  const policies = await (value('policies') === undefined && method.code !== undefined
    ? readPolicies(`${method.code.path}#${method.code.name}`, paths.confPrefix)
    : readPolicies(value('policies') ?? own, here))
  const told = [`upstream ${upstream.name}: ${serversText(servers)}`]
  return { upstream, servers, policies, told }
}

function serversText(servers: readonly WishedServer[]): string {
  const speeds = servers
    .slice(0, 8)
    .map(({ speed }) => speed)
    .join(', ')
  return `${servers.length} servers of speed ${speeds}${servers.length > 8 ? ', …' : ''}`
}

interface ReadLoad {
  readonly load: Load
  /** Requests at once for servers that do not say. */
  readonly slots: number
  readonly told: readonly string[]
}

async function readLoad(
  value: (name: string) => string | undefined,
  { servers, upstream }: Group,
  seed: number,
): Promise<ReadLoad> {
  const primary = upstream.servers.map(({ backup, down }) => !backup && !down)
  const workMs = readTime(value('service') ?? '10ms', '--service')
  const log = value('log')
  if (log !== undefined) {
    const used = Math.max(1, primary.filter(Boolean).length)
    return replay(log, workMs, positive(value('faster') ?? '1', '--faster'), used, seed)
  }
  const share = value('load')
  const capacity = servers.reduce(
    (sum, { speed, slots }, index) => sum + (primary[index] === true ? speed * (slots ?? 1) : 0),
    0,
  )
  const rate = share === undefined ? rateOf(value('rate')) : (1000 * positive(share, '--load') * capacity) / workMs
  const durationMs = readTime(value('duration') ?? '60s', '--duration')
  const sessions = readCount('--sessions', value('sessions') ?? '10000', 1, 10_000_000)
  const load = madeUpLoad({ rate, durationMs, workMs, sessions, seed })
  const used = Math.round((100 * rate * workMs) / (1000 * capacity))
  return {
    load,
    slots: 1,
    told: [
      `${+rate.toFixed(1)} requests a second for ${timeText(durationMs)}, each ${timeText(workMs)} on average: ${used} % of what the servers can do`,
    ],
  }
}

function rateOf(text: string | undefined): number {
  if (text === undefined) throw new UsageError('simulate: give a load: --log FILE, --rate N or --load SHARE')
  return positive(text, '--rate')
}

async function replay(log: string, workMs: number, faster: number, servers: number, seed: number): Promise<ReadLoad> {
  const recording = new Recording({ workMs: randomTimes(workMs, seed), faster })
  const file = log === '-' ? process.stdin : createReadStream(log)
  let trouble: Error | null = null
  file.on('error', error => void (trouble = error))
  const input = log.endsWith('.gz') ? file.pipe(createGunzip()) : file
  if (input !== file) input.on('error', error => void (trouble = error))
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) recording.add(line)
  } catch (error) {
    trouble = error as Error
  }
  if (trouble !== null) throw new UsageError(`simulate: cannot read ${log}: ${(trouble as Error).message}`)
  const { load, unread, untimed, peak } = recording.finish()
  if (load.count === 0)
    throw new UsageError(`simulate: no line of ${log} is one of an access log in combined format or JSON`)
  const slots = Math.max(1, Math.ceil(peak / servers))
  return {
    load,
    slots,
    told: [
      `${load.count} requests of ${load.sessions} clients over ${timeText(load.durationMs)}, ${peak} at a time at most`,
      ...(unread > 0 ? [`${unread} lines are not of an access log and were left out`] : []),
      ...(untimed > 0
        ? [`${untimed} lines do not say what they took: ${timeText(workMs)} on average was assumed (--service)`]
        : []),
      `servers that do not say do ${slots} requests at once (slots)`,
    ],
  }
}

function all(flags: readonly Flag[], name: string): string[] {
  return flags.flatMap(flag => ('name' in flag && flag.name === name ? [flag.value] : []))
}

function progressLine(words: string, count: number): { tell(done: number): void; end(): void } {
  const { stderr } = process
  let shown = false
  return {
    tell(done) {
      if (!stderr.isTTY) return
      shown = true
      stderr.write(`\r\x1b[K${words}: ${done} of ${count} requests, ${Math.round((100 * done) / Math.max(1, count))} %`)
    },
    end() {
      if (shown) stderr.write('\r\x1b[K')
    },
  }
}
