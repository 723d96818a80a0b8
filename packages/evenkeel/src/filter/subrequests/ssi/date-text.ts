/** Dates as `config timefmt` wants them: strftime's letters, in the C locale. */

export const DEFAULT_FORMAT = '%A, %d-%b-%Y %H:%M:%S %Z'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

const two = (value: number): string => String(value).padStart(2, '0')

/** `gmt`: in UTC, else in the time zone of the machine. */
export function dateText(ms: number, format: string, gmt: boolean): string {
  const offset = gmt ? 0 : -new Date(ms).getTimezoneOffset()
  // Moved by its offset, a date's UTC members tell local time.
  const date = new Date(ms + offset * 60_000)
  return format.replace(/%([A-Za-z%])/g, (written, letter: string) => member(letter, date, ms, offset, gmt) ?? written)
}

function member(letter: string, date: Date, ms: number, offset: number, gmt: boolean): string | undefined {
  const again = (format: string): string =>
    format.replace(/%([A-Za-z])/g, (_, inner: string) => member(inner, date, ms, offset, gmt)!)
  const hour = date.getUTCHours()
  switch (letter) {
    case 'a':
      return DAYS[date.getUTCDay()]!.slice(0, 3)
    case 'A':
      return DAYS[date.getUTCDay()]
    case 'b':
    case 'h':
      return MONTHS[date.getUTCMonth()]!.slice(0, 3)
    case 'B':
      return MONTHS[date.getUTCMonth()]
    case 'c':
      return again('%a %b %e %H:%M:%S %Y')
    case 'C':
      return two(Math.floor(date.getUTCFullYear() / 100))
    case 'd':
      return two(date.getUTCDate())
    case 'D':
    case 'x':
      return again('%m/%d/%y')
    case 'e':
      return String(date.getUTCDate()).padStart(2)
    case 'F':
      return again('%Y-%m-%d')
    case 'H':
      return two(hour)
    case 'I':
      return two(hour % 12 || 12)
    case 'j':
      return String(dayOfYear(date)).padStart(3, '0')
    case 'm':
      return two(date.getUTCMonth() + 1)
    case 'M':
      return two(date.getUTCMinutes())
    case 'n':
      return '\n'
    case 'p':
      return hour < 12 ? 'AM' : 'PM'
    case 'r':
      return again('%I:%M:%S %p')
    case 'R':
      return again('%H:%M')
    case 's':
      return String(Math.floor(ms / 1000))
    case 'S':
      return two(date.getUTCSeconds())
    case 't':
      return '\t'
    case 'T':
    case 'X':
      return again('%H:%M:%S')
    case 'u':
      return String(date.getUTCDay() || 7)
    case 'w':
      return String(date.getUTCDay())
    case 'y':
      return two(date.getUTCFullYear() % 100)
    case 'Y':
      return String(date.getUTCFullYear())
    case 'z':
      return (offset < 0 ? '-' : '+') + two(Math.floor(Math.abs(offset) / 60)) + two(Math.abs(offset) % 60)
    case 'Z':
      return gmt ? 'GMT' : zoneName(ms)
    case '%':
      return '%'
    default:
      return undefined
  }
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1
}

function zoneName(ms: number): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(ms)
  return parts.find(part => part.type === 'timeZoneName')?.value ?? 'UTC'
}
