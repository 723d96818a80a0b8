/** Levels of the error log by their number, the lower the graver, as in nginx and syslog (debug is 8, as nginx counts). */
export const ALERT = 2
export const CRIT = 3
export const ERROR = 4
export const WARN = 5
export const NOTICE = 6
export const INFO = 7
export const DEBUG = 8

export const levelNames: readonly string[] = [
  'stderr',
  'emerg',
  'alert',
  'crit',
  'error',
  'warn',
  'notice',
  'info',
  'debug',
]
