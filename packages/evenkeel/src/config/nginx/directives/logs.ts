/** Access logs and their formats. */
import type { LogFileCacheModel } from '../../../model/settings/log-settings.ts'
import type { LogFormatModel } from '../../../model/model.ts'
import { builtInLogFormats } from '../../../model/names.ts'
import type { AccessLogModel } from '../../../model/settings.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { ANY, everywhere, flag, once, row, type Directive } from '../table.ts'
import { readMilliseconds, readNumber, readSeconds, readSize } from '../values.ts'

export const logDirectives: readonly Directive[] = [
  {
    ...row(
      'access_log',
      [...everywhere, 'if in location', 'limit_except'],
      'file | syslog:... [format [gzip[=level]] [buffer=size] [flush=time] [if=condition]] | off',
      'logs/access.log combined',
      'Where requests are logged, and how.',
    ),
    arguments: [1, ANY],
    apply: (place, statement) => {
      const [, target = '', extra] = statement.words
      if (target === 'off') {
        if (extra !== undefined) return place.fail(statement, 2, `invalid parameter "${extra}"`)
        place.met.add('access_log off')
        return place.put(statement, 'accessLog', [])
      }
      const log = readAccessLog(place, statement)
      // `off` beside others at one level silences them all, wherever it stands.
      if (log !== null && !place.met.has('access_log off')) place.append(statement, 'accessLog', log)
    },
  },
  {
    ...row(
      'log_format',
      ['http'],
      'name [escape=default|json|none] string ...',
      'combined "..."',
      'How lines of an access log look.',
    ),
    arguments: [2, ANY],
    apply: readLogFormat,
  },
  {
    ...row(
      'open_log_file_cache',
      everywhere,
      'max=N [inactive=time] [min_uses=N] [valid=time] | off',
      'off',
      'How log files whose names hold variables are kept open.',
    ),
    arguments: [1, 4],
    apply: readLogFileCache,
  },
  flag('log_subrequest', 'logSubrequest', 'off', 'Whether subrequests are logged.'),
]

/** A buffer is what is compressed at once: without `buffer` it has this size, as in nginx. */
const GZIP_BUFFER = 64 * 1024

function readAccessLog(place: Place, statement: Statement): AccessLogModel | null {
  const [, target = '', format = 'combined', ...options] = statement.words
  const name = target.startsWith('syslog:') ? checkSyslog(place, statement, target) : place.template(statement, 1)
  if (name === null) return null
  let bufferBytes = 0
  let flushMs = 0
  let gzipLevel = 0
  let condition: AccessLogModel['condition'] = null
  for (const [index, option] of options.entries()) {
    const word = index + 3
    const [, key = '', value = ''] = /^(buffer|flush|if)=(.*)$/s.exec(option) ?? []
    if (key === 'buffer') {
      const bytes = readSize(value)
      if (bytes === null || bytes === 0) return refuse(place, statement, word, `invalid buffer size "${value}"`)
      bufferBytes = bytes
    } else if (key === 'flush') {
      const time = readMilliseconds(value)
      if (time === null || time === 0) return refuse(place, statement, word, `invalid flush time "${value}"`)
      flushMs = time
    } else if (key === 'if') {
      condition = place.template(statement, word, value)
    } else if (/^gzip(?:=|$)/.test(option)) {
      gzipLevel = option === 'gzip' ? 1 : (readNumber(option.slice('gzip='.length)) ?? 0)
      if (gzipLevel < 1 || gzipLevel > 9)
        return refuse(place, statement, word, `invalid compression level "${option.slice('gzip='.length)}"`)
      if (bufferBytes === 0) bufferBytes = GZIP_BUFFER
    } else return refuse(place, statement, word, `invalid parameter "${option}"`)
  }
  if (flushMs > 0 && bufferBytes === 0) {
    return refuse(place, statement, 1, `no buffer is defined for access_log "${target}"`)
  }
  if (bufferBytes > 0 && target.includes('$')) {
    return refuse(place, statement, 1, 'buffered logs cannot have variables in name')
  }
  if (bufferBytes > 0 && target.startsWith('syslog:')) {
    return refuse(place, statement, 1, 'logs to syslog cannot be buffered')
  }
  const log = { target: name, format, bufferBytes, flushMs, condition }
  return gzipLevel === 0 ? log : { ...log, gzipLevel }
}

function readLogFileCache(place: Place, statement: Statement): void {
  if (!once(place, statement, 'openLogFileCache')) return
  let cache: LogFileCacheModel = { max: 0, inactiveMs: 10_000, validMs: 60_000, minUses: 1 }
  for (const [index, option] of statement.words.slice(1).entries()) {
    const [, key = option, value = ''] = /^(max|inactive|min_uses|valid)=(.*)$/s.exec(option) ?? []
    if (key === 'off' && statement.words.length === 2) return place.put(statement, 'openLogFileCache', null)
    const read = key === 'max' || key === 'min_uses' ? readNumber(value) : readSeconds(value)
    if (read === null || read === 0) {
      return place.fail(statement, index + 1, `invalid "open_log_file_cache" parameter "${option}"`)
    }
    if (key === 'max') cache = { ...cache, max: read }
    else if (key === 'min_uses') cache = { ...cache, minUses: read }
    else if (key === 'inactive') cache = { ...cache, inactiveMs: read * 1000 }
    else cache = { ...cache, validMs: read * 1000 }
  }
  if (cache.max === 0) return place.fail(statement, 0, '"open_log_file_cache" must have "max" parameter')
  place.put(statement, 'openLogFileCache', cache)
}

function checkSyslog(place: Place, statement: Statement, target: string): readonly string[] | null {
  const seen = new Set<string>()
  for (const part of target.slice('syslog:'.length).split(',')) {
    const [key = ''] = part.split('=')
    if (part !== 'nohostname' && !/^(?:server|facility|severity|tag)=/.test(part)) {
      return refuse(place, statement, 1, `unknown syslog parameter "${part}"`)
    }
    if (seen.has(key)) return refuse(place, statement, 1, `duplicate syslog "${key}"`)
    seen.add(key)
  }
  if (!seen.has('server')) return refuse(place, statement, 1, 'no syslog server specified')
  return [target]
}

function readLogFormat(place: Place, statement: Statement): void {
  const http = place.part
  const [, name = '', option = ''] = statement.words
  if (http === null) return
  if (
    http.logFormats.some(one => one.name === name) ||
    (!place.inStream && builtInLogFormats.some(one => one.name === name))
  ) {
    return place.fail(statement, 1, `duplicate "log_format" name "${name}"`)
  }
  let escape: LogFormatModel['escape'] = 'default'
  let first = 2
  if (option.startsWith('escape=')) {
    const value = option.slice('escape='.length)
    if (value !== 'default' && value !== 'json' && value !== 'none') {
      place.fail(statement, 2, `unknown log format escaping "${value}"`, 'it may be default, json or none')
    } else escape = value
    first = 3
  }
  const text = statement.words.slice(first)
  const parts = text.flatMap((_, at) => place.template(statement, first + at) ?? [])
  place.mark(`logFormats.${http.logFormats.length}`, statement.position)
  http.logFormats.push({ name, escape, template: parts })
}

function refuse(place: Place, statement: Statement, word: number, message: string): null {
  place.fail(statement, word, message)
  return null
}
