/**
 * Dates of HTTP, in whole seconds since the epoch. A reader has to understand three forms, two of them obsolete, and a
 * writer may use only the first (RFC 9110, 5.6.7).
 */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

const FIXED = /^[a-z]{3}, (\d\d) ([a-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/i
const RFC850 = /^[a-z]{6,9}, (\d\d)-([a-z]{3})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/i
const ASCTIME = /^[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/i

export function formatHttpDate(seconds: number): string {
  // toUTCString is specified to be exactly the fixed form (ECMA-262, 21.4.4.43) for the years HTTP can tell.
  return new Date(seconds * 1000).toUTCString()
}

/** Seconds since the epoch; NaN for what is no date, so that it equals nothing and is neither before nor after. */
export function parseHttpDate(text: string): number {
  let match = FIXED.exec(text)
  if (match !== null) return seconds(match[3]!, match[2]!, match[1]!, match[4]!, match[5]!, match[6]!)
  match = RFC850.exec(text)
  if (match !== null) {
    const year = Number(match[3]) < 70 ? `20${match[3]}` : `19${match[3]}`
    return seconds(year, match[2]!, match[1]!, match[4]!, match[5]!, match[6]!)
  }
  match = ASCTIME.exec(text)
  if (match !== null) return seconds(match[6]!, match[1]!, match[2]!, match[3]!, match[4]!, match[5]!)
  return NaN
}

function seconds(year: string, month: string, day: string, hour: string, minute: string, second: string): number {
  const at = MONTHS.indexOf(month.toLowerCase())
  if (at < 0 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return NaN
  const ms = Date.UTC(Number(year), at, Number(day), Number(hour), Number(minute), Number(second))
  return new Date(ms).getUTCDate() === Number(day) ? ms / 1000 : NaN
}
