/**
 * The present second as text, in the forms logs use. Made once a second and form: formatting a date costs more than
 * the rest of a log line.
 */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export class TimeText {
  readonly #now: () => number
  readonly #date: (ms: number) => Date
  readonly #local: Kept = { second: -1, text: '' }
  readonly #iso8601: Kept = { second: -1, text: '' }
  readonly #error: Kept = { second: -1, text: '' }
  readonly #syslog: Kept = { second: -1, text: '' }

  constructor(now: () => number, date: (ms: number) => Date) {
    this.#now = now
    this.#date = date
  }

  /** `22/Nov/2026:11:08:32 +0100` ($time_local). */
  local(): string {
    return this.#keep(this.#local, local)
  }

  /** `2026-11-22T11:08:32+01:00` ($time_iso8601). */
  iso8601(): string {
    return this.#keep(this.#iso8601, iso8601)
  }

  /** `2026/11/22 11:08:32`, as error logs begin. */
  error(): string {
    return this.#keep(this.#error, error)
  }

  /** `Nov 22 11:08:32` (RFC 3164, 4.1.2). */
  syslog(): string {
    return this.#keep(this.#syslog, syslog)
  }

  #keep(kept: Kept, write: (date: Date) => string): string {
    const second = Math.floor(this.#now() / 1000)
    if (second !== kept.second) {
      kept.second = second
      kept.text = write(this.#date(second * 1000))
    }
    return kept.text
  }
}

interface Kept {
  second: number
  text: string
}

/** Milliseconds as seconds with three decimals; a clock set back shows as 0. */
export function seconds(ms: number): string {
  const whole = ms > 0 ? Math.trunc(ms) : 0
  const rest = whole % 1000
  return (whole - rest) / 1000 + (rest < 10 ? '.00' : rest < 100 ? '.0' : '.') + rest
}

function two(value: number): string {
  return value < 10 ? '0' + value : '' + value
}

function clock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

function zone(date: Date, between: string): string {
  const minutes = -date.getTimezoneOffset()
  const whole = Math.abs(minutes)
  return (minutes < 0 ? '-' : '+') + two(Math.trunc(whole / 60)) + between + two(whole % 60)
}

function local(date: Date): string {
  return `${two(date.getDate())}/${MONTHS[date.getMonth()]}/${date.getFullYear()}:${clock(date)} ${zone(date, '')}`
}

function iso8601(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${clock(date)}${zone(date, ':')}`
}

function error(date: Date): string {
  return `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())} ${clock(date)}`
}

function syslog(date: Date): string {
  return `${MONTHS[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${clock(date)}`
}
