/** How much a client may ask for. */
import type { LogLevel } from '../../../model/model.ts'
import { planName } from '../../../model/stream/stream.ts'
import { readNumber, readSize } from '../values.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { alsoInIf, choice, everywhere, flag, once, row, type Directive } from '../table.ts'
import { readZoneArgument } from '../zone-argument.ts'

const levels: Readonly<Record<string, LogLevel>> = { info: 'info', notice: 'notice', warn: 'warn', error: 'error' }

export const limitDirectives: readonly Directive[] = [
  {
    ...row(
      'limit_req_zone',
      ['http'],
      'key zone=name:size rate=number{r/s|r/m}',
      null,
      'What requests are counted by.',
    ),
    arguments: [3, 3],
    apply: (place, statement) => declareZone(place, statement, 'limit_req'),
  },
  {
    ...row(
      'limit_req',
      everywhere,
      'zone=name [burst=number] [nodelay | delay=number]',
      null,
      'Requests beyond the rate of the zone wait, those beyond the burst are refused.',
    ),
    arguments: [1, 3],
    apply: readLimitReq,
  },
  flag('limit_req_dry_run', 'limitReqDryRun', 'off', 'Whether limit_req only tells what it would do.'),
  choice('limit_req_log_level', 'limitReqLogLevel', levels, 'error', 'How gravely refused requests are told.'),
  status('limit_req_status', 'limitReqStatus', 'What requests are answered that limit_req refuses.'),
  {
    ...row('limit_conn_zone', ['http'], 'key zone=name:size', null, 'What requests at a time are counted by.'),
    arguments: [2, 2],
    apply: (place, statement) => declareZone(place, statement, 'limit_conn'),
  },
  {
    ...row('limit_conn', everywhere, 'zone number', null, 'Most requests at a time for each key of the zone.'),
    arguments: [2, 2],
    apply: readLimitConn,
  },
  flag('limit_conn_dry_run', 'limitConnDryRun', 'off', 'Whether limit_conn only tells what it would do.'),
  choice('limit_conn_log_level', 'limitConnLogLevel', levels, 'error', 'How gravely refused requests are told.'),
  status('limit_conn_status', 'limitConnStatus', 'What requests are answered that limit_conn refuses.'),
  rate('limit_rate', 'limitRate', 'Bytes a second to the client for each response; 0: no limit.'),
  rate('limit_rate_after', 'limitRateAfter', 'Bytes of each response that go out unlimited.'),
  {
    ...rate('proxy_limit_rate', 'proxyLimitRate', 'Bytes a second from the upstream for each response; 0: no limit.'),
    contexts: everywhere,
  },
]

function status(name: string, key: 'limitReqStatus' | 'limitConnStatus', text: string): Directive {
  return {
    ...row(name, everywhere, 'code', '503', text),
    apply: (place, statement) => {
      if (!once(place, statement, key)) return
      const value = readNumber(statement.words[1] ?? '')
      if (value === null) return place.failDirective(statement, 'invalid number')
      if (value < 400 || value > 599) return place.fail(statement, 1, 'value must be between 400 and 599')
      place.put(statement, key, value)
    },
  }
}

function rate(name: string, key: 'limitRate' | 'limitRateAfter' | 'proxyLimitRate', text: string): Directive {
  return {
    ...row(name, alsoInIf, 'size', '0', text),
    apply: (place, statement) => {
      if (!once(place, statement, key)) return
      const written = statement.words[1] ?? ''
      if (!written.includes('$') && readSize(written) === null) {
        return place.failDirective(statement, 'invalid value')
      }
      const value = place.template(statement, 1)
      if (value !== null) place.put(statement, key, value)
    },
  }
}

function declareZone(place: Place, statement: Statement, kind: 'limit_req' | 'limit_conn'): void {
  const { zones } = place.reading
  const http = place.part
  const [directive = '', written = ''] = statement.words
  const key = place.template(statement, 1)
  if (http === null || key === null) return
  let zone: { readonly name: string; readonly size: number } | null = null
  let thousandths = kind === 'limit_req' ? 1000 : 0
  for (let word = 2; word < statement.words.length; word++) {
    const argument = statement.words[word]!
    if (argument.startsWith('zone=')) {
      zone = readZoneArgument(place, statement, word)
      if (zone === null) return
    } else if (kind === 'limit_req' && argument.startsWith('rate=')) {
      const [, digits = '', unit] = /^rate=(\d+)(r\/s|r\/m)?$/.exec(argument) ?? []
      const read = readNumber(digits)
      if (read === null || read === 0) {
        return place.fail(statement, word, `invalid rate "${argument}"`, 'write it as rate=10r/s or rate=30r/m')
      }
      thousandths = Math.trunc((read * 1000) / (unit === 'r/m' ? 60 : 1))
    } else return place.fail(statement, word, `invalid parameter "${argument}"`)
  }
  if (zone === null) return place.fail(statement, 0, `"${directive}" must have "zone" parameter`)
  const { name, size } = zone
  const before = http.limitZones?.find(one => one.name === name)
  if (before !== undefined) {
    return place.fail(
      statement,
      0,
      `${directive} "${name}" is already bound to key "${written}"`,
      'give the zones different names',
    )
  }
  ;(http.limitZones ??= []).push({ kind, name, key, rate: thousandths })
  place.mark(`limitZones.${http.limitZones.length - 1}`, statement.position)
  zones.push({ kind, name: place.inStream ? planName(name) : name, size })
}

function readLimitReq(place: Place, statement: Statement): void {
  let zone = ''
  let burst = 0
  let delay: number | 'all' = 0
  for (let word = 1; word < statement.words.length; word++) {
    const argument = statement.words[word]!
    const [, name, value = ''] = /^(zone|burst|delay)=(.*)$/s.exec(argument) ?? []
    if (argument === 'nodelay') delay = 'all'
    else if (name === 'zone') zone = value
    else if (name === 'burst' || name === 'delay') {
      const read = readNumber(value)
      if (read === null || read === 0) return place.fail(statement, word, `invalid ${name} value "${argument}"`)
      if (name === 'burst') burst = read
      else delay = read
    } else return place.fail(statement, word, `invalid parameter "${argument}"`)
  }
  if (zone === '') return place.fail(statement, 0, '"limit_req" must have "zone" parameter')
  if (place.settings.limitReq?.some(limit => limit.zone === zone) === true) {
    return place.failDirective(statement, 'is duplicate')
  }
  place.append(statement, 'limitReq', { zone, burst, delay })
}

function readLimitConn(place: Place, statement: Statement): void {
  const [, zone = '', written = ''] = statement.words
  const connections = readNumber(written)
  if (connections === null || connections === 0) {
    return place.fail(statement, 2, `invalid number of connections "${written}"`)
  }
  if (connections > 65535) return place.fail(statement, 2, 'connection limit must be less 65536')
  if (place.settings.limitConn?.some(limit => limit.zone === zone) === true) {
    return place.failDirective(statement, 'is duplicate')
  }
  place.append(statement, 'limitConn', { zone, connections })
}
