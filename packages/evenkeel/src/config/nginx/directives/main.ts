/** Directives outside of http: the process, its log, and the blocks that hold the rest. */
import type { ErrorLogModel, LogLevel } from '../../../model/model.ts'
import type { Statement } from '../parser.ts'
import { Place } from '../place.ts'
import { ANY, everywhere, row, takeFlag, type Directive } from '../table.ts'
import { readMilliseconds, readNumber } from '../values.ts'
import { openHttp } from '../http-block.ts'

export const mainDirectives: readonly Directive[] = [
  {
    ...row('user', ['main'], 'name [group]', null, 'Who the process becomes after it has bound its ports.'),
    arguments: [1, 2],
    apply: (place, statement) => {
      const [, name = '', group = null] = statement.words
      if (place.once(statement)) place.reading.process.user = { name, group }
    },
  },
  {
    ...row('worker_processes', ['main'], 'number | auto', '1', 'How many worker threads carry traffic.'),
    apply: (place, statement) => {
      if (!place.once(statement)) return
      const written = statement.words[1] ?? ''
      const value = written === 'auto' ? 'auto' : readNumber(written)
      if (value === null || value === 0) place.failDirective(statement, 'invalid value')
      else place.reading.process.workers = value
    },
  },
  {
    ...row('worker_rlimit_nofile', ['main'], 'number', null, 'Limit on open files.'),
    apply: (place, statement) => {
      const value = place.once(statement) ? readNumber(statement.words[1] ?? '') : 0
      if (value === null) place.failDirective(statement, 'invalid number')
      else place.reading.process.maxOpenFiles = value
    },
  },
  {
    ...row('worker_shutdown_timeout', ['main'], 'time', null, 'How long a stopping worker waits for its connections.'),
    apply: (place, statement) => {
      const value = place.once(statement) ? readMilliseconds(statement.words[1] ?? '') : 0
      if (value === null) place.failDirective(statement, 'invalid value')
      else place.reading.process.shutdownTimeoutMs = value
    },
  },
  {
    ...row('daemon', ['main'], 'on | off', 'on', 'Whether the process goes to the background.'),
    apply: (place, statement) => {
      const value = place.once(statement) ? takeFlag(place, statement) : null
      if (value !== null) place.reading.process.daemon = value
    },
  },
  {
    ...row(
      'master_process',
      ['main'],
      'on | off',
      'on',
      'Whether workers run beside the main thread; off is for development.',
    ),
    apply: (place, statement) => {
      const value = place.once(statement) ? takeFlag(place, statement) : null
      if (value !== null) place.reading.process.masterProcess = value
    },
  },
  {
    ...row('pid', ['main'], 'file', 'logs/evenkeel.pid', 'File that holds the number of the process.'),
    apply: (place, statement) => {
      if (place.once(statement)) place.reading.process.pid = statement.words[1] ?? ''
    },
  },
  {
    ...row('env', ['main'], 'variable[=value]', null, 'Environment variable to keep or to set.'),
    apply: (place, statement) => {
      const { process } = place.reading
      process.environment = [...process.environment, statement.words[1] ?? '']
    },
  },
  {
    ...row(
      'error_log',
      ['main', ...everywhere],
      'file | stderr | syslog:... [level]',
      'logs/error.log error',
      'Where problems are told, and from which level on.',
    ),
    arguments: [1, ANY],
    apply: (place, statement) => {
      const log = readErrorLog(place, statement)
      if (log === null) return
      const { process } = place.reading
      if (place.kind === 'main') process.errorLogs = [...process.errorLogs, log]
      else place.append(statement, 'errorLog', log)
    },
  },
  {
    ...row('events', ['main'], '{ ... }', null, 'Settings of the event loop; all of them are left to Node.'),
    arguments: [0, 0],
    block: true,
    apply: (place, statement) => {
      if (place.once(statement))
        place.reading.interpret(new Place('events', place.reading, 'events'), statement.block ?? [])
    },
  },
  {
    ...row('http', ['main'], '{ ... }', null, 'HTTP servers and what they share.'),
    arguments: [0, 0],
    block: true,
    apply: (place, statement) => {
      if (!place.once(statement)) return
      place.reading.interpret(openHttp(place.reading, statement.position), statement.block ?? [])
    },
  },
]

const LEVELS: readonly LogLevel[] = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug']

function readErrorLog(place: Place, statement: Statement): ErrorLogModel | null {
  const target = statement.words[1] ?? ''
  if (target.startsWith('memory:')) {
    place.fail(
      statement,
      1,
      '"error_log memory:" is not supported yet by evenkeel',
      'write to a file, stderr or syslog:',
    )
    return null
  }
  let level: LogLevel | null = null
  for (const [index, word] of statement.words.slice(2).entries()) {
    // debug_http and its like choose parts of nginx's own code: all of them mean debug here.
    const found =
      LEVELS.find(one => one === word) ??
      (/^debug_(core|alloc|mutex|event|http|mail|stream)$/.test(word) ? 'debug' : null)
    if (found === null) {
      place.fail(statement, index + 2, `invalid log level "${word}"`, `it may be ${LEVELS.join(', ')}`)
      return null
    }
    if (level !== null && !word.startsWith('debug_')) {
      place.fail(statement, index + 2, `duplicate log level "${word}"`)
      return null
    }
    level = found
  }
  return { target, level: level ?? 'error' }
}
