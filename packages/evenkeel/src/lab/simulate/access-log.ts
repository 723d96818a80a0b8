/**
 * An access log as a load: when each request came, what it took, and who sent it. Understands nginx's combined format, with
 * times behind it if there are any, and lines of JSON. A line is written when its request ends: it came that much earlier.
 */
import type { Load } from './load.ts'

export interface LogLine {
  /** Milliseconds since the epoch at its end. */
  readonly endMs: number
  /** What the server took; -1: the line does not say. */
  readonly tookMs: number
  readonly client: string
}

const COMBINED =
  /^(\S+) \S+ .*?\[(\d\d)\/(\w{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\] "(?:[^"\\]|\\.)*" \d{3} \S+(.*)$/
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'
/** What times are called, the server's own before the whole. */
const NAMED_TIME = /\b(?:upstream_response_time|urt|uptime)["']?[=:]\s*["']?(\d+(?:\.\d+)?)/
const NAMED_WHOLE = /\b(?:request_time|rt)["']?[=:]\s*["']?(\d+(?:\.\d+)?)/
const BARE_TIMES = /(?:^|\s)"?(\d+\.\d{3})"?(?:\s|$)/

/** null: it is no line of a log. */
export function readLogLine(line: string): LogLine | null {
  return line.startsWith('{') ? readJson(line) : readCombined(line)
}

function readCombined(line: string): LogLine | null {
  const match = COMBINED.exec(line)
  if (match === null) return null
  const [, client = '', day, month = '', year, hour, minute, second, sign, zoneHours, zoneMinutes, rest = ''] = match
  const at = MONTHS.indexOf(month)
  if (at < 0) return null
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1)
  const endMs =
    Date.UTC(Number(year), at / 3, Number(day), Number(hour), Number(minute), Number(second)) - zone * 60_000
  // Referer and user agent may hold anything.
  const behind = rest.replace(/^ "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*"/, '')
  const time = NAMED_TIME.exec(behind) ?? NAMED_WHOLE.exec(behind) ?? BARE_TIMES.exec(behind)
  return { endMs, tookMs: time === null ? -1 : Number(time[1]) * 1000, client }
}

function readJson(line: string): LogLine | null {
  let fields: Record<string, unknown>
  try {
    fields = JSON.parse(line) as Record<string, unknown>
  } catch {
    return null
  }
  const endMs = jsonTime(fields)
  if (Number.isNaN(endMs)) return null
  const took = seconds(fields['upstream_response_time']) ?? seconds(fields['request_time'])
  const client = fields['remote_addr'] ?? fields['client'] ?? ''
  return { endMs, tookMs: took === undefined ? -1 : took * 1000, client: typeof client === 'string' ? client : '' }
}

function jsonTime(fields: Record<string, unknown>): number {
  const epoch = Number(fields['msec'])
  if (fields['msec'] !== undefined && !Number.isNaN(epoch)) return epoch * 1000
  const written = fields['time_iso8601'] ?? fields['@timestamp'] ?? fields['time'] ?? fields['timestamp']
  if (typeof written === 'number') return written > 1e11 ? written : written * 1000
  if (typeof written === 'string') return Date.parse(written)
  const local = fields['time_local']
  if (typeof local !== 'string') return Number.NaN
  return readCombined(`- - - [${local}] "" 200 0`)?.endMs ?? Number.NaN
}

/** Several tries are told as `0.010, 0.200 : 0.1`: the last one is what the request itself took. */
function seconds(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  const last = value.split(/[,:]/).at(-1)!.trim()
  return /^\d+(?:\.\d+)?$/.test(last) ? Number(last) : undefined
}

export interface Recorded {
  readonly load: Load
  /** Lines that could not be read. */
  readonly unread: number
  /** Lines that do not say how long the request took. */
  readonly untimed: number
  /** Most requests that were under way at a time. */
  readonly peak: number
}

export interface RecordingOptions {
  /** For lines that do not say: how long a request takes. */
  readonly workMs: () => number
  /** 2: as if twice as many came in the same time. */
  readonly faster: number
}

/** Lines in any order, as several workers may have written them. */
export class Recording {
  readonly #atMs: number[] = []
  readonly #workMs: number[] = []
  readonly #session: number[] = []
  readonly #names: string[] = []
  readonly #sessions = new Map<string, number>()
  readonly #options: RecordingOptions
  /** Lines of the second at hand: where only seconds are told, they are spread over it. */
  readonly #inSecond = new Map<number, number>()
  #unread = 0
  #untimed = 0

  constructor(options: RecordingOptions) {
    this.#options = options
  }

  add(line: string): void {
    if (line === '') return
    const read = readLogLine(line)
    if (read === null) {
      this.#unread++
      return
    }
    const { endMs, tookMs, client } = read
    if (tookMs < 0) this.#untimed++
    const whole = endMs % 1000 === 0
    if (whole) this.#inSecond.set(endMs, (this.#inSecond.get(endMs) ?? 0) + 1)
    const workMs = tookMs < 0 ? this.#options.workMs() : tookMs
    this.#atMs.push(endMs - Math.max(0, tookMs))
    this.#workMs.push(workMs)
    this.#session.push(this.#sessionOf(client))
    this.#ends.push(whole ? endMs : -1)
  }

  readonly #ends: number[] = []

  finish(): Recorded {
    this.#spread()
    const order = Uint32Array.from({ length: this.#atMs.length }, (_, at) => at).sort(
      (a, b) => this.#atMs[a]! - this.#atMs[b]!,
    )
    const { faster } = this.#options
    const firstMs = order.length === 0 ? 0 : this.#atMs[order[0]!]!
    const atMs = Float64Array.from(order, at => (this.#atMs[at]! - firstMs) / faster)
    const workMs = Float64Array.from(order, at => this.#workMs[at]!)
    const session = Int32Array.from(order, at => this.#session[at]!)
    const load: Load = {
      count: order.length,
      durationMs: atMs.at(-1) ?? 0,
      sessions: this.#names.length,
      sessionName: number => this.#names[number] ?? '',
      begin() {
        let at = 0
        return into => {
          if (at >= atMs.length) return false
          into.atMs = atMs[at]!
          into.workMs = workMs[at]!
          into.session = session[at]!
          at++
          return true
        }
      },
    }
    return { load, unread: this.#unread, untimed: this.#untimed, peak: peakOf(atMs, workMs) }
  }

  #spread(): void {
    const seen = new Map<number, number>()
    for (const [at, endMs] of this.#ends.entries()) {
      if (endMs < 0) continue
      const place = seen.get(endMs) ?? 0
      seen.set(endMs, place + 1)
      this.#atMs[at]! += (1000 * place) / this.#inSecond.get(endMs)!
    }
  }

  #sessionOf(client: string): number {
    let session = this.#sessions.get(client)
    if (session === undefined) {
      this.#sessions.set(client, (session = this.#names.length))
      this.#names.push(client)
    }
    return session
  }
}

function peakOf(atMs: Float64Array, workMs: Float64Array): number {
  const ends = Float64Array.from(atMs, (at, index) => at + workMs[index]!).sort()
  let ended = 0
  let most = 0
  for (const [index, at] of atMs.entries()) {
    while (ends[ended]! <= at) ended++
    most = Math.max(most, index + 1 - ended)
  }
  return most
}
